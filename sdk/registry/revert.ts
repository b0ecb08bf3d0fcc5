// Names a revert: custom error, its arguments, and its check where it is the catalogue's. Verdicts of the contracts reach
// people only through this file, so it never guesses: what the catalogue does not know has no check.
import { decodeErrorResult } from "viem";
import type { Hex } from "viem";
import { checkByError } from "../checks.ts";
import type { CheckId } from "../checks.ts";
import { errorsAbi } from "./abi/errors.ts";

export interface Revert {
  /** The failed check, or null for an error that is none of the catalogue's. */
  readonly check: CheckId | null;
  /** Solidity error name; `Unknown` when the four bytes are not known. */
  readonly name: string;
  readonly args: readonly unknown[];
  readonly data: Hex;
}

/**
 * The revert that error data stands for. Empty data is what Solidity's ABI decoder leaves behind when calldata
 * does not decode, hence `calldata.canonical`.
 */
export function decodeRevert(data: Hex): Revert {
  if (data === "0x") return { check: "calldata.canonical", name: "CalldataNotCanonical", args: [], data };
  try {
    const { errorName, args } = decodeErrorResult({ abi: errorsAbi, data });
    const check = checkByError(errorName);
    return { check: (check?.id as CheckId | undefined) ?? null, name: errorName, args: args ?? [], data };
  } catch {
    return { check: null, name: "Unknown", args: [], data };
  }
}

const isHex = (value: unknown): value is Hex =>
  typeof value === "string" && /^0x([0-9a-fA-F]{2})*$/.test(value);

/** Error data of one error object: geth gives a hex string, others nest it once more. */
function dataIn(error: object): Hex | null {
  const data: unknown = "data" in error ? error.data : undefined;
  if (isHex(data)) return data;
  if (typeof data === "object" && data !== null && "data" in data && isHex(data.data)) return data.data;
  return null;
}

// JSON-RPC error code 3 is geth's for a reverted call; other nodes use -32000 or -32603 and say so in words.
const saysReverted = (error: object): boolean =>
  ("code" in error && error.code === 3) ||
  ("details" in error && typeof error.details === "string" && /revert/i.test(error.details)) ||
  ("message" in error && typeof error.message === "string" && /\brevert/i.test(error.message));

/** Error data of a failed `eth_call` or `eth_estimateGas`; null when the failure is no revert (a dead node). */
export function revertDataOf(error: unknown): Hex | null {
  let isRevert = false;
  for (let at: unknown = error, depth = 0; typeof at === "object" && at !== null && depth < 8; depth++) {
    const data = dataIn(at);
    if (data !== null) return data;
    isRevert ||= saysReverted(at);
    at = "cause" in at ? at.cause : null;
  }
  return isRevert ? "0x" : null;
}

/** One line for people: the error as Solidity would write it. */
export function revertText(revert: Revert): string {
  const args = revert.args.map((arg) => (typeof arg === "bigint" ? arg.toString() : String(arg)));
  return revert.name === "Unknown"
    ? `unknown error ${revert.data.slice(0, 10)}`
    : `${revert.name}(${args.join(", ")})`;
}
