// One piece of evidence is sent once: signatures have two spellings each, and what lies beside a quote can be exchanged by
// anybody who sees it. And nobody's version of somebody's evidence stands in its way.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeErrorResult, toHex } from "viem";
import type { Hex } from "viem";
import type { Judgement, VerifyEvidence } from "../../relayer/registration/verification.ts";
import type { Relayer } from "../../relayer/server.ts";
import { decodeAttestCvm, encodeAttestCvm } from "../../sdk/evidence/calldata.ts";
import { errorsAbi } from "../../sdk/registry/abi/errors.ts";
import { attestedLog } from "./support/attested.ts";
import { sampleCalldata } from "./support/evidence.ts";
import { honest, startAgent } from "./support/fake-agent.ts";
import type { FakeNode } from "./support/fake-node.ts";
import { accepting, finished, inState, mustRegister, mustSetUp, until } from "./support/relayer.ts";

/** One quote, its signature in another spelling for each number. */
function spelled(quote: number, spelling: number): Uint8Array {
  const given = decodeAttestCvm(sampleCalldata(99n, quote));
  assert.ok(!("check" in given));
  const tpmSignature = Uint8Array.of(spelling);
  return encodeAttestCvm({
    ...given,
    workloadCollaterals: { ...given.workloadCollaterals, tpmSignature },
  });
}
const register = (relayer: Relayer, calldata: Uint8Array) =>
  mustRegister(relayer, { calldata: toHex(calldata) });
const isBehind = ({ explanation }: { readonly explanation: string | null }) =>
  /^the same quote is under way as registration /.test(explanation ?? "");
const notNewer = encodeErrorResult({ abi: errorsAbi, errorName: "EvidenceNotNewer", args: [101n] });
const badSignature = encodeErrorResult({ abi: errorsAbi, errorName: "TPMSignatureWrong" });

/** What attestCvm does with calldata; everything else is answered as before. */
function playRegistry(node: FakeNode, revertOf: (calldata: Hex) => Hex | null): void {
  const selector = toHex(sampleCalldata(99n)).slice(0, 10);
  node.onRevert = (data) => (data.startsWith(selector) ? revertOf(data) : null);
}

describe("one quote in many spellings", () => {
  it("is sent once, and confirmed for all who brought it", async (t) => {
    const { node, relayer } = await mustSetUp(t);
    node.isAutomine = false;
    const spellings = [0, 1, 2, 3, 4].map((spelling) => spelled(7, spelling));
    const [first, ...others] = spellings;
    const id = await register(relayer, first!);
    await until(relayer, id, inState("sent"));
    const behind = await Promise.all(others.map((each) => register(relayer, each)));
    for (const each of behind) await until(relayer, each, isBehind);
    playRegistry(node, () => (node.mined.length > 0 ? notNewer : null));
    node.logs = [attestedLog(first!)];
    node.mine(2);
    assert.equal((await until(relayer, id, finished)).state, "confirmed");
    for (const each of behind) {
      const view = await until(relayer, each, finished);
      assert.equal(view.state, "confirmed");
      assert.match(view.steps.at(-1)!.note, /already recorded from this quote/);
    }
    assert.deepEqual([node.received.length, new Set([id, ...behind]).size], [1, 5]);
  });

  it("is sent once when all come at the same time", async (t) => {
    const { node, relayer } = await mustSetUp(t);
    node.isAutomine = false;
    const ids = await Promise.all([0, 1, 2, 3, 4].map((each) => register(relayer, spelled(8, each))));
    const views = await Promise.all(
      ids.map((id) => until(relayer, id, (view) => view.state === "sent" || isBehind(view))),
    );
    assert.equal(views.filter(({ state }) => state === "sent").length, 1);
    assert.equal(node.received.length, 1);
  });

  it("is not taken again from a node that has yet to see the first", async (t) => {
    const { node, relayer } = await mustSetUp(t);
    const first = await register(relayer, spelled(9, 0));
    assert.equal((await until(relayer, first, finished)).state, "confirmed");
    const second = await register(relayer, spelled(9, 1));
    await until(
      relayer,
      second,
      ({ explanation }) => explanation?.includes(`recorded as registration ${first}`) === true,
    );
    assert.equal(node.received.length, 1);
  });
});

describe("somebody's version of a quote, brought first,", () => {
  const honestOne = spelled(10, 0);
  const forged = spelled(10, 1);

  it("does not stand in its way while it waits for its verdict", async (t) => {
    const pending = Promise.withResolvers<Judgement>();
    const verify: VerifyEvidence = (calldata, facts) =>
      toHex(calldata) === toHex(forged) ? pending.promise : accepting(calldata, facts);
    const { relayer } = await mustSetUp(t, { verify });
    const bad = await register(relayer, forged);
    assert.equal((await until(relayer, await register(relayer, honestOne), finished)).state, "confirmed");
    const explanation = "signature is wrong";
    pending.resolve({ verdict: "rejected", check: "tpm.signature", explanation, identityHash: null });
    assert.equal((await until(relayer, bad, finished)).state, "refused");
  });

  it("does not stand in its way when the registry refuses it", async (t) => {
    const { node, relayer } = await mustSetUp(t);
    playRegistry(node, (data) => (data === toHex(forged) ? badSignature : null));
    assert.equal((await until(relayer, await register(relayer, forged), finished)).state, "refused");
    assert.equal((await until(relayer, await register(relayer, honestOne), finished)).state, "confirmed");
  });

  it("frees it when its transaction reverts", async (t) => {
    const { node, relayer } = await mustSetUp(t);
    node.isAutomine = false;
    const bad = await register(relayer, forged);
    await until(relayer, bad, inState("sent"));
    const good = await register(relayer, honestOne);
    await until(relayer, good, isBehind);
    playRegistry(node, (data) => (data === toHex(forged) ? badSignature : null));
    node.isMinedSuccess = false;
    node.mine(2);
    assert.equal((await until(relayer, bad, finished)).state, "refused");
    node.isMinedSuccess = true;
    node.isAutomine = true;
    assert.equal((await until(relayer, good, finished)).state, "confirmed");
    assert.equal(node.received.length, 2);
  });
});

describe("one agent asked for several times", () => {
  it("is one registration until that has ended", async (t) => {
    const { node, relayer } = await mustSetUp(t);
    node.isAutomine = false;
    const agent = await startAgent();
    t.after(() => agent.close());
    let salt = 0;
    agent.respond = (body, response, request) => honest(++salt)(body, response, request);
    const ids = await Promise.all([1, 2, 3].map(() => mustRegister(relayer, { agentUrl: agent.url })));
    assert.equal(new Set(ids).size, 1);
    await until(relayer, ids[0]!, inState("sent"));
    assert.equal(await mustRegister(relayer, { agentUrl: agent.url }), ids[0]);
    node.isAutomine = true;
    node.mine(2);
    await until(relayer, ids[0]!, finished);
    const next = await mustRegister(relayer, { agentUrl: agent.url });
    assert.notEqual(next, ids[0]);
    assert.equal((await until(relayer, next, finished)).state, "confirmed");
    assert.deepEqual([agent.asked.length, node.received.length], [2, 2]);
  });
});
