// Errors as callers see them: RFC 9457 problem documents with a stable `code` and, where a catalogue row stands behind
// the refusal, its check id.
import type { CheckId } from "../sdk/checks.ts";

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly check: CheckId | null;
}

/** code → status and title. Codes are public: never renamed. */
const catalogue = {
  CVM_AGENT_BODY_MALFORMED: [400, "The request body is not what this route takes"],
  CVM_AGENT_PARAMETER_MALFORMED: [400, "A part of the path is not what this route takes"],
  CVM_AGENT_ANCHOR_INCOMPLETE: [400, "Anchored evidence needs all of its fields"],
  CVM_AGENT_PROVING_MALFORMED: [400, "zk_config is not what a prover can be asked with"],
  CVM_AGENT_CALLER_UNKNOWN: [401, "The caller is not on the policy's list"],
  CVM_AGENT_UNANCHORED_REFUSED: [403, "The policy allows anchored evidence only"],
  CVM_AGENT_MESSAGE_RESERVED: [403, "The message begins like one this agent never signs on request"],
  CVM_AGENT_PROVER_FORBIDDEN: [403, "The policy does not allow this prover"],
  CVM_AGENT_ROUTE_UNKNOWN: [404, "There is no such route"],
  CVM_AGENT_NO_ROTATION: [409, "No rotation is under way"],
  CVM_AGENT_BODY_TOO_LARGE: [413, "The request body is too large"],
  CVM_AGENT_MEDIA_TYPE_UNSUPPORTED: [415, "The request body is not JSON"],
  CVM_AGENT_REPORT_TYPE_UNAVAILABLE: [422, "This agent does not make reports of that type"],
  CVM_AGENT_PROVING_BUSY: [429, "As many proofs are under way as the agent makes at once"],
  CVM_AGENT_REQUEST_REFUSED: [400, "The request was refused"],
  CVM_AGENT_INTERNAL: [500, "The agent failed"],
  CVM_AGENT_COLLATERAL_UNAVAILABLE: [502, "Documents that a proof needs cannot be had"],
  CVM_AGENT_PROVING_FAILED: [502, "The prover gave no proof"],
  CVM_AGENT_STOPPING: [503, "The agent stops"],
  CVM_AGENT_PROVING_TIMED_OUT: [504, "The proof was not there in time"],
  CVM_AGENT_IDENTITY_KEY_UNUSABLE: [503, "PCRs changed since the identity key was made"],
} as const satisfies Record<string, readonly [number, string]>;

export type ProblemCode = keyof typeof catalogue;

export function problem(code: ProblemCode, detail: string, check: CheckId | null = null): Problem {
  const [status, title] = catalogue[code];
  return { type: `urn:cvm-registry:agent:${code}`, title, status, detail, code, check };
}

/** Thrown in routes, turned into its problem document by the server. */
export class ProblemError extends Error {
  readonly problem: Problem;
  constructor(code: ProblemCode, detail: string, check: CheckId | null = null) {
    super(detail);
    this.name = "ProblemError";
    this.problem = problem(code, detail, check);
  }
}
