// Evidence that is still to be proved (sdk/evidence/provable-report.ts), judged by everything but the proof: whether one is
// worth paying for. No registry takes it as it is, whatever the verdict. Not among what the package's entry exports, since
// AMD's certificates come along.
import { readProvableReport } from "../evidence/provable-report.ts";
import { isRefusal, refuse } from "../evidence/refusal.ts";
import { teeTypes } from "../evidence/registration.ts";
import type { RegistrationContext } from "./context.ts";
import { verifyCalldata } from "./registration.ts";
import type { RegistrationReport } from "./registration.ts";
import { defaultSnpMinimumTcb } from "./snp/minimums.ts";
import { judgeProvableSnp, provableSnpScope } from "./snp/provable.ts";
import { judgeQuote } from "./tee.ts";
import type { JudgeTee } from "./tee.ts";
import { newTrail } from "./verdict.ts";

const judgeProvableReport: JudgeTee = (registration, context, trail) => {
  trail.enter(["proof.encoding"]);
  const provable = readProvableReport(registration);
  if (provable === null)
    return refuse("proof.encoding", "the report is neither a quote nor an SNP report to be proved");
  if (!isRefusal(provable) && provable.tee === teeTypes.intelTdx)
    return judgeQuote(provable.quote, context, trail);
  trail.enter(provableSnpScope);
  const { now: time, snpMinimumTcb: minimumTcb = defaultSnpMinimumTcb } = context;
  return isRefusal(provable) ? provable : judgeProvableSnp(provable, { time, minimumTcb });
};

export const verifyProvable = (calldata: Uint8Array, context: RegistrationContext): RegistrationReport =>
  verifyCalldata(calldata, context, newTrail(), judgeProvableReport);
