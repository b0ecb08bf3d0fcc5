// The walk over calldata agrees with encoding the arguments anew, byte for byte (R-2 `calldata.canonical`).
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { Hex } from "viem";
import { fromHex, toHex } from "../../../sdk/evidence/bytes.ts";
import { encodeAttestCvm, encodeReattestCvm } from "../../../sdk/evidence/calldata.ts";
import type { MeasureablePcr, Registration } from "../../../sdk/evidence/registration.ts";
import { captured } from "../../support/captured.ts";
import { startChain } from "./chain.ts";
import type { Chain, Contract } from "./chain.ts";
import { evidence, keyOf } from "./stub-evidence.ts";

const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => at + 1);
const word = bytes(32);

function pcr(index: number, events: number, marks: number): MeasureablePcr {
  const measureEventsIdx = [...Array(marks).keys()];
  return { index, pcr: word, allEvents: Array(events).fill(word), measureEventsIdx, measurePcr: marks === 0 };
}

/** Every dynamic part in lengths around a word, lists empty and not. */
function registration(certification: Registration["certification"]): Registration {
  const { workloadCollaterals, ...rest } = evidence({ key: keyOf(9), anchorBlock: null });
  return {
    ...rest,
    teeAttestationReport: bytes(33),
    workloadCollaterals: {
      ...workloadCollaterals,
      tpmQuote: bytes(31),
      tpmSignature: bytes(32),
      pcrs: [pcr(0, 0, 0), pcr(4, 2, 1), pcr(9, 1, 0)],
      reportId: bytes(0),
      akPub: bytes(5),
      certs: [bytes(40), bytes(0), bytes(64)],
    },
    certification,
  };
}

const certification = { tpmtPublic: bytes(1), attest: bytes(34), signature: bytes(0) };
const reattestation = (certified: Registration["certification"]) => ({
  cvmIdentityHash: word,
  signature: bytes(64),
  workloadCollaterals: registration(null).workloadCollaterals,
  certification: certified,
});

const forms: readonly [string, Uint8Array][] = [
  ["attestCvm", encodeAttestCvm(registration(null))],
  ["attestCvm with a certification", encodeAttestCvm(registration(certification))],
  ["reattestCvmWithTpm", encodeReattestCvm(reattestation(null))],
  ["reattestCvmWithTpm with a certification", encodeReattestCvm(reattestation(certification))],
];

/** Static words are the decoder's, and another selector is another function. */
const firstWord = (name: string): number => (name.startsWith("attest") ? 4 + 96 : 4 + 32);

describe("canonical calldata", () => {
  let chain: Chain;
  let walk: Contract;
  let plain: Contract;
  before(async () => {
    chain = await startChain();
    walk = await chain.deploy("CanonicalCalldataHarness");
    plain = await chain.deploy("PlainCanonicalCalldata");
  });

  /** "" of the plain twin is its ABI decoder's refusal of values out of range, which the walk names. */
  const isTaken = async (contract: Contract, data: Hex): Promise<boolean> =>
    (await chain.refusalOf(contract, data)) === null;
  const agree = async (data: Uint8Array, what: string): Promise<boolean> => {
    const [one, other] = await Promise.all([isTaken(walk, toHex(data)), isTaken(plain, toHex(data))]);
    assert.equal(one, other, what);
    return one;
  };

  for (const [name, calldata] of forms) {
    it(`is what ${name} encodes, and nothing that differs in form`, async () => {
      assert.equal(await agree(calldata, "as encoded"), true);
      let refused = 0;
      // Coprime to 32, so that every place in a word comes up.
      for (let at = firstWord(name); at < calldata.length; at += 3) {
        const changed = calldata.slice();
        changed[at]! ^= 0x01;
        if (!(await agree(changed, `byte ${at}`))) refused++;
      }
      assert.ok(refused > calldata.length / 12, `${refused} refused`);
    });

    it(`ends where ${name} ends`, async () => {
      for (let length = 4; length < calldata.length; length += 16)
        assert.equal(await agree(calldata.subarray(0, length), `cut at ${length}`), false);
      for (const more of [1, 32]) {
        const longer = new Uint8Array(calldata.length + more);
        longer.set(calldata);
        assert.equal(await agree(longer, `${more} more`), false);
      }
    });

    it(`refuses lengths of ${name} that no calldata holds`, async () => {
      for (let at = firstWord(name); at + 32 <= calldata.length; at += 32) {
        for (const filler of [0xff, 0x7f]) {
          const changed = calldata.slice();
          changed.fill(0xff, at, at + 32);
          changed[at] = filler;
          await agree(changed, `word at ${at}`);
        }
      }
    });
  }

  // akPub begins in the last mark of the PCRs, 64, and so ends where the certificates begin.
  it("has no length that wraps and lets two parts share bytes", async () => {
    const { workloadCollaterals, ...rest } = registration(null);
    const pcrs = [{ ...pcr(0, 0, 0), measureEventsIdx: [64] }];
    const collaterals = { ...workloadCollaterals, pcrs, akPub: bytes(0) };
    const calldata = encodeAttestCvm({ ...rest, workloadCollaterals: collaterals });
    const view = new DataView(calldata.buffer, calldata.byteOffset);
    const [heads, wordEnd] = [4 + 4 * 32, 28];
    const base = 4 + view.getUint32(heads + wordEnd);
    const reportId = view.getUint32(base + 3 * 32 + wordEnd);
    assert.equal(await agree(calldata, "as encoded"), true);
    calldata.fill(0xff, base + reportId, base + reportId + 31)[base + reportId + 31] = 0x100 - 64;
    view.setUint32(base + 4 * 32 + wordEnd, reportId - 32);
    assert.equal(await agree(calldata, "a length of -64"), false);
  });

  it("is what was captured", async () => {
    for (const { calldata, name } of captured) assert.equal(await agree(calldata, name), true);
  });

  it("is no more than its selector's arguments", async () => {
    assert.equal(await agree(fromHex("0xdf42b054"), "no arguments"), false);
  });
});
