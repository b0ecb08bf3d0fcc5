// POST /onchain/refresh and /onchain/new-cvm-identity, and the purge that ends a rotation.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { toHex } from "../../sdk/evidence/bytes.ts";
import { decodeReattestCvm } from "../../sdk/evidence/calldata.ts";
import { reattestMessage, ttlMessage } from "../../sdk/evidence/message.ts";
import { isP256Signature } from "../../sdk/verify/signature.ts";
import { ascii, sha256 } from "../../sdk/evidence/bytes.ts";
import { type RunningAgent } from "../../agent/agent.ts";
import { block } from "./chain.ts";
import { anchorFields, bytesOf, get, mustStart, post, zeroAddress } from "./http.ts";

const teeMeasurement = `0x${"ab".repeat(32)}`;
const { registry, ...others } = anchorFields;
const body = { nonce: "7", ...anchorFields, report_type: 1, tee_measurement: teeMeasurement };
const routes = ["/onchain/refresh", "/onchain/new-cvm-identity"] as const;

async function reattest(agent: RunningAgent, route: string, fields: object = {}) {
  const { status, body: answer } = await post(`${agent.url}${route}`, { ...body, ...fields });
  assert.equal(status, 200, JSON.stringify(answer));
  const decoded = decodeReattestCvm(bytesOf(answer.calldata));
  assert.ok(!("check" in decoded));
  return decoded;
}

describe("re-attestation routes", () => {
  let agent: RunningAgent;
  before(async () => {
    agent = await mustStart();
  });
  after(() => agent.close());

  it("a refresh is signed by the key it names, for this quote, nonce, chain and registry", async () => {
    const { identity } = agent;
    const {
      cvmIdentityHash,
      signature,
      workloadCollaterals: wc,
      certification,
    } = await reattest(agent, "/onchain/refresh");
    assert.equal(certification, null);
    assert.deepEqual(cvmIdentityHash, identity.hash);
    assert.deepEqual(wc.cvmIdentity, identity.cvmIdentity);
    assert.equal(toHex(wc.reportId), teeMeasurement);
    assert.deepEqual([wc.akPub.length, wc.certs], [0, agent.platform.akCertificates]);
    const message = reattestMessage(block.chainId, block.registry, 7n, sha256(wc.tpmQuote));
    assert.ok(isP256Signature(message, signature, identity.key.publicKey));
  });

  it("a rotation certifies a second key, which stays the same until the first is purged", async () => {
    const { identity: old } = agent;
    const first = await reattest(agent, "/onchain/new-cvm-identity");
    const again = await reattest(agent, "/onchain/new-cvm-identity", { nonce: 8 });
    const next = first.workloadCollaterals.cvmIdentity;
    assert.notEqual(first.certification, null);
    assert.notDeepEqual(next, old.cvmIdentity);
    assert.deepEqual(again.workloadCollaterals.cvmIdentity, next);
    assert.deepEqual(first.cvmIdentityHash, old.hash);
    assert.equal((await get(`${agent.url}/readyz`)).body.rotation_pending, true);
    // Nothing is rotated yet.
    const signed = await post(`${agent.url}/sign-message`, { message: "a" });
    assert.equal(toHex(bytesOf(signed.body.cvm_identity_hash)), toHex(old.hash));

    const purged = await post(`${agent.url}/sign-message`, { message: "a", purge_old_keys: true });
    assert.equal(purged.status, 200);
    assert.ok(isP256Signature(ascii("a"), bytesOf(purged.body.signature), next.data));
    const current = await get(`${agent.url}/current-cvm-identity-hash`);
    assert.equal(current.body.cvm_identity_hash, purged.body.cvm_identity_hash);
    assert.notEqual(toHex(bytesOf(current.body.cvm_identity_hash)), toHex(old.hash));
    assert.equal((await get(`${agent.url}/readyz`)).body.rotation_pending, false);
    const twice = await post(`${agent.url}/sign-message`, { message: "a", "purge-old-keys": true });
    assert.deepEqual([twice.status, twice.body.code], [409, "CVM_AGENT_NO_ROTATION"]);
  });

  it("takes the walkthrough's contract_address for registry", async () => {
    const decoded = await reattest(agent, "/onchain/refresh", {
      registry: undefined,
      contract_address: registry,
    });
    const { workloadCollaterals: wc, signature } = decoded;
    const message = reattestMessage(block.chainId, block.registry, 7n, sha256(wc.tpmQuote));
    assert.ok(isP256Signature(message, signature, agent.identity.key.publicKey));
  });

  for (const route of routes)
    for (const [name, fields] of [
      ["no nonce", { nonce: undefined }],
      ["a negative nonce", { nonce: -1 }],
      ["no chain_id", { chain_id: undefined }],
      ["no registry", { registry: undefined }],
      ["two registries", { contract_address: zeroAddress }],
      ["no block_hash", { block_hash: undefined }],
      ["no block_number", { block_number: undefined }],
      ["report_type 0", { report_type: 0 }],
      ["a tee_measurement of 31 bytes", { tee_measurement: teeMeasurement.slice(0, -2) }],
      ["an unknown field", { purge_old_keys: true }],
    ] as const)
      it(`${route} refuses ${name}`, async () => {
        const { status, body: problem } = await post(`${agent.url}${route}`, { ...body, ...fields });
        assert.deepEqual([status, problem.code], [400, "CVM_AGENT_BODY_MALFORMED"]);
      });

  it("is not served to operators", async () => {
    for (const route of [...routes, "/onchain/update-ttl", "/onchain/set-operator", "/onchain/revoke"])
      assert.equal((await post(`${agent.operatorUrl}${route}`, body)).status, 404);
  });
});

describe("actions of the registry", () => {
  let agent: RunningAgent;
  before(async () => {
    agent = await mustStart();
  });
  after(() => agent.close());
  const fields = { nonce: 3, chain_id: others.chain_id, contract_address: registry };

  it("signs TTLs with the current key, or with the second one that it then leaves alone", async () => {
    const ttls = { tee_ttl: 806_400, tpm_ttl: "806400" };
    const first = agent.identity.key.publicKey;
    const message = ttlMessage(block.chainId, block.registry, 3n, 806_400n, 806_400n);
    const signatureOf = async (more: object) => {
      const answer = await post(`${agent.url}/onchain/update-ttl`, { ...fields, ...ttls, ...more });
      assert.equal(answer.status, 200);
      // Selector, identity, two TTLs, offset and length of the signature.
      return bytesOf(answer.body.calldata).subarray(4 + 5 * 32);
    };
    await reattest(agent, "/onchain/new-cvm-identity");
    assert.ok(isP256Signature(message, await signatureOf({}), first));
    const signature = await signatureOf({ purge_old_keys: true });
    assert.ok(!isP256Signature(message, signature, first));
    assert.ok(isP256Signature(message, signature, agent.identity.key.publicKey));
    const none = await post(`${agent.url}/onchain/update-ttl`, { ...fields, ...ttls, purge_old_keys: true });
    assert.deepEqual([none.status, none.body.code], [409, "CVM_AGENT_NO_ROTATION"]);
  });

  for (const [route, more] of [
    ["update-ttl", { tee_ttl: 3600 }],
    ["update-ttl", { tee_ttl: 3600, tpm_ttl: "18446744073709551616" }],
    ["set-operator", {}],
    ["set-operator", { operator: "0x12" }],
    ["revoke", { operator: zeroAddress }],
    ["revoke", { nonce: undefined }],
  ] as const)
    it(`/onchain/${route} refuses ${JSON.stringify(more)}`, async () => {
      const { status, body: problem } = await post(`${agent.url}/onchain/${route}`, { ...fields, ...more });
      assert.deepEqual([status, problem.code], [400, "CVM_AGENT_BODY_MALFORMED"]);
    });

  it("refuses all of it once something was measured, and leaves no second key behind", async () => {
    await agent.platform.tpm.pcrExtend(23, new Uint8Array(32));
    for (const route of [...routes, "/onchain/revoke"]) {
      const given = route === "/onchain/revoke" ? fields : body;
      const refused = await post(`${agent.url}${route}`, given);
      assert.deepEqual([refused.status, refused.body.code], [503, "CVM_AGENT_IDENTITY_KEY_UNUSABLE"]);
    }
    assert.equal((await get(`${agent.url}/readyz`)).body.rotation_pending, false);
  });
});

describe("callers of management routes", () => {
  it("are those on the list; messages are signed for everybody, but nobody else purges", async (t) => {
    const hash = createHash("sha256").update("sesame").digest("hex");
    const agent = await mustStart("gcp-tdx", { callerTokenHashes: [hash] });
    t.after(() => agent.close());
    const fields = { nonce: 0, chain_id: 1, registry };
    const calls = [
      ["/onchain/refresh", body],
      ["/onchain/new-cvm-identity", body],
      ["/onchain/update-ttl", { ...fields, tee_ttl: 3600, tpm_ttl: 3600 }],
      ["/onchain/set-operator", { ...fields, operator: zeroAddress }],
      ["/onchain/revoke", fields],
      ["/sign-message", { message: "a", purge_old_keys: true }],
    ] as const;
    for (const [route, given] of calls) {
      const refused = await post(`${agent.url}${route}`, given);
      assert.deepEqual([refused.status, refused.body.code], [401, "CVM_AGENT_CALLER_UNKNOWN"], route);
    }
    const before = toHex(agent.identity.hash);
    for (const [route, given] of calls) {
      const { status } = await post(`${agent.url}${route}`, given, { authorization: "Bearer sesame" });
      assert.equal(status, 200, route);
    }
    assert.notEqual(toHex(agent.identity.hash), before);
  });
});
