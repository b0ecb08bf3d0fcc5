// Every way in which nothing is paid for a proof, or not twice.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { journalFormats } from "../../../sdk/evidence/journals/index.ts";
import { capturedCollateral } from "../../support/tdx-vectors.ts";
import {
  admitPrograms,
  provableQuoteSample,
  newProver,
  provableSample,
  snpProgram,
} from "../support/prover.ts";
import { base64, bought, mustSetUpProving, startSnpAgent } from "../support/proving-scene.ts";
import {
  finished,
  mustEmptyStore,
  mustRegister,
  mustSetUp,
  mustStart,
  post,
  until,
} from "../support/relayer.ts";

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
    const { relayer, prover } = await mustSetUpProving(t, { verify });
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
      const { node, relayer, prover } = await mustSetUpProving(t);
      admitPrograms(node, format);
      const id = await mustRegister(relayer, { calldata: base64(provableSample(99n)) });
      const view = await until(relayer, id, finished);
      assert.deepEqual([view.state, view.check], ["refused", "proof.program"]);
      assert.match(view.explanation!, /no proof is bought: the registry does not admit program 0x00d2342d/);
      assert.deepEqual(prover.sent, []);
    });

  it("where the registry has no verifier of that type", async (t) => {
    const { node, relayer, prover } = await mustSetUpProving(t);
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
    const { node, relayer, prover } = await mustSetUpProving(t, { store });
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
    const { node, relayer, prover } = await mustSetUpProving(t, { provingTimeoutSeconds: 1 });
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
    const { node, relayer, prover } = await mustSetUpProving(t, {
      reportTypes: ["sp1"],
      maxAnchorBlocks: 20n,
    });
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
    const { node, relayer, prover } = await mustSetUpProving(t);
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
    const { relayer, prover } = await mustSetUpProving(t);
    const view = await until(relayer, await mustRegister(relayer, { calldata }), finished);
    assert.equal(view.code, "CVM_RELAYER_PROVING_UNAVAILABLE");
    assert.match(view.explanation!, /no source of Intel's documents/);
    assert.deepEqual(prover.sent, []);
  });

  it("is not proved while nobody could judge it", async (t) => {
    const options = { verify: leftToChain, collateralSource: willing, provingTimeoutSeconds: 1 };
    const { node, relayer, prover } = await mustSetUpProving(t, options);
    admitPrograms(node, journalFormats.dcap);
    const view = await until(relayer, await mustRegister(relayer, { calldata }), finished);
    assert.equal(view.code, "CVM_RELAYER_PROVING_FAILED");
    assert.match(view.explanation!, /no documents of Intel's are to be had for the proof, for 1 s/);
    assert.deepEqual(prover.sent, []);
  });

  it("is not proved without the documents that the program reads", async (t) => {
    const options = { collateralSource: source, provingTimeoutSeconds: 1 };
    const { node, relayer, prover } = await mustSetUpProving(t, options);
    admitPrograms(node, journalFormats.dcap);
    const view = await until(relayer, await mustRegister(relayer, { calldata }), finished);
    assert.equal(view.code, "CVM_RELAYER_PROVING_FAILED");
    assert.deepEqual(prover.sent, []);
  });

  it("is not proved by documents that the chain does not say to hold", async (t) => {
    const options = { collateralSource: willing, provingTimeoutSeconds: 1 };
    const { node, relayer, prover } = await mustSetUpProving(t, options);
    admitPrograms(node, journalFormats.dcap);
    const view = await until(relayer, await mustRegister(relayer, { calldata }), finished);
    assert.equal(view.code, "CVM_RELAYER_PROVING_FAILED");
    assert.match(view.explanation!, /the chain does not hold what the source offers.*PCK CRL, QE identity/);
    assert.deepEqual(prover.sent, []);
  });
});
