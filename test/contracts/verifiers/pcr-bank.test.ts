// PCRBank reads calldata by address and builds what it hashes in free memory; PlainPCRBank says the same in plain
// Solidity. Random lists, lists that break one rule, and broken encodings must end alike in both.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { network } from "hardhat";
import { encodeFunctionData, getAbiItem, toFunctionSelector } from "viem";
import type { Hex } from "viem";
import { pcrsOf, selectedPcrs, simulated } from "./captured.ts";
import type { Pcr } from "./captured.ts";
import { refusalOf } from "./outcome.ts";
import { newDice } from "./parity.ts";

const { viem } = await network.create();
const client = await viem.getPublicClient();
const harness = await viem.deployContract("EvidenceHarness");
const verifier = await viem.deployContract("TPMVerifier");

const sha256 = (...parts: Uint8Array[]) =>
  parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();
const x = (bytes: Uint8Array): Hex => `0x${Buffer.from(bytes).toString("hex")}`;
const bytesOf = (hex: string) => Buffer.from(hex.replace(/^0x/, ""), "hex");

type Mutable = { -readonly [K in keyof Pcr]: Pcr[K] };

function randomPcr(dice: (bound: number) => number, index: number): Mutable {
  const word = () => sha256(Buffer.from([dice(256), dice(256)]));
  const isMeasured = dice(2) === 0;
  const events = dice(3) === 0 ? Array.from({ length: dice(6) }, word) : [];
  const marks = isMeasured ? [] : events.flatMap((_, at) => (dice(2) === 0 ? [BigInt(at)] : []));
  const replayed = events.reduce((pcr, event) => sha256(pcr, event), Buffer.alloc(32));
  return {
    index: BigInt(index),
    pcr: x(events.length > 0 ? replayed : word()),
    allEvents: events.map(x),
    measureEventsIdx: marks,
    measurePcr: isMeasured,
  };
}

function randomList(dice: (bound: number) => number): Mutable[] {
  const often = dice(3);
  return Array.from({ length: 24 }, (_, i) => i)
    .filter(() => dice(4) <= often)
    .map((index) => randomPcr(dice, index));
}

const quoted = (pcrs: readonly Pcr[]) =>
  [
    pcrs,
    pcrs.reduce((map, { index }) => map | (1 << Number(index)), 0) & 0xffffff,
    x(sha256(...pcrs.map(({ pcr }) => bytesOf(pcr)))),
  ] as const;

async function assertSame(args: ReturnType<typeof quoted>, what: string): Promise<string | null> {
  const error = await refusalOf(() => harness.read.judge(args));
  assert.equal(error, await refusalOf(() => harness.read.judgePlain(args)), what);
  if (error === null)
    assert.deepEqual(await harness.read.judge(args), await harness.read.judgePlain(args), what);
  return error;
}

describe("PCRBank", () => {
  it("condenses random lists as its plain twin does", async () => {
    const dice = newDice(11);
    for (let round = 0; round < 80; round++)
      assert.equal(await assertSame(quoted(randomList(dice)), `round ${round}`), null);
    assert.equal(await assertSame(quoted([]), "the empty list"), null);
  });

  const breaks: Record<string, (pcr: Mutable, dice: (bound: number) => number) => void> = {
    PCRIndexOutOfRange: (pcr, dice) => (pcr.index = dice(2) === 0 ? 24n : 2n ** 255n),
    PCROrder: (pcr) => (pcr.index = 0n),
    PCRModeConflict: (pcr) => {
      pcr.measurePcr = true;
      pcr.measureEventsIdx = [0n];
    },
    PCREventIndex: (pcr, dice) => {
      pcr.measurePcr = false;
      pcr.measureEventsIdx = dice(2) === 0 ? [BigInt(pcr.allEvents.length)] : [2n ** 256n - 1n];
    },
    PCREventReplay: (pcr) => (pcr.allEvents = [...pcr.allEvents, pcr.pcr]),
  };
  // PCRValues takes these, and leaves the rest to the passes over lists of any shape.
  const valuesOnly = (list: readonly Mutable[], measured: (at: number) => boolean): Mutable[] =>
    list.map((pcr, at) => ({ ...pcr, allEvents: [], measureEventsIdx: [], measurePcr: measured(at) }));

  it("condenses lists of values alone as its plain twin does", async () => {
    const dice = newDice(13);
    for (const measured of [() => true, () => false, () => dice(2) === 0])
      for (let round = 0; round < 20; round++) {
        const list = valuesOnly(randomList(dice), measured);
        assert.equal(await assertSame(quoted(list), `round ${round}`), null);
      }
    // The longest list, and one more than there are PCRs.
    const all = valuesOnly(
      Array.from({ length: 25 }, (_, index) => randomPcr(dice, index)),
      (at) => at !== 7,
    );
    assert.equal(await assertSame(quoted(all.slice(0, 24)), "all PCRs"), null);
    assert.equal(await assertSame(quoted(all), "25 PCRs"), "PCRIndexOutOfRange");
    // The last alone has events, or one in the middle.
    const replayed = { allEvents: [x(sha256())], pcr: x(sha256(Buffer.alloc(32), sha256())) };
    for (const at of [0, 11, 23])
      assert.equal(
        await assertSame(quoted(all.slice(0, 24).with(at, { ...all[at]!, ...replayed })), "events"),
        null,
      );
  });

  it("refuses lists of values alone that break a rule, or are not what was quoted", async () => {
    const list = valuesOnly(
      [0, 2, 5, 9].map((index) => randomPcr(newDice(index), index)),
      (at) => at < 3,
    );
    const [, selection, digest] = quoted(list);
    assert.equal(await assertSame([list, selection ^ 1, digest], "selection"), "PCRSelectionMismatch");
    assert.equal(await assertSame([list, selection, x(sha256())], "digest"), "PCRDigestMismatch");
    for (const [at, index, error] of [
      [3, 24n, "PCRIndexOutOfRange"],
      [3, 2n ** 255n, "PCRIndexOutOfRange"],
      [3, 5n, "PCROrder"],
      [1, 6n, "PCROrder"],
    ] as const)
      assert.equal(await assertSame(quoted(list.with(at, { ...list[at]!, index })), error), error);
  });

  for (const [error, change] of Object.entries(breaks))
    it(`refuses what breaks a rule, in list order: ${error}`, async () => {
      const dice = newDice(error.length);
      for (let round = 0; round < 12; round++) {
        const list = [
          randomPcr(dice, 0),
          ...randomList(dice).filter(({ index }) => index > 0n && index < 23n),
        ];
        list.push(randomPcr(dice, 23));
        const broken = 1 + dice(list.length - 1);
        change(list[broken]!, dice);
        assert.equal(await assertSame(quoted(list), `round ${round}`), error);
        // A second broken entry behind the first changes nothing, whatever it breaks.
        const later = list.at(-1)!;
        if (broken < list.length - 1) later.allEvents = [...later.allEvents, later.pcr];
        assert.equal(await assertSame(quoted(list), `round ${round}, two broken`), error);
      }
    });

  it("refuses marks that do not ascend", async () => {
    const events = [sha256(Buffer.from([1])), sha256(Buffer.from([2]))];
    const value = events.reduce((pcr, event) => sha256(pcr, event), Buffer.alloc(32));
    for (const measureEventsIdx of [
      [1n, 0n],
      [1n, 1n],
    ]) {
      const pcr = { index: 3n, pcr: x(value), allEvents: events.map(x), measureEventsIdx, measurePcr: false };
      assert.equal(await assertSame(quoted([pcr]), "marks"), "PCREventIndex");
    }
  });

  it("refuses a list that is not what was quoted", async () => {
    const list = randomList(newDice(5));
    const [, selection, digest] = quoted(list);
    const extra = selection ^ (1 << 23);
    assert.equal(await assertSame([list, extra, digest], "selection"), "PCRSelectionMismatch");
    assert.equal(await assertSame([list, selection, x(sha256())], "digest"), "PCRDigestMismatch");
  });

  const encodings: Record<string, ReturnType<typeof quoted>> = {
    "a list with events": quoted(randomList(newDice(12)).slice(0, 5)),
    "a list of values alone": quoted(
      valuesOnly(
        [1, 4, 23].map((index) => randomPcr(newDice(index), index)),
        (at) => at !== 1,
      ),
    ),
  };
  for (const [name, args] of Object.entries(encodings))
    it(`ends as its twin does on every broken offset, length and flag of the encoding of ${name}`, async () => {
      const data = bytesOf(encodeFunctionData({ abi: harness.abi, functionName: "judge", args }));
      const plain = bytesOf(encodeFunctionData({ abi: harness.abi, functionName: "judgePlain", args }));
      const ending = async (bytes: Buffer): Promise<string> => {
        try {
          const { data: result } = await client.call({ to: harness.address, data: x(bytes) });
          return result ?? "0x";
        } catch {
          return "refused";
        }
      };
      for (let at = 4; at + 32 <= data.length; at += 32)
        for (const value of [
          0n,
          1n,
          2n,
          0x20n,
          0xa0n,
          0xc0n,
          0xe0n,
          2n ** 32n,
          2n ** 64n,
          2n ** 256n - 32n,
        ]) {
          const word = Buffer.from(value.toString(16).padStart(64, "0"), "hex");
          const [ours, theirs] = [Buffer.from(data), Buffer.from(plain)];
          ours.set(word, at);
          theirs.set(word, at);
          const [end, due] = [await ending(ours), await ending(theirs)];
          // Offsets that wrap around 2^256 are read by Solidity's accessors, and by nothing here.
          const isStricter = value >= 2n ** 32n && end === "refused";
          if (!isStricter) assert.equal(end, due, `word at ${at} is ${value}`);
        }
    });

  // One quoted PCR 0 of this value, in encodings of our own: what lies where is all that differs.
  const value = sha256(Buffer.from("a value"));
  const word = (number: bigint) => Buffer.from(number.toString(16).padStart(64, "0"), "hex");
  const selector = bytesOf(toFunctionSelector(getAbiItem({ abi: harness.abi, name: "judge" })));
  const callOf = (list: bigint, ...words: readonly Buffer[]) =>
    client.call({
      to: harness.address,
      data: x(Buffer.concat([selector, word(list), word(1n), sha256(value), ...words])),
    });
  const entry = [word(0n), value, word(0xa0n), word(0xc0n), word(1n), word(0n), word(0n)];

  it("takes the canonical encoding of one PCR", async () => {
    assert.ok((await callOf(0x60n, word(1n), word(0x20n), ...entry)).data);
  });

  it("reads nothing behind calldata as zero: an entry that is cut is refused", async () => {
    for (const length of [2, 3, 4])
      await assert.rejects(callOf(0x60n, word(1n), word(0x20n), ...entry.slice(0, length)));
    // Lists whose lengths lie behind the end.
    await assert.rejects(callOf(0x60n, word(1n), word(0x20n), ...entry.slice(0, 5)));
  });

  it("follows no offset backwards: one that wraps around 2^256 is refused", async () => {
    // The entry stands before the list, seven words and the length behind it.
    await assert.rejects(callOf(0x60n + 0xe0n, ...entry, word(1n), word(2n ** 256n - 0x100n)));
    // A word of zero before the list, as the length of the events or of the marks.
    for (const at of [2, 3]) {
      const changed = entry.with(at, word(2n ** 256n - 0x60n));
      await assert.rejects(callOf(0x80n, word(0n), word(1n), word(0x20n), ...changed), `word ${at}`);
    }
    assert.ok((await callOf(0x80n, word(0n), word(1n), word(0x20n), ...entry)).data);
  });
});

describe("TPMVerifier.verifyQuotedValues", () => {
  const responseOf = (attest: string, signature: string) =>
    x(Buffer.concat([Buffer.from([0, attest.length / 2]), bytesOf(attest), bytesOf(signature)]));

  for (const id of ["sim-quote-ecc", "sim-quote-rsa"]) {
    const c = simulated[id]!;
    const values = pcrsOf(c.pcrs!, selectedPcrs(c.attest)).map(({ pcr }) => pcr);
    const ak: Hex = `0x${c.ak!}`;
    const verify = (response: Hex, list: readonly Hex[]) =>
      refusalOf(() => verifier.read.verifyQuotedValues([ak, response, list]));

    it(`takes ${id} as TPM2_Quote answers, and names what it quotes`, async () => {
      const response = responseOf(c.attest, c.signature);
      const [, selection] = await verifier.read.verifyQuotedValues([ak, response, values]);
      const indices = Array.from({ length: 24 }, (_, i) => i).filter((i) => (selection >> i) & 1);
      assert.deepEqual(indices, selectedPcrs(c.attest));
    });

    it(`refuses ${id} with other values or another response`, async () => {
      const response = responseOf(c.attest, c.signature);
      const swapped = [values[1]!, values[0]!, ...values.slice(2)];
      for (const list of [values.slice(1), [...values, values[0]!], swapped, []])
        assert.equal(await verify(response, list), "PCRDigestMismatch");
      assert.equal(await verify("0x", values), "TPMAttestTruncated");
      assert.equal(await verify(response.slice(0, 200) as Hex, values), "TPMAttestTruncated");
      assert.equal(await verify(`${response}00`, values), "TPMSignatureLength");
      const other = simulated[id === "sim-quote-ecc" ? "sim-quote-rsa" : "sim-quote-ecc"]!;
      assert.equal(await verify(responseOf(c.attest, other.signature), values), "TPMSignatureScheme");
      const bits = Buffer.from(bytesOf(c.signature));
      bits[bits.length - 1]! ^= 1;
      const forged = responseOf(c.attest, bits.toString("hex"));
      assert.equal(await verify(forged, values), "TPMSignatureWrong");
    });
  }
});
