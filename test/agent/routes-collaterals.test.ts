// The remaining routes: platform, identity hash, collaterals, metrics; and the limits all routes share.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { toHex } from "../../sdk/evidence/bytes.ts";
import { readQuoteAttest } from "../../sdk/evidence/tpm-attest.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { verifyCalldata } from "../../sdk/verify/registration.ts";
import { type RunningAgent } from "../../agent/agent.ts";
import { context } from "./chain.ts";
import { anchorFields, bytesOf, get, mustStart, post, type Json } from "./http.ts";

describe("other routes", () => {
  let agent: RunningAgent;
  before(async () => {
    agent = await mustStart();
  });
  after(() => agent.close());

  it("GET /platform names cloud and TEE", async () => {
    assert.deepEqual((await get(`${agent.url}/platform`)).body, {
      tee_type: 1,
      tee_name: "tdx",
      cloud_type: 1,
      cloud_name: "google",
    });
  });

  it("GET /current-cvm-identity-hash gives the hash of the identity", async () => {
    const { body } = await get(`${agent.url}/current-cvm-identity-hash`);
    assert.equal(toHex(bytesOf(body.cvm_identity_hash)), toHex(agent.identity.hash));
  });

  it("refuses a body over the limit with 413 and another media type with 415", async () => {
    const big = await post(`${agent.url}/sign-message`, { message: "a".repeat(70_000) });
    assert.deepEqual([big.status, big.body.code], [413, "CVM_AGENT_BODY_TOO_LARGE"]);
    for (const type of ["text/xml", "text/plain"]) {
      const text = await post(`${agent.url}/sign-message`, '{"message":"a"}', { "content-type": type });
      assert.deepEqual([text.status, text.body.code], [415, "CVM_AGENT_MEDIA_TYPE_UNSUPPORTED"]);
    }
  });

  it("collaterals: quote over magic ‖ nonce, with a magic per listener, under both paths", async () => {
    for (const [url, magic] of [
      [agent.url, "Internal/collaterals"],
      [agent.operatorUrl!, "External/collaterals"],
    ] as const)
      for (const path of ["offchain/collaterals", "collaterals"]) {
        const { status, body } = await get(`${url}/${path}/abc-123`);
        assert.equal(status, 200);
        const tpm = body.tpm as { quote: string; raw_sig: string; pcrs: { hash: number; pcrs: Json } };
        const attest = readQuoteAttest(bytesOf(tpm.quote));
        assert.ok(!isRefusal(attest));
        assert.equal(Buffer.from(attest.extraData).toString(), `${magic}abc-123`);
        assert.equal(Buffer.from(bytesOf(body.magic)).toString(), magic);
        assert.equal(Buffer.from(bytesOf(body.nonce)).toString(), "abc-123");
        const values = Object.values(tpm.pcrs.pcrs).map(bytesOf);
        const digest = createHash("sha256").update(Buffer.concat(values)).digest();
        assert.deepEqual([tpm.pcrs.hash, Buffer.from(attest.pcrDigest)], [11, digest]);
      }
  });

  it("collaterals refuse a nonce that is too long or not printable", async () => {
    for (const nonce of ["a".repeat(45), "%00", "%20", "%C3%A9"]) {
      const { status, body } = await get(`${agent.url}/offchain/collaterals/${nonce}`);
      assert.deepEqual([status, body.code], [400, "CVM_AGENT_PARAMETER_MALFORMED"], nonce);
    }
    assert.equal((await get(`${agent.url}/collaterals/${"a".repeat(44)}`)).status, 200);
    const undecodable = await get(`${agent.url}/collaterals/%ZZ`);
    assert.deepEqual([undecodable.status, undecodable.body.code], [400, "CVM_AGENT_REQUEST_REFUSED"]);
  });

  it("answers unknown routes with a problem document", async () => {
    const { status, body } = await get(`${agent.url}/nowhere`);
    assert.deepEqual([status, body.code], [404, "CVM_AGENT_ROUTE_UNKNOWN"]);
    assert.equal((await get(`${agent.url}/sign-message`)).status, 404);
  });

  it("keeps registration and signing off the operators' listener", async () => {
    for (const path of ["sign-message", "onchain/registration-collaterals"])
      assert.equal(
        (await post(`${agent.operatorUrl}/${path}`, { message: "a", report_type: 1 })).status,
        404,
      );
    assert.equal((await get(`${agent.operatorUrl}/current-cvm-identity-hash`)).status, 404);
  });

  it("counts requests by route pattern, never by path", async () => {
    const text = await (await fetch(`${agent.url}/metrics`)).text();
    assert.match(
      text,
      /cvm_agent_requests_total\{audience="workload",route="\/offchain\/collaterals\/:nonce",status="400"\}/,
    );
    assert.doesNotMatch(text, /nowhere|abc-123/);
    assert.match(text, /cvm_agent_requests_total\{audience="workload",route="unknown",status="404"\}/);
  });
});

describe("agent on Azure", () => {
  it("serves evidence that verifies and collaterals with the runtime claims", async (t) => {
    const agent = await mustStart("azure-tdx");
    t.after(() => agent.close());
    const { body } = await post(`${agent.url}/onchain/registration-collaterals`, {
      report_type: 1,
      ...anchorFields,
    });
    assert.equal(verifyCalldata(bytesOf(body.calldata), context).error, null);
    const collaterals = await get(`${agent.url}/collaterals/${"n".repeat(30)}`);
    assert.ok((collaterals.body.tpm as Json).var_data);
    // Azure's vTPM takes 50 bytes, 20 of which are the magic.
    assert.equal((await get(`${agent.url}/collaterals/${"n".repeat(31)}`)).status, 400);
  });
});
