// How callers see that there is no proof. The words are ProvingError's, which have no key in them and no URL that a request
// named.
import { ProvingError } from "../../proving/index.ts";
import type { ProvingErrorCode } from "../../proving/index.ts";
import { CollateralError } from "../../sdk/collateral/index.ts";
import { ProblemError } from "../problem.ts";
import type { ProblemCode } from "../problem.ts";

/** Before anything is made or asked for. */
const refusals: Partial<Record<ProvingErrorCode, ProblemCode>> = {
  "proving.request": "CVM_AGENT_PROVING_MALFORMED",
  "proving.url-refused": "CVM_AGENT_PROVER_FORBIDDEN",
  "proving.config": "CVM_AGENT_REPORT_TYPE_UNAVAILABLE",
};

/** What a request for a proof asks for cannot be had here. Other errors stay as they are. */
export function requestProblem(error: unknown): unknown {
  const code = error instanceof ProvingError ? refusals[error.code] : undefined;
  if (code === undefined) return error;
  // By the check a relayer knows that another report type may do.
  const check = code === "CVM_AGENT_REPORT_TYPE_UNAVAILABLE" ? "tee.report-type-unsupported" : null;
  return new ProblemError(code, (error as ProvingError).message, check);
}

/** Intel's documents were not had. The message names no URL: that of the source is the operator's business. */
export function documentsProblem(error: unknown): unknown {
  if (error instanceof CollateralError)
    return new ProblemError("CVM_AGENT_COLLATERAL_UNAVAILABLE", `${error.details}; ${error.advice}`);
  // Documents of the source that no program's input can be made of.
  if (error instanceof ProvingError)
    return new ProblemError("CVM_AGENT_COLLATERAL_UNAVAILABLE", error.message);
  return error;
}

/** A prover was asked and gave no proof. */
export function proofProblem(error: unknown): unknown {
  if (!(error instanceof ProvingError)) return error;
  const isLate = error.code === "proving.timeout";
  return new ProblemError(isLate ? "CVM_AGENT_PROVING_TIMED_OUT" : "CVM_AGENT_PROVING_FAILED", error.message);
}
