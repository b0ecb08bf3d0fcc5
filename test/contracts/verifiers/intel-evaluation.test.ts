// Evaluation numbers on chain: which documents verdicts rest on and who raises that, and what Intel's list says.
import assert from "node:assert/strict";
import { after, beforeEach, describe, it } from "node:test";
import type { Hex } from "viem";
import { eventsOf, startHeldCollateral } from "../../support/held-collateral.ts";
import { day, reissued, seconds, simulatedNow } from "../../support/simulated-chain.ts";

const { chain, documents, fmspc, goBack, number, mustBring, read, send, usableUntil, verify } =
  await startHeldCollateral("evaluation");

beforeEach(() => goBack());
after(() => chain.close());

describe("active evaluation numbers", () => {
  const active = () => read<[bigint, bigint]>("activeEvaluation");
  const raise = (tcbInfo: number, qeIdentity: number) => send("setActiveEvaluation", tcbInfo, qeIdentity);
  const next = number + 1;

  it("are one for TCB info and one for the QE identity", async () => {
    assert.deepEqual(await active(), [BigInt(number), BigInt(number)]);
    const { value } = await raise(next, number);
    assert.deepEqual(eventsOf(value!), [
      ["ActiveEvaluationSet", { tcbInfo: BigInt(next), qeIdentity: BigInt(number) }],
    ]);
    assert.deepEqual(await active(), [BigInt(next), BigInt(number)]);
    assert.equal(await verify(), `TDXTCBInfoMissing(${fmspc}, ${next})`);
    await raise(next, next);
    assert.deepEqual(await active(), [BigInt(next), BigInt(next)]);
    assert.equal(await usableUntil(), 0);
    assert.equal(await verify(), `TDXQEIdentityMissing(${next})`);
  });

  it("choose among the documents held, from the moment they are set", async () => {
    await mustBring("TCBInfo", documents.tcbInfo({ tcbEvaluationDataNumber: next }));
    await mustBring("QEIdentity", documents.qeIdentity({ tcbEvaluationDataNumber: next, isvProdId: 3 }));
    assert.equal(await verify(), null);
    await raise(next, number);
    assert.equal(await verify(), null);
    await raise(next, next);
    assert.equal(await verify(), "TDXQEProductMismatch(2)");
  });

  it("take documents of theirs that come later", async () => {
    await raise(next, next);
    await mustBring("QEIdentity", documents.qeIdentity({ tcbEvaluationDataNumber: next }));
    assert.equal(await verify(), `TDXTCBInfoMissing(${fmspc}, ${next})`);
    await mustBring("TCBInfo", documents.tcbInfo({ tcbEvaluationDataNumber: next }));
    assert.equal(await verify(), null);
  });

  it("are those of the dates that people read", async () => {
    await mustBring("TCBInfo", documents.tcbInfo({ ...reissued(2), tcbEvaluationDataNumber: next }));
    await raise(next, number);
    const { subjectHash } = await read<{ subjectHash: Hex }>("caOf", 1);
    const [rootCrl, pckCrl, qe, tcb, ...numbers] = await read<(number | bigint)[]>(
      "collateralDates",
      fmspc,
      subjectHash,
    );
    const dates = ["2027-01-31", "2026-03-02", "2026-03-02", "2026-03-05"].map((date) => seconds(date));
    assert.deepEqual([rootCrl, pckCrl, qe, tcb].map(Number), dates);
    assert.deepEqual(numbers.map(Number), [next, number]);
  });

  for (const [tcbInfo, qeIdentity] of [
    [number - 1, number],
    [number, number - 1],
    [number + 1, number - 1],
    [number - 1, number + 1],
    [0, 0],
  ] as const)
    it(`are never lowered, to ${tcbInfo} and ${qeIdentity}: EvaluationLowered`, async () => {
      const { error } = await raise(tcbInfo, qeIdentity);
      assert.equal(error, `EvaluationLowered(${tcbInfo}, ${qeIdentity})`);
      assert.deepEqual(await active(), [BigInt(number), BigInt(number)]);
    });

  it("may be set as they are, and to the highest there is", async () => {
    assert.equal((await raise(number, number)).error, null);
    assert.equal(await verify(), null);
    assert.equal((await raise(65535, 65535)).error, null);
    assert.equal((await raise(65535, 65534)).error, "EvaluationLowered(65535, 65534)");
  });

  it("are raised by the authority alone: AccessManagedUnauthorized", async () => {
    const [, stranger] = chain.accounts;
    const raised = await chain.sendFrom(stranger!, chain.collateral, "setActiveEvaluation", next, next);
    assert.equal(raised.error?.toLowerCase(), `accessmanagedunauthorized(${stranger})`);
    assert.deepEqual(await active(), [BigInt(number), BigInt(number)]);
  });
});

describe("the standard evaluation number", () => {
  const year = 365 * 86_400;
  const dateOf = (time: number) => new Date(time * 1000).toISOString().replace(".000", "");
  const listOf = (issued: string, ...entries: readonly (readonly [number: number, recovery: number])[]) =>
    documents.evaluationNumbers({
      issueDate: day(issued),
      tcbEvalNumbers: entries.map(([tcbEvaluationDataNumber, recovery]) => ({
        tcbEvaluationDataNumber,
        tcbRecoveryEventDate: dateOf(recovery),
        tcbDate: dateOf(recovery),
      })),
    });
  const standard = () => read<bigint>("standardEvaluation");

  it("is none before there is a list, and none while no recovery is a year old", async () => {
    assert.equal(await standard(), 0n);
    const receipt = await mustBring("EvaluationNumbers", listOf("2026-02-01", [20, simulatedNow]));
    assert.deepEqual(eventsOf(receipt), [
      [
        "EvaluationNumbersUpdated",
        {
          issueDate: BigInt(seconds("2026-02-01")),
          nextUpdate: BigInt(seconds("2026-03-02")),
          numbers: [20n],
        },
      ],
    ]);
    assert.equal(await standard(), 0n);
  });

  it("is the highest whose recovery is a year old, to the second", async () => {
    const list = listOf(
      "2026-02-01",
      [20, simulatedNow - year + 10],
      [18, simulatedNow - year],
      [17, simulatedNow - 2 * year],
    );
    await mustBring("EvaluationNumbers", list);
    assert.equal(await standard(), 18n);
    await chain.moveTo(simulatedNow + 9);
    assert.equal(await standard(), 18n);
    await chain.moveTo(simulatedNow + 10);
    assert.equal(await standard(), 20n);
  });

  it("is that of the newest list alone, however short", async () => {
    const old = simulatedNow - 2 * year;
    await mustBring("EvaluationNumbers", listOf("2026-02-01", [20, old], [19, old], [18, old], [17, old]));
    assert.equal(await standard(), 20n);
    await mustBring("EvaluationNumbers", listOf("2026-02-02", [21, simulatedNow], [16, old]));
    assert.equal(await standard(), 16n);
    await mustBring("EvaluationNumbers", listOf("2026-02-03", [21, simulatedNow]));
    assert.equal(await standard(), 0n);
  });

  it("decides nothing by itself", async () => {
    await mustBring("EvaluationNumbers", listOf("2026-02-01", [number + 5, simulatedNow - 2 * year]));
    assert.deepEqual(await read<[bigint, bigint]>("activeEvaluation"), [BigInt(number), BigInt(number)]);
    assert.equal(await verify(), null);
  });
});
