// Registrations whose evidence comes without its proof: from the agent to the transaction, and every way in which nothing is
// paid for, or not twice.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";
import { newLog } from "../../../relayer/log.ts";
import type { RelayerOptions } from "../../../relayer/server.ts";
import { jsonAnswer } from "../../../scripts/prover/http.ts";
import { fromHex, toHex } from "../../../sdk/evidence/bytes.ts";
import { decodeAttestCvm, encodeAttestCvm } from "../../../sdk/evidence/calldata.ts";
import { journalFormats } from "../../../sdk/evidence/journals/index.ts";
import { capturedCollateral } from "../../support/tdx-vectors.ts";
import { json, startAgent } from "../support/fake-agent.ts";
import { sampleCalldata } from "../support/evidence.ts";
import {
  admitPrograms,
  provableQuoteSample,
  apiKey,
  newProver,
  provableSample,
  provenCapture,
  snpProgram,
} from "../support/prover.ts";
import type { RelayersProver } from "../support/prover.ts";
import {
  accepting,
  finished,
  inState,
  mustEmptyStore,
  mustRegister,
  mustSetUp,
  mustStart,
  post,
  until,
} from "../support/relayer.ts";

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

async function setUp(t: TestContext, options: Partial<RelayerOptions> = {}) {
  const prover = newProver();
  const scene = await mustSetUp(t, {
    ...{ proving: prover.options, provingPrograms: [snpProgram] },
    ...options,
  });
  admitPrograms(scene.node);
  return { ...scene, prover };
}

/** An agent of an SNP machine that makes evidence of some report types. */
async function startSnpAgent(t: TestContext, types: readonly number[] = [2]) {
  const agent = await startAgent((body, response) => {
    if (!types.includes(body.report_type))
      return json(response, 422, { detail: "not made", check: "tee.report-type-unsupported" });
    const evidence = provableSample(BigInt(body.block_number));
    const sample = sampleCalldata(BigInt(body.block_number));
    json(response, 200, { calldata: base64(body.report_type === 1 ? sample : evidence) });
  });
  t.after(() => agent.close());
  return agent;
}

const bought = ({ bought }: RelayersProver): number => bought.requests;

describe("evidence without its proof", () => {
  it("is proved between the agent and the chain", async (t) => {
    const { node, relayer, prover } = await setUp(t, { reportTypes: ["sp1"] });
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
    const { relayer } = await setUp(t);
    const agent = await startSnpAgent(t, [1, 2]);
    const wish = { agentUrl: agent.url, reportType: "sp1" };
    assert.equal((await until(relayer, await mustRegister(relayer, wish), finished)).state, "confirmed");
    assert.deepEqual(
      agent.asked.map(({ report_type: type }) => type),
      [2],
    );
  });

  it("is asked for when the agent does not make what comes first", async (t) => {
    const { relayer } = await setUp(t, { reportTypes: ["solidity", "sp1"] });
    const agent = await startSnpAgent(t);
    const view = await until(relayer, await mustRegister(relayer, { agentUrl: agent.url }), finished);
    assert.equal(view.state, "confirmed");
    assert.deepEqual(
      agent.asked.map(({ report_type: type }) => type),
      [1, 2],
    );
  });

  it("ends in the agent's word when it makes none of them", async (t) => {
    const { relayer } = await setUp(t, { reportTypes: ["solidity", "sp1"] });
    const agent = await startSnpAgent(t, []);
    const view = await until(relayer, await mustRegister(relayer, { agentUrl: agent.url }), finished);
    assert.deepEqual([view.state, view.check], ["refused", "tee.report-type-unsupported"]);
    assert.equal(agent.asked.length, 2);
  });

  it("is not taken from an agent that was asked for another type", async (t) => {
    const { relayer, prover } = await setUp(t);
    const agent = await startAgent((body, response) =>
      json(response, 200, { calldata: base64(provableSample(BigInt(body.block_number))) }),
    );
    t.after(() => agent.close());
    const view = await until(relayer, await mustRegister(relayer, { agentUrl: agent.url }), finished);
    assert.deepEqual([view.code, bought(prover)], ["CVM_RELAYER_AGENT_ANSWER", 0]);
    assert.match(view.explanation!, /is of type 2, asked was 1/);
  });
});

describe("no proof is bought", () => {
  it("without a prover: the registration is refused at once, calldata when it is looked at", async (t) => {
    const { relayer } = await mustSetUp(t);
    const answer = await post(relayer, "/v1/registrations", { agentUrl: "http://a:1", reportType: "sp1" });
    assert.deepEqual([answer.status, answer.body["code"]], [422, "CVM_RELAYER_PROVING_UNAVAILABLE"]);
    const id = await mustRegister(relayer, { calldata: base64(provableSample(99n)) });
    assert.equal((await until(relayer, id, finished)).code, "CVM_RELAYER_PROVING_UNAVAILABLE");
  });

  it("without a prover of the type that the settings ask for: the relayer does not start", async () => {
    const { options } = newProver();
    for (const proving of [{}, { proving: options }])
      await assert.rejects(
        mustStart(
          { url: "http://127.0.0.1:1" },
          { reportTypes: ["risc0"], store: await mustEmptyStore(), ...proving },
        ),
        /no prover of risc0 is configured/,
      );
  });

  it("for evidence that fails a check", async (t) => {
    const verify = () => ({
      verdict: "rejected" as const,
      check: "snp.debug" as const,
      explanation: "debugging is allowed",
      identityHash: null,
    });
    const { relayer, prover } = await setUp(t, { verify });
    const id = await mustRegister(relayer, { calldata: base64(provableSample(99n)) });
    const view = await until(relayer, id, finished);
    assert.deepEqual([view.state, view.check], ["refused", "snp.debug"]);
    assert.deepEqual(prover.sent, []);
  });

  const withdrawn = [
    ["a program that governance has withdrawn", 0],
    ["a program that is admitted with another journal", journalFormats.snpV3],
  ] as const;
  for (const [name, format] of withdrawn)
    it(`for ${name}`, async (t) => {
      const { node, relayer, prover } = await setUp(t);
      admitPrograms(node, format);
      const id = await mustRegister(relayer, { calldata: base64(provableSample(99n)) });
      const view = await until(relayer, id, finished);
      assert.deepEqual([view.state, view.check], ["refused", "proof.program"]);
      assert.match(view.explanation!, /no proof is bought: the registry does not admit program 0x00d2342d/);
      assert.deepEqual(prover.sent, []);
    });

  it("where the registry has no verifier of that type", async (t) => {
    const { node, relayer, prover } = await setUp(t);
    node.onCall = () => `0x${"00".repeat(32)}`;
    const id = await mustRegister(relayer, { calldata: base64(provableSample(99n)) });
    const view = await until(relayer, id, finished);
    assert.equal(view.check, "proof.program");
    assert.match(view.explanation!, /no verifier for TEE 2 and report type 2/);
    assert.deepEqual(prover.sent, []);
  });
});

describe("no proof is bought twice", () => {
  it("by a relayer that starts again in the middle", async (t) => {
    const store = await mustEmptyStore();
    const { node, relayer, prover } = await setUp(t, { store });
    prover.isSlow = true;
    const id = await mustRegister(relayer, { calldata: base64(provableSample(99n)) });
    await until(relayer, id, ({ explanation }) =>
      /proving by sidecar: proof requested/.test(explanation ?? ""),
    );
    await relayer.stop();
    prover.isSlow = false;
    const options = { store, proving: prover.options, provingPrograms: [snpProgram] };
    const next = await mustStart(node, options);
    t.after(() => next.stop());
    assert.equal((await until(next, id, finished)).state, "confirmed");
    assert.equal(bought(prover), 1);
  });

  it("for the same evidence that comes again after a failure", async (t) => {
    const { node, relayer, prover } = await setUp(t, { provingTimeoutSeconds: 1 });
    prover.isSlow = true;
    const wish = { calldata: base64(provableSample(null)) };
    const failed = await until(relayer, await mustRegister(relayer, wish), finished);
    assert.deepEqual([failed.state, failed.code], ["failed", "CVM_RELAYER_PROVING_FAILED"]);
    assert.match(failed.explanation!, /^proving\.timeout: .*ask again with a later deadline/);
    assert.match(
      relayer.metrics.text(),
      /cvm_relayer_proofs_total\{system="sp1",outcome="proving.timeout"\} 1/,
    );
    prover.isSlow = false;
    assert.equal((await until(relayer, await mustRegister(relayer, wish), finished)).state, "confirmed");
    assert.deepEqual([bought(prover), node.received.length], [1, 1]);
  });

  it("for evidence whose anchor its proof outlasts", async (t) => {
    const { node, relayer, prover } = await setUp(t, { reportTypes: ["sp1"], maxAnchorBlocks: 20n });
    const agent = await startSnpAgent(t);
    prover.isSlow = true;
    const id = await mustRegister(relayer, { agentUrl: agent.url });
    await until(relayer, id, ({ explanation }) => /proving by sidecar/.test(explanation ?? ""));
    node.mine(30);
    const view = await until(relayer, id, finished);
    assert.equal(view.code, "CVM_RELAYER_EVIDENCE_STALE");
    assert.match(view.explanation!, /took longer than its anchor lasts, to block 119/);
    assert.deepEqual([agent.asked.length, bought(prover)], [1, 1]);
  });

  it("for the same statement with other bytes around it that nobody signed", async (t) => {
    const { node, relayer, prover } = await setUp(t);
    const wishes = [1, 2, 3].map((salt) => ({ calldata: base64(provableSample(99n, salt)) }));
    const ids = await Promise.all(wishes.map((wish) => mustRegister(relayer, wish)));
    for (const id of ids) assert.equal((await until(relayer, id, finished)).state, "confirmed");
    assert.deepEqual([bought(prover), node.received.length], [1, 3]);
  });
});

describe("a quote", () => {
  const source = { tdxCollateral: () => Promise.reject(new Error("silent")) };
  const willing = { tdxCollateral: () => Promise.resolve(capturedCollateral.gcp) };
  const leftToChain = () => ({
    verdict: "accepted" as const,
    check: null,
    explanation: "the chain judges by its own",
    identityHash: null,
    isLeftToChain: true as const,
  });
  const calldata = base64(provableQuoteSample(99n));

  it("is not proved where no documents of Intel's come from", async (t) => {
    const { relayer, prover } = await setUp(t);
    const view = await until(relayer, await mustRegister(relayer, { calldata }), finished);
    assert.equal(view.code, "CVM_RELAYER_PROVING_UNAVAILABLE");
    assert.match(view.explanation!, /no source of Intel's documents/);
    assert.deepEqual(prover.sent, []);
  });

  it("is not proved while nobody could judge it", async (t) => {
    const options = { verify: leftToChain, collateralSource: willing, provingTimeoutSeconds: 1 };
    const { node, relayer, prover } = await setUp(t, options);
    admitPrograms(node, journalFormats.dcap);
    const view = await until(relayer, await mustRegister(relayer, { calldata }), finished);
    assert.equal(view.code, "CVM_RELAYER_PROVING_FAILED");
    assert.match(view.explanation!, /no documents of Intel's are to be had for the proof, for 1 s/);
    assert.deepEqual(prover.sent, []);
  });

  it("is not proved without the documents that the program reads", async (t) => {
    const options = { collateralSource: source, provingTimeoutSeconds: 1 };
    const { node, relayer, prover } = await setUp(t, options);
    admitPrograms(node, journalFormats.dcap);
    const view = await until(relayer, await mustRegister(relayer, { calldata }), finished);
    assert.equal(view.code, "CVM_RELAYER_PROVING_FAILED");
    assert.deepEqual(prover.sent, []);
  });
});

describe("a prover", () => {
  it("that refuses is quoted with what to do, and without the key", async (t) => {
    const lines: string[] = [];
    const log = newLog("debug", { write: (line: string) => void lines.push(line) });
    const { relayer, prover } = await setUp(t, { log });
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
    const { node, relayer } = await setUp(t, { proving });
    const id = await mustRegister(relayer, { calldata: base64(provableSample(99n)) });
    const view = await until(relayer, id, finished);
    assert.match(view.explanation!, /^proving\.receipt-wrong/);
    assert.ok(!node.requests.includes("eth_sendRawTransaction"));
  });

  it("is asked for so many proofs at once and no more, and nothing else waits for them", async (t) => {
    const { relayer, prover } = await setUp(t, { provingConcurrency: 1 });
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
    const { relayer, prover } = await setUp(t, { verify: accepting });
    const calldata = base64(encodeAttestCvm(provenCapture()));
    const view = await until(relayer, await mustRegister(relayer, { calldata }), finished);
    assert.equal(view.state, "confirmed");
    assert.ok(fromHex(view.txHash as `0x${string}`).length === 32 && bought(prover) === 0);
  });
});
