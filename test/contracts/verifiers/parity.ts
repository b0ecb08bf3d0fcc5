// Contract and SDK on the same changed bytes: both must name the same check.
import assert from "node:assert/strict";
import { checkByError } from "../../../sdk/checks.ts";
import { refusalOf } from "./outcome.ts";

/** Deterministic whole numbers below a bound: a linear congruence, so that a failure can be had again. */
export function newDice(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (state * 1103515245 + 12345) % 0x80000000;
    return Math.floor((state / 0x80000000) * bound);
  };
}

// Bytes that mean something in DER, TPM structures and quotes.
const telling = [0, 1, 2, 3, 4, 5, 6, 0x0b, 0x10, 0x14, 0x18, 0x30, 0x80, 0x81, 0xff];

/** A copy with one byte changed, cut, or one byte longer. */
export function disturb(bytes: Buffer, dice: (bound: number) => number): Buffer {
  const copy = Buffer.from(bytes);
  const kind = dice(10);
  if (kind === 8) return copy.subarray(0, dice(copy.length));
  if (kind === 9) return Buffer.concat([copy, Buffer.from([dice(2) * 7])]);
  copy[dice(copy.length)] = kind < 4 ? dice(256) : telling[dice(telling.length)]!;
  return copy;
}

/** Fails unless the contract's refusal (or its absence) is the SDK's. */
export async function assertParity(call: () => Promise<unknown>, sdk: object, what: string): Promise<void> {
  const error = await refusalOf(call);
  const contract = error === null ? null : checkByError(error)?.id;
  assert.equal(contract, "check" in sdk ? sdk.check : null, what);
}
