// How the TEE statement and the AK are tied to each other, who vouches for the PCRs, and how the identity key is
// held (protocol §4, §5). Binding is a set of flags; which of them suffice is an application's floor.
import type { CheckId } from "../checks.ts";
import { reportData } from "../evidence/binding.ts";
import { concat, isEqual, sha256, sha384 } from "../evidence/bytes.ts";
import { refuse } from "../evidence/refusal.ts";
import type { Refusal } from "../evidence/refusal.ts";
import { cloudTypes, keyProtections, pcrTrusts, teeTypes } from "../evidence/registration.ts";
import type { AnchorBlock, Registration } from "../evidence/registration.ts";
import { objectAttributes } from "../evidence/tpm-public.ts";
import type { AttestationKey } from "./ak.ts";
import type { TeeClaims } from "./tee.ts";
import type { CertifiedKey, QuoteClaims } from "./tpm.ts";

export const bindingScope = [
  "binding.report-id",
  "binding.pcr15",
  "binding.rtmr3",
  "binding.none",
  "binding.gcp-pcr0",
] as const satisfies readonly CheckId[];

export interface BindingFlags {
  readonly teeNamesAk: boolean;
  readonly quoteNamesTee: boolean;
  readonly runtimeClaims: boolean;
  readonly pcrReportId: boolean;
}

export interface BindingEvidence {
  readonly registration: Registration;
  readonly tee: TeeClaims;
  readonly ak: AttestationKey;
  readonly quote: QuoteClaims;
  readonly identityHash: Uint8Array;
  /** Null in un-anchored evidence. */
  readonly block: AnchorBlock | null;
  readonly requestHash: Uint8Array;
}

function isPcr15({ registration }: BindingEvidence, digest: Uint8Array): boolean {
  const pcr = registration.workloadCollaterals.pcrs.find(({ index }) => index === 15);
  return pcr !== undefined && isEqual(pcr.pcr, sha256(new Uint8Array(32), digest));
}

/** GCP TDX: the guest extended a UUID into PCR 15 and RTMR3. */
function judgeUuid(evidence: BindingEvidence, uuid: Uint8Array): boolean | Refusal {
  if (!isPcr15(evidence, sha256(uuid))) return refuse("binding.pcr15", "PCR 15 does not hold the report id");
  const rtmr3 = sha384(concat(new Uint8Array(48), sha384(uuid)));
  return isEqual(evidence.tee.legacyRegister, rtmr3)
    ? true
    : refuse("binding.rtmr3", "RTMR3 does not hold the report id");
}

/** Whether PCR 15 names the TEE report: the walkthrough's binding, of un-anchored evidence only. */
function judgeReportId(evidence: BindingEvidence): boolean | Refusal {
  const { registration, tee, block } = evidence;
  const { reportId } = registration.workloadCollaterals;
  const unexpected = refuse("binding.report-id", `reportId has ${reportId.length} bytes`);
  const isLegacyGcp = block === null && registration.cloud === cloudTypes.gcp;
  if (isLegacyGcp && registration.tee === teeTypes.intelTdx && reportId.length === 16)
    return judgeUuid(evidence, reportId);
  if (isLegacyGcp && registration.tee === teeTypes.amdSevSnp) {
    const isOwn = reportId.length === 0 || isEqual(reportId, tee.legacyRegister);
    return isOwn ? isPcr15(evidence, tee.legacyRegister) : unexpected;
  }
  return reportId.length === 0 ? false : unexpected;
}

/** The flags, at least one of them set, or the check that fails. */
export function judgeBinding(evidence: BindingEvidence): BindingFlags | Refusal {
  const { registration, tee, ak, quote, identityHash, block } = evidence;
  const pcrReportId = judgeReportId(evidence);
  if (typeof pcrReportId !== "boolean") return pcrReportId;
  // On Azure the paravisor writes report_data; the guest's own 64 bytes travel as the claims' user-data.
  const stated = ak.runtimeClaims?.userData ?? tee.reportData;
  const due = reportData(ak.akId, identityHash, block, block === null ? null : evidence.requestHash);
  const flags = {
    teeNamesAk: isEqual(stated, due),
    quoteNamesTee: block !== null,
    runtimeClaims: ak.runtimeClaims !== null,
    pcrReportId,
  };
  if (!Object.values(flags).includes(true))
    return refuse("binding.none", "nothing ties the TEE statement to the AK");
  // GCP's PCR 0 event is the only place that says "confidential" (protocol §4).
  if (registration.cloud === cloudTypes.gcp && (quote.measuredPcrs & 1) === 0)
    return refuse("binding.gcp-pcr0", "PCR 0 is not measured by value");
  return flags;
}

/** Whose word the PCR values are. */
export function pcrTrustOf(cloud: number, ak: AttestationKey): number {
  if (ak.trust === null || !ak.trust.isTrusted) return pcrTrusts.none;
  if (cloud === cloudTypes.azure) return pcrTrusts.tee;
  return cloud === cloudTypes.gcp || cloud === cloudTypes.bareMetal ? pcrTrusts.host : pcrTrusts.none;
}

/** How the identity key is held, as far as somebody trusted vouches for it. */
export function keyProtectionOf(key: CertifiedKey | null, pcrTrust: number, quote: QuoteClaims): number {
  if (key === null || pcrTrust === pcrTrusts.none) return keyProtections.unproven;
  const loosening = objectAttributes.userWithAuth | objectAttributes.adminWithPolicy;
  const isBound = (key.attributes & loosening) === 0 && isEqual(key.authPolicy, quote.policyDigest);
  return isBound ? keyProtections.tpmPcrBound : keyProtections.tpm;
}
