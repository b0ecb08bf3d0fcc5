// The catalogue of named checks. One row has five faces: the check id, the Solidity custom error, the
// TypeScript code (derived), the metric label (the id) and the runbook anchor (derived). Rows stand in the
// order in which both verifiers evaluate them; the first that fails names the refusal on both sides.

import { endorsementRows } from "./catalogue/endorsement.ts";
import { intelRows } from "./catalogue/intel.ts";
import { logRows } from "./catalogue/log.ts";
import { proofRows } from "./catalogue/proof.ts";
import { recordRows } from "./catalogue/record.ts";
import { requestRows } from "./catalogue/request.ts";
import { snpRows } from "./catalogue/snp.ts";
import { tdxRows } from "./catalogue/tdx.ts";
import { tpmRows } from "./catalogue/tpm.ts";

/** Whose word a passing check rests on. */
export type TrustAnchor = "hardware" | "cloud" | "software";

export interface Check {
  /** Stable id, also the metric label. */
  readonly id: string;
  /** Solidity custom error with its parameter types, or null for checks that exist off chain only. */
  readonly error: string | null;
  /** A second error of the same check where callers must tell two outcomes apart, or null. */
  readonly otherError: string | null;
  readonly anchor: TrustAnchor;
  /** What must hold, in one line. */
  readonly title: string;
}

const rows = [
  ...requestRows,
  ...intelRows,
  ...proofRows,
  ...tdxRows,
  ...snpRows,
  ...tpmRows,
  ...recordRows,
  ...logRows,
  ...endorsementRows,
] as const;

/** Every check, in order of evaluation. */
export const checks: readonly Check[] = rows.map(([id, error, anchor, title, otherError = null]) => ({
  id,
  error,
  otherError,
  anchor,
  title,
}));

/** Solidity errors of a check with their parameter types. */
export const errorsOf = ({ error, otherError }: Check): string[] =>
  [error, otherError].filter((each) => each !== null);

export type CheckId = (typeof rows)[number][0];

const byId = new Map<string, Check>(checks.map((check) => [check.id, check]));

/** The catalogue row of an id. Throws on an unknown id: that is a broken assumption, not evidence. */
export function checkById(id: CheckId): Check {
  const check = byId.get(id);
  if (check === undefined) throw new Error(`no check named ${id}`);
  return check;
}

const nameOf = (error: string): string => error.slice(0, error.indexOf("("));

/** Name of the Solidity error without its parameters, e.g. `TDXDebugEnabled`. */
export function errorName(check: Check): string | null {
  return check.error === null ? null : nameOf(check.error);
}

const byError = new Map<string, Check>(
  checks.flatMap((check) => errorsOf(check).map((error): [string, Check] => [nameOf(error), check])),
);

/** The check that a Solidity custom error stands for, or undefined for an error that is none of ours. */
export function checkByError(name: string): Check | undefined {
  return byError.get(name);
}

/** TypeScript code of a check: `tdx.debug` is CVM_TDX_DEBUG_ENABLED. */
export function checkCode(check: Check): string {
  const name = errorName(check) ?? check.id.replace(/[.-]/g, "_");
  return `CVM_${name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1_$2")
    .toUpperCase()}`;
}
