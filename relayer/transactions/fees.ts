// Fee arithmetic of EIP-1559 transactions, in wei.

export interface Fees {
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
}

export interface Market {
  /** Base fee of the head block. */
  readonly baseFeePerGas: bigint;
  /** What the node suggests as tip. */
  readonly priorityFeePerGas: bigint;
}

export interface FeePolicy {
  /** Never paid more than this, in wei per gas. */
  readonly ceiling: bigint;
}

/** Null stands for: the market is above the ceiling. */
export type FeeQuote = Fees | null;

const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);

// The largest fee that can be raised once more: a transaction at the ceiling itself could only be waited for.
const belowCeiling = ({ ceiling }: FeePolicy): bigint => (larger(ceiling - 1n, 0n) * 8n) / 9n;

/** Twice the base fee survives six full blocks of +12.5 % (EIP-1559). */
export function firstFees(market: Market, policy: FeePolicy): FeeQuote {
  const { baseFeePerGas, priorityFeePerGas } = market;
  const highest = belowCeiling(policy);
  if (baseFeePerGas + priorityFeePerGas > highest) return null;
  const maxFeePerGas = smaller(2n * baseFeePerGas + priorityFeePerGas, highest);
  return { maxFeePerGas, maxPriorityFeePerGas: smaller(priorityFeePerGas, maxFeePerGas) };
}

// geth and EDR take a replacement when both fees rise by 10 %; an eighth is safe against their rounding.
const raised = (fee: bigint): bigint => fee + fee / 8n + 1n;

/** Fees that replace `previous`: an eighth more, or the market when that is higher. */
export function bumpedFees(previous: Fees, market: Market, policy: FeePolicy): FeeQuote {
  const tip = larger(raised(previous.maxPriorityFeePerGas), market.priorityFeePerGas);
  const wanted = larger(raised(previous.maxFeePerGas), 2n * market.baseFeePerGas + tip);
  const least = larger(raised(previous.maxFeePerGas), market.baseFeePerGas + tip);
  if (least > policy.ceiling) return null;
  return { maxFeePerGas: smaller(wanted, policy.ceiling), maxPriorityFeePerGas: tip };
}

/**
 * Fees of an empty transfer in the place of `previous`: at the market as far as the ceiling goes, and above it by what a
 * replacement has to offer, no more. A withdrawal that the ceiling forbade would leave the evidence to be mined at that
 * very price, with some hundred times its gas.
 */
export function cancelFees(previous: Fees, market: Market, { ceiling }: FeePolicy): Fees {
  const tip = larger(raised(previous.maxPriorityFeePerGas), smaller(market.priorityFeePerGas, ceiling));
  const wanted = smaller(2n * market.baseFeePerGas + tip, ceiling);
  return {
    maxFeePerGas: larger(raised(previous.maxFeePerGas), larger(wanted, tip)),
    maxPriorityFeePerGas: tip,
  };
}
