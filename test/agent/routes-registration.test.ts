// POST /onchain/registration-collaterals and GET /onchain/golden-measurement.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { concat, toHex } from "../../sdk/evidence/bytes.ts";
import { decodeAttestCvm } from "../../sdk/evidence/calldata.ts";
import { readQuoteAttest } from "../../sdk/evidence/tpm-attest.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { verifyCalldata } from "../../sdk/verify/registration.ts";
import { type RunningAgent } from "../../agent/agent.ts";
import { context } from "./chain.ts";
import { anchorFields, bytesOf, get, mustStart, post } from "./http.ts";

describe("registration route", () => {
  let agent: RunningAgent;
  let registrationUrl: string;
  before(async () => {
    agent = await mustStart();
    registrationUrl = `${agent.url}/onchain/registration-collaterals`;
  });
  after(() => agent.close());

  it("anchored registration collaterals are calldata with certification that verifies", async () => {
    const { status, body } = await post(registrationUrl, { report_type: 1, ...anchorFields });
    assert.equal(status, 200);
    const calldata = bytesOf(body.calldata);
    assert.equal(toHex(calldata.subarray(0, 4)), "0x2b19318e");
    const report = verifyCalldata(calldata, context);
    assert.equal(report.error, null);
    assert.equal(report.claims?.assurance.tpmFresh, true);
  });

  it("takes chain_id and block_number as JSON numbers and as 0x strings too", async () => {
    for (const fields of [
      { chain_id: 31337, block_number: 100 },
      { chain_id: "0x7a69", block_number: "0x64" },
    ]) {
      const { body } = await post(registrationUrl, { report_type: 1, ...anchorFields, ...fields });
      assert.equal(verifyCalldata(bytesOf(body.calldata), context).error, null);
    }
  });

  it("the walkthrough's body {report_type, chain_id} gives un-anchored evidence", async () => {
    const { body } = await post(registrationUrl, {
      report_type: 1,
      chain_id: "11155111",
      zk_config: { url: "" },
    });
    const registration = decodeAttestCvm(bytesOf(body.calldata));
    assert.ok(!("check" in registration));
    const attest = readQuoteAttest(registration.workloadCollaterals.tpmQuote);
    assert.ok(!isRefusal(attest));
    assert.equal(toHex(attest.extraData), toHex(concat(Uint8Array.of(0xff), agent.identity.hash)));
  });

  it("GET /onchain/golden-measurement equals the measurement of the evidence, on both listeners", async () => {
    const { body } = await post(registrationUrl, { report_type: 1, ...anchorFields });
    const { claims } = verifyCalldata(bytesOf(body.calldata), context);
    for (const url of [agent.url, agent.operatorUrl!]) {
      const golden = await get(`${url}/onchain/golden-measurement`);
      assert.equal(toHex(bytesOf(golden.body.golden_measurement)), toHex(claims!.measurementHash));
    }
  });

  const badRegistrations: readonly (readonly [string, unknown, number, string])[] = [
    ["no report_type", {}, 400, "CVM_AGENT_BODY_MALFORMED"],
    ["an unknown report_type", { report_type: 4 }, 400, "CVM_AGENT_BODY_MALFORMED"],
    ["report_type 0", { report_type: 0 }, 400, "CVM_AGENT_BODY_MALFORMED"],
    ["report_type as a string", { report_type: "1" }, 400, "CVM_AGENT_BODY_MALFORMED"],
    [
      "a proof that no prover is configured for",
      { report_type: 2, zk_config: {} },
      422,
      "CVM_AGENT_REPORT_TYPE_UNAVAILABLE",
    ],
    [
      "a prover where none is allowed",
      { report_type: 3, zk_config: { url: "https://api.bonsai.xyz", version: "2.2.0" } },
      403,
      "CVM_AGENT_PROVER_FORBIDDEN",
    ],
    ["an unknown field", { report_type: 1, anchor: "0x" }, 400, "CVM_AGENT_BODY_MALFORMED"],
    ["half an anchor", { report_type: 1, block_number: 5 }, 400, "CVM_AGENT_ANCHOR_INCOMPLETE"],
    [
      "an anchor without chain_id",
      { report_type: 1, ...anchorFields, chain_id: undefined },
      400,
      "CVM_AGENT_ANCHOR_INCOMPLETE",
    ],
    [
      "a negative block",
      { report_type: 1, ...anchorFields, block_number: -1 },
      400,
      "CVM_AGENT_BODY_MALFORMED",
    ],
    [
      "a block of 65 bits",
      { report_type: 1, ...anchorFields, block_number: "18446744073709551616" },
      400,
      "CVM_AGENT_BODY_MALFORMED",
    ],
    ["chain_id 0", { report_type: 1, ...anchorFields, chain_id: "0" }, 400, "CVM_AGENT_BODY_MALFORMED"],
    [
      "chain_id with a leading zero",
      { report_type: 1, ...anchorFields, chain_id: "01" },
      400,
      "CVM_AGENT_BODY_MALFORMED",
    ],
    [
      "a short hash",
      { report_type: 1, ...anchorFields, block_hash: "0x12" },
      400,
      "CVM_AGENT_BODY_MALFORMED",
    ],
    [
      "a registry that is no address",
      { report_type: 1, ...anchorFields, registry: "registry" },
      400,
      "CVM_AGENT_BODY_MALFORMED",
    ],
    ["a list", [], 400, "CVM_AGENT_BODY_MALFORMED"],
    ["null", "null", 400, "CVM_AGENT_BODY_MALFORMED"],
    ["broken JSON", "{", 400, "CVM_AGENT_BODY_MALFORMED"],
    ["nothing", "", 400, "CVM_AGENT_BODY_MALFORMED"],
    ["a prototype", '{"report_type":1,"__proto__":{}}', 400, "CVM_AGENT_BODY_MALFORMED"],
  ];
  for (const [name, body, status, code] of badRegistrations)
    it(`registration refuses ${name} with ${status} ${code}`, async () => {
      const answer = await post(registrationUrl, body);
      assert.deepEqual([answer.status, answer.body.code], [status, code]);
      assert.match(answer.type ?? "", /^application\/problem\+json/);
      assert.deepEqual(Object.keys(answer.body), ["type", "title", "status", "detail", "code", "check"]);
    });
});
