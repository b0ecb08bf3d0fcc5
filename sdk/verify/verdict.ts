// The outcome of a verification: a verdict, the id of the failed check, every check with its state, and claims.
import { checkById } from "../checks.ts";
import type { CheckId, TrustAnchor } from "../checks.ts";
import { isRefusal } from "../evidence/refusal.ts";
import type { Refusal } from "../evidence/refusal.ts";

export type CheckStatus = "pass" | "fail" | "skip";

export interface CheckResult {
  readonly id: CheckId;
  readonly status: CheckStatus;
  readonly detail: string;
  readonly anchor: TrustAnchor;
}

export interface Report<Claims> {
  readonly verdict: "accepted" | "rejected";
  /** Id of the failed check, null when every check passed. */
  readonly error: CheckId | null;
  readonly checks: readonly CheckResult[];
  /** Null when the verification ended before it had claims. */
  readonly claims: Claims | null;
}

/** The checks that one verifier makes, in its order of evaluation. */
export type Scope = readonly CheckId[];

/**
 * Collects what was checked. Scopes are entered in order of evaluation; entering the next one says that the one
 * before it passed as a whole. A refusal belongs to the scope entered last.
 */
export interface Trail {
  enter(scope: Scope): void;
  /** Checks that this version does not make; never any of a signature. */
  skip(scope: Scope, detail: string): void;
  /** Results in order: passed, the failed one, and what was then never reached. */
  results(refusal: Refusal | null): CheckResult[];
}

export function newTrail(): Trail {
  const scopes: Scope[] = [];
  const skipped: CheckResult[] = [];
  return {
    enter: (scope) => void scopes.push(scope),
    skip: (scope, detail) => void skipped.push(...scope.map((id) => resultOf(id, "skip", detail))),
    results(refusal) {
      const byId = new Map<CheckId, CheckResult>();
      scopes.forEach((scope, at) => {
        const isLast = at === scopes.length - 1;
        const failedAt = refusal !== null && isLast ? scope.indexOf(refusal.check) : scope.length;
        scope.forEach((id, position) => {
          const status = position < failedAt ? "pass" : "skip";
          // A check that passed before and fails here stands where it failed.
          if (position === failedAt) byId.delete(id);
          if (byId.get(id)?.status !== "pass") byId.set(id, resultOf(id, status, null));
        });
      });
      for (const result of skipped) if (!byId.has(result.id)) byId.set(result.id, result);
      if (refusal !== null) byId.set(refusal.check, resultOf(refusal.check, "fail", refusal.detail));
      return [...byId.values()];
    },
  };
}

function resultOf(id: CheckId, status: CheckStatus, detail: string | null): CheckResult {
  const check = checkById(id);
  return { id, status, detail: detail ?? check.title, anchor: check.anchor };
}

/** A report from a trail and what the verification ended in. */
export function conclude<Claims>(trail: Trail, outcome: Claims | Refusal): Report<Claims> {
  if (isRefusal(outcome))
    return { verdict: "rejected", error: outcome.check, checks: trail.results(outcome), claims: null };
  return { verdict: "accepted", error: null, checks: trail.results(null), claims: outcome };
}
