// How long calldata may be: longer transactions no node's pool takes, and a nonce spent on one would hold up all
// behind it.
import { failure } from "../failure.ts";
import type { Failure } from "../failure.ts";

/**
 * Bytes of calldata. Arbitrum's sequencer takes signed transactions of up to 95000 (Nitro's default of
 * `execution.sequencer.max-tx-data-size`), the pools of geth, reth and Nethermind up to 131072 (txMaxSize, four slots of
 * 32 KiB, in geth's core/txpool/legacypool); a node may take less, which it then says. Fees and signature are under 200
 * bytes more. The largest captured registration has 28 kB.
 */
export const calldataLimit = 90_000;

/** Null for calldata that fits into a transaction. */
export function sizeFailure(bytes: number): Failure | null {
  if (bytes <= calldataLimit) return null;
  return failure(
    "transaction-size",
    `the evidence has ${bytes} bytes, one transaction carries ${calldataLimit}: send evidence with fewer events`,
  );
}
