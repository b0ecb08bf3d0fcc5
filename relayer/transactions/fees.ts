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

/** Twice the base fee survives six full blocks of +12.5 % (EIP-1559). */
export function firstFees(market: Market, policy: FeePolicy): FeeQuote {
  const { baseFeePerGas, priorityFeePerGas } = market;
  if (baseFeePerGas + priorityFeePerGas > policy.ceiling) return null;
  const maxFeePerGas = smaller(2n * baseFeePerGas + priorityFeePerGas, policy.ceiling);
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
