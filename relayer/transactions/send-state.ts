// What to do with a transaction whose bytes are journalled. Pure: observations and the time go in, a decision
// comes out; the loop in sender.ts does what it says and knows nothing better.
//
//   journalled ──broadcast──▶ pending ──mined──▶ mined ──depth reached──▶ done
//        ▲                     │   ▲                │
//        └──node lost it───────┤   └──reorg─────────┘
//                              ├─ silent too long ─▶ bump (same nonce, higher fee)
//                              ├─ evidence stale, or refused by the node ─▶ cancel (same nonce, empty transfer)
//                              └─ nonce used by another transaction ─▶ lost

export interface SendPolicy {
  /** Silence after which the fee is raised. */
  readonly bumpAfterMs: number;
  /** Pause before bytes that did not reach the node are sent again. */
  readonly retryAfterMs: number;
  readonly maxBumps: number;
  /** Blocks, that of the transaction included, before a receipt counts as final. */
  readonly confirmations: bigint;
  /** In how many blocks the nonce must be seen used without a receipt of ours: nodes behind one URL may lag. */
  readonly nonceUsedLimit: number;
}

export interface Inclusion {
  readonly hash: string;
  readonly blockNumber: bigint;
  readonly isSuccess: boolean;
  readonly gasUsed: bigint;
}

export type Rejection = "underpriced" | "nonce-too-low" | "oversized" | "funds" | "unreachable" | "unknown";

export type Observation =
  /** The node took the bytes, or has them already. */
  | { readonly kind: "accepted" }
  | { readonly kind: "rejected"; readonly reason: Rejection }
  /** A receipt of one of the attempts exists. */
  | { readonly kind: "mined"; readonly inclusion: Inclusion }
  /** No attempt has a receipt; whether the chain's count already passed the nonce. */
  | { readonly kind: "not-mined"; readonly isNonceUsed: boolean }
  | { readonly kind: "head"; readonly number: bigint }
  /** The fee could not be raised: the configured ceiling is below the market. */
  | { readonly kind: "fee-ceiling" };

export interface SendState {
  readonly bumps: number;
  readonly isCancelling: boolean;
  /** Milliseconds; null when the newest bytes were never taken by a node. */
  readonly acceptedAt: number | null;
  readonly triedAt: number | null;
  readonly rejection: Rejection | null;
  /** A node took one of the attempts at some time. */
  readonly wasTaken: boolean;
  /** How often no reason was recognised in a node's refusal. */
  readonly refusals: number;
  readonly inclusion: Inclusion | null;
  /** Blocks in which the nonce was seen used without a receipt. */
  readonly nonceUsed: number;
  /** The last of them. */
  readonly nonceUsedAt: bigint;
  readonly head: bigint;
  /** The evidence is worthless in blocks above this one; null when it does not age. */
  readonly expiresAtBlock: bigint | null;
}

export type Decision =
  | { readonly kind: "wait" }
  /** Send the newest bytes (again). */
  | { readonly kind: "broadcast" }
  | { readonly kind: "bump" }
  | { readonly kind: "cancel" }
  | { readonly kind: "done"; readonly inclusion: Inclusion }
  | { readonly kind: "lost" };

/** The state of freshly journalled or replayed bytes. */
export function journalledState(past: {
  readonly bumps: number;
  readonly isCancelling: boolean;
  readonly wasTaken: boolean;
  readonly expiresAtBlock: bigint | null;
}): SendState {
  return {
    ...past,
    acceptedAt: null,
    triedAt: null,
    rejection: null,
    refusals: 0,
    inclusion: null,
    nonceUsed: 0,
    nonceUsedAt: -1n,
    head: 0n,
  };
}

/** Looking often at one block shows no more than looking once. */
function nonceUse({ nonceUsed, nonceUsedAt, head }: SendState, isUsed: boolean) {
  if (!isUsed) return { nonceUsed: 0, nonceUsedAt: -1n };
  return head > nonceUsedAt ? { nonceUsed: nonceUsed + 1, nonceUsedAt: head } : { nonceUsed, nonceUsedAt };
}

export function observe(state: SendState, observation: Observation, now: number): SendState {
  switch (observation.kind) {
    case "accepted":
      return { ...state, acceptedAt: now, triedAt: now, rejection: null, wasTaken: true };
    case "rejected": {
      const refusals = state.refusals + (observation.reason === "unknown" ? 1 : 0);
      return { ...state, triedAt: now, rejection: observation.reason, refusals };
    }
    case "mined":
      return { ...state, inclusion: observation.inclusion, nonceUsed: 0, nonceUsedAt: -1n, rejection: null };
    case "not-mined": {
      // A receipt that went away is a reorg: the bytes may have left the pool as well.
      const wasMined = state.inclusion !== null;
      const use = nonceUse(state, observation.isNonceUsed);
      return wasMined
        ? { ...state, inclusion: null, acceptedAt: null, triedAt: null, ...use }
        : { ...state, ...use };
    }
    case "head":
      return { ...state, head: observation.number };
    case "fee-ceiling":
      // Start the silence anew: the market may have fallen by then.
      return { ...state, acceptedAt: now, triedAt: now, rejection: null };
  }
}

/** The new bytes of a bump or a cancellation are journalled. */
export function replaced(state: SendState, kind: "bump" | "cancel"): SendState {
  const isCancelling = state.isCancelling || kind === "cancel";
  // A cancellation begins its own count, else a stale transaction could be left hanging at the last bump.
  const bumps = kind === "cancel" ? 0 : state.bumps + 1;
  return { ...state, bumps, isCancelling, acceptedAt: null, triedAt: null, rejection: null };
}

const isStale = (state: SendState): boolean =>
  !state.isCancelling && state.expiresAtBlock !== null && state.head >= state.expiresAtBlock;

/**
 * Refusals without a known reason after which bytes that no node ever took are given up: everything behind their nonce
 * waits for them. 100 s at the default pause, so that a node in trouble has time to recover.
 */
export const refusalLimit = 20;

const isRefused = (state: SendState): boolean =>
  !state.isCancelling &&
  !state.wasTaken &&
  (state.rejection === "oversized" || (state.rejection === "unknown" && state.refusals >= refusalLimit));

export function decide(state: SendState, policy: SendPolicy, now: number): Decision {
  const { inclusion } = state;
  if (inclusion !== null) {
    const depth = state.head - inclusion.blockNumber + 1n;
    return depth >= policy.confirmations ? { kind: "done", inclusion } : { kind: "wait" };
  }
  if (state.nonceUsed >= policy.nonceUsedLimit) return { kind: "lost" };
  // A used nonce cannot be replaced, only recognised.
  if (state.nonceUsed > 0) return { kind: "wait" };
  if (isStale(state) || isRefused(state)) return { kind: "cancel" };
  if (state.triedAt === null) return { kind: "broadcast" };
  const canBump = state.bumps < policy.maxBumps;
  if (state.rejection === "underpriced" && canBump) return { kind: "bump" };
  if (state.rejection !== null)
    return now - state.triedAt >= policy.retryAfterMs ? { kind: "broadcast" } : { kind: "wait" };
  const silent = now - (state.acceptedAt ?? state.triedAt) >= policy.bumpAfterMs;
  if (!silent) return { kind: "wait" };
  return canBump ? { kind: "bump" } : { kind: "broadcast" };
}
