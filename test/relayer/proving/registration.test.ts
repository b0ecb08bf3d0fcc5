// Registrations whose evidence comes without its proof, from the agent to the transaction.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { newLog } from "../../../relayer/log.ts";
import { jsonAnswer } from "../../../scripts/prover/http.ts";
import { fromHex, toHex } from "../../../sdk/evidence/bytes.ts";
import { decodeAttestCvm, encodeAttestCvm } from "../../../sdk/evidence/calldata.ts";
import { json, startAgent } from "../support/fake-agent.ts";
import { sampleCalldata } from "../support/evidence.ts";
import { apiKey, newProver, provableSample, provenCapture } from "../support/prover.ts";
import { base64, bought, mustSetUpProving, startSnpAgent } from "../support/proving-scene.ts";
import { accepting, finished, inState, mustRegister, until } from "../support/relayer.ts";

describe("evidence without its proof", () => {
  it("is proved between the agent and the chain", async (t) => {
    const { node, relayer, prover } = await mustSetUpProving(t, { reportTypes: ["sp1"] });
    const agent = await startSnpAgent(t);
    const view = await until(relayer, await mustRegister(relayer, { agentUrl: agent.url }), finished);
    assert.deepEqual(
      view.steps.map(({ state }) => state),
      ["received", "received", "proved", "verified", "simulated", "journalled", "sent", "mined", "confirmed"],
    );
    assert.deepEqual([agent.asked[0]!.report_type, bought(prover)], [2, 1]);
    const given = decodeAttestCvm(provableSample(BigInt(agent.asked[0]!.block_number)));
    assert.ok(!("check" in given));
    const { teeAttestationReport } = provenCapture();
    assert.equal(node.received[0]!.data, toHex(encodeAttestCvm({ ...given, teeAttestationReport })));
    assert.match(relayer.metrics.text(), /cvm_relayer_proofs_total\{system="sp1",outcome="proved"\} 1/);
    assert.match(relayer.metrics.text(), /cvm_relayer_proofs_under_way 0/);
  });

  it("is asked for by the name in the registration, whatever the settings say", async (t) => {
    const { relayer } = await mustSetUpProving(t);
    const agent = await startSnpAgent(t, [1, 2]);
    const wish = { agentUrl: agent.url, reportType: "sp1" };
    assert.equal((await until(relayer, await mustRegister(relayer, wish), finished)).state, "confirmed");
    assert.deepEqual(
      agent.asked.map(({ report_type: type }) => type),
      [2],
    );
  });

  it("is asked for when the agent does not make what comes first", async (t) => {
    const { relayer } = await mustSetUpProving(t, { reportTypes: ["solidity", "sp1"] });
    const agent = await startSnpAgent(t);
    const view = await until(relayer, await mustRegister(relayer, { agentUrl: agent.url }), finished);
    assert.equal(view.state, "confirmed");
    assert.deepEqual(
      agent.asked.map(({ report_type: type }) => type),
      [1, 2],
    );
  });

  it("ends in the agent's word when it makes none of them", async (t) => {
    const { relayer } = await mustSetUpProving(t, { reportTypes: ["solidity", "sp1"] });
    const agent = await startSnpAgent(t, []);
    const view = await until(relayer, await mustRegister(relayer, { agentUrl: agent.url }), finished);
    assert.deepEqual([view.state, view.check], ["refused", "tee.report-type-unsupported"]);
    assert.equal(agent.asked.length, 2);
  });

  it("is not taken from an agent that was asked for another type", async (t) => {
    const { relayer, prover } = await mustSetUpProving(t);
    const agent = await startAgent((body, response) =>
      json(response, 200, { calldata: base64(provableSample(BigInt(body.block_number))) }),
    );
    t.after(() => agent.close());
    const view = await until(relayer, await mustRegister(relayer, { agentUrl: agent.url }), finished);
    assert.deepEqual([view.code, bought(prover)], ["CVM_RELAYER_AGENT_ANSWER", 0]);
    assert.match(view.explanation!, /is of type 2, asked was 1/);
  });
});

describe("a prover", () => {
  it("that refuses is quoted with what to do, and without the key", async (t) => {
    const lines: string[] = [];
    const log = newLog("debug", { write: (line: string) => void lines.push(line) });
    const { relayer, prover } = await mustSetUpProving(t, { log });
    prover.onCreation = () => jsonAnswer(401, { error: `no account for ${apiKey}` });
    const id = await mustRegister(relayer, { calldata: base64(provableSample(99n)) });
    const view = await until(relayer, id, finished);
    assert.equal(view.code, "CVM_RELAYER_PROVING_FAILED");
    assert.match(view.explanation!, /^proving\.unauthorized: .*no account for \[masked\]; check the API key/);
    const said = [...lines, JSON.stringify(view), relayer.metrics.text()].join("\n");
    assert.ok(lines.length > 0 && !said.includes(apiKey));
    assert.match(said, /outcome=\\?"proving.unauthorized/);
  });

  it("whose proof does not hold gets nothing sent", async (t) => {
    const prover = newProver();
    const proving = { ...prover.options, verifyProof: () => false };
    const { node, relayer } = await mustSetUpProving(t, { proving });
    const id = await mustRegister(relayer, { calldata: base64(provableSample(99n)) });
    const view = await until(relayer, id, finished);
    assert.match(view.explanation!, /^proving\.receipt-wrong/);
    assert.ok(!node.requests.includes("eth_sendRawTransaction"));
  });

  it("is asked for so many proofs at once and no more, and nothing else waits for them", async (t) => {
    const { relayer, prover } = await mustSetUpProving(t, { provingConcurrency: 1 });
    prover.isSlow = true;
    const first = await mustRegister(relayer, { calldata: base64(provableSample(99n, 1)) });
    await until(relayer, first, ({ explanation }) => /proving by sidecar/.test(explanation ?? ""));
    const second = await mustRegister(relayer, { calldata: base64(provableSample(99n, 2, 1)) });
    await until(relayer, second, ({ explanation }) => explanation === "waits for one of 1 proofs under way");
    assert.match(relayer.metrics.text(), /cvm_relayer_proofs_under_way 1/);
    const plain = await mustRegister(relayer, { calldata: base64(sampleCalldata(99n)) });
    assert.equal((await until(relayer, plain, finished)).state, "confirmed");
    prover.isSlow = false;
    assert.equal((await until(relayer, first, inState("confirmed"))).state, "confirmed");
    // Nobody holds a proof of the changed report.
    assert.match((await until(relayer, second, finished)).explanation!, /^proving\.failed/);
  });
});

describe("a proof that evidence brings along", () => {
  it("is not asked for", async (t) => {
    const { relayer, prover } = await mustSetUpProving(t, { verify: accepting });
    const calldata = base64(encodeAttestCvm(provenCapture()));
    const view = await until(relayer, await mustRegister(relayer, { calldata }), finished);
    assert.equal(view.state, "confirmed");
    assert.ok(fromHex(view.txHash as `0x${string}`).length === 32 && bought(prover) === 0);
  });
});
