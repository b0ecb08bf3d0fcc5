// Policy, readiness and life of a running agent.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { verifyCalldata } from "../../sdk/verify/registration.ts";
import { startAgent } from "../../agent/agent.ts";
import { startSimulatedMachine } from "../../agent/platforms/simulated/machine.ts";
import { noProvers } from "../../agent/proofs/settings.ts";
import { context } from "./chain.ts";
import { anchorFields, bytesOf, get, mustStart, post } from "./http.ts";

describe("agent policy and life", () => {
  it("refuses un-anchored evidence where the policy does", async (t) => {
    const agent = await mustStart("gcp-tdx", { allowUnanchored: false });
    t.after(() => agent.close());
    const url = `${agent.url}/onchain/registration-collaterals`;
    const refused = await post(url, { report_type: 1 });
    assert.deepEqual([refused.status, refused.body.code], [403, "CVM_AGENT_UNANCHORED_REFUSED"]);
    assert.equal((await post(url, { report_type: 1, ...anchorFields })).status, 200);
  });

  it("with a caller list makes evidence for a listed token alone", async (t) => {
    const hash = createHash("sha256").update("sesame").digest("hex");
    const agent = await mustStart("gcp-tdx", { callerTokenHashes: ["00".repeat(32), hash] });
    t.after(() => agent.close());
    const url = `${agent.url}/onchain/registration-collaterals`;
    const body = { report_type: 1, ...anchorFields };
    for (const authorization of ["", "Bearer wrong", "sesame", "Bearer "]) {
      const refused = await post(url, body, { authorization });
      assert.deepEqual([refused.status, refused.body.code], [401, "CVM_AGENT_CALLER_UNKNOWN"]);
    }
    assert.equal((await post(url, body, { authorization: "Bearer sesame" })).status, 200);
    assert.equal((await post(`${agent.url}/sign-message`, { message: "a" })).status, 200);
  });

  it("readiness names open doors, and fails with signing once a PCR was extended", async (t) => {
    const agent = await mustStart();
    t.after(() => agent.close());
    const ready = await get(`${agent.url}/readyz`);
    assert.equal(ready.status, 200);
    assert.match(JSON.stringify(ready.body.warnings), /no caller list/);
    await agent.platform.tpm.pcrExtend(23, new Uint8Array(32));
    assert.equal((await get(`${agent.url}/readyz`)).status, 503);
    const signing = await post(`${agent.url}/sign-message`, { message: "a" });
    assert.deepEqual([signing.status, signing.body.code], [503, "CVM_AGENT_IDENTITY_KEY_UNUSABLE"]);
    assert.equal((await get(`${agent.url}/healthz`)).status, 200);
  });

  it("readiness names that strangers may have proofs bought, where a prover is configured", async (t) => {
    const sp1 = { url: "https://side-car.example", version: "v5.0.0", apiKey: null };
    const proofs = { ...noProvers, paths: { sp1, risc0: null } };
    for (const [callerTokenHashes, isNamed] of [
      [[], true],
      [["00".repeat(32)], false],
    ] as const) {
      const agent = await mustStart("gcp-tdx", { proofs, callerTokenHashes });
      t.after(() => agent.close());
      const { body } = await get(`${agent.url}/readyz`);
      assert.equal(JSON.stringify(body.warnings).includes("proofs bought"), isNamed);
    }
  });

  it("answers 500 without telling what failed inside", async (t) => {
    const agent = await mustStart();
    t.after(() => agent.close());
    await agent.platform.tpm.close();
    const answer = await get(`${agent.url}/collaterals/abc`);
    assert.deepEqual([answer.status, answer.body.code], [500, "CVM_AGENT_INTERNAL"]);
    assert.doesNotMatch(JSON.stringify(answer.body), /TPM/);
  });

  it("makes evidence for many callers at once", async (t) => {
    const platform = await startSimulatedMachine({ flavour: "gcp-tdx" });
    const agent = await startAgent({ platform, workload: { host: "127.0.0.1", port: 0 } });
    t.after(() => agent.close());
    const url = `${agent.url}/onchain/registration-collaterals`;
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => post(url, { report_type: 1, ...anchorFields })),
    );
    for (const { body } of answers) assert.equal(verifyCalldata(bytesOf(body.calldata), context).error, null);
  });

  it("keeps the workload listener on loopback unless told otherwise, and then says so", async (t) => {
    const everywhere = { host: "0.0.0.0", port: 0 };
    await assert.rejects(mustStart("gcp-tdx", { workload: everywhere }), /0\.0\.0\.0 is not loopback/);
    const agent = await mustStart("gcp-tdx", { workload: everywhere, allowRemoteWorkload: true });
    t.after(() => agent.close());
    const { body } = await get(`http://127.0.0.1:${new URL(agent.url).port}/readyz`);
    assert.match(JSON.stringify(body.warnings), /reachable from other machines/);
  });

  it("closes twice without harm and leaves its port free", async (t) => {
    const agent = await mustStart();
    t.after(() => agent.close());
    const port = Number(new URL(agent.url).port);
    await Promise.all([agent.close(), agent.close()]);
    await assert.rejects(fetch(agent.url));
    const next = await mustStart("gcp-tdx", { workload: { host: "127.0.0.1", port } });
    t.after(() => next.close());
    await next.close();
  });

  it("a port in use ends the start with an error and closes the TPM", async (t) => {
    const agent = await mustStart();
    t.after(() => agent.close());
    const port = Number(new URL(agent.url).port);
    await assert.rejects(mustStart("gcp-tdx", { workload: { host: "127.0.0.1", port } }), /EADDRINUSE/);
  });
});
