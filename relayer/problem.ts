// Errors of the HTTP interface: RFC 9457 problem documents with a stable code and, where one failed, the check.
import { checkById, checkCode } from "../sdk/checks.ts";
import type { CheckId } from "../sdk/checks.ts";
import { failureCodes } from "./failure.ts";
import type { FailureKind } from "./failure.ts";

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly check: CheckId | null;
}

const statusOf: Partial<Record<FailureKind, readonly [number, string]>> = {
  "request-malformed": [400, "The request is not what this route takes"],
  "body-too-large": [413, "The request body is too large"],
  "transaction-size": [413, "The evidence is too large for a transaction"],
  "not-found": [404, "There is no such thing"],
  "idempotency-key-reused": [422, "This Idempotency-Key belongs to another request"],
  "queue-full": [503, "This relayer takes no more registrations for now"],
  "agent-url-forbidden": [422, "This relayer does not ask that agent"],
  "proving-unavailable": [422, "This relayer has no prover for that report type"],
  "chain-unreachable": [503, "The chain does not answer"],
  "application-unreadable": [422, "The application does not answer as one"],
  internal: [500, "The relayer failed"],
};

export function problem(kind: FailureKind, detail: string): Problem {
  const [status, title] = statusOf[kind] ?? [500, kind];
  const code = failureCodes[kind];
  return { type: `urn:cvm-registry:relayer:${code}`, title, status, detail, code, check: null };
}

/** A request refused because its bytes fail a check of the catalogue. */
export function checkProblem(check: CheckId, detail: string): Problem {
  const row = checkById(check);
  const code = checkCode(row);
  return { type: `urn:cvm-registry:check:${check}`, title: row.title, status: 422, detail, code, check };
}

/** Thrown in routes and turned into its document by the server. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  readonly problem: Problem;
  constructor(document: Problem) {
    super(document.detail);
    this.problem = document;
  }
}
