// Judges the vTPM of an SVSM, off chain: an SNP report of VMPL 0 over the vTPM's manifest (specs/tpm.md §2.4). It says
// which endorsement key the vTPM of this SVSM has, and what the guest put into inblob. It does not say that the AK named
// there lives in that vTPM: inblob is the guest's own word, so the AK needs credential activation against this EK.
// AMD's chain is not judged in this version: the caller brings the chip's key (VCEK or VLEK), judged by other means.
import type { CheckId } from "../checks.ts";
import { concat, isEqual, sha512, toHex } from "../evidence/bytes.ts";
import { isRefusal, refuse } from "../evidence/refusal.ts";
import type { Refusal } from "../evidence/refusal.ts";
import { readSnpReport } from "../evidence/snp-report.ts";
import type { SnpReport } from "../evidence/snp-report.ts";
import { readVtpmManifest, readVtpmService } from "../evidence/svsm-manifest.ts";
import type { EndorsementKey } from "../evidence/svsm-manifest.ts";
import { isP384Signature } from "./p384.ts";
import { checkGuestPolicy } from "./snp/report.ts";
import { conclude, newTrail } from "./verdict.ts";
import type { Report } from "./verdict.ts";

/** The CPU is not asked, which version 2 does not say. */
const reportVersions = [2, 3, 4, 5];

const beforeManifest = ["svsm.report"] as const;
const afterTable = [
  "svsm.ek",
  "svsm.report-signature",
  "svsm.report-data",
  "svsm.vmpl",
  "svsm.policy",
  "svsm.measurement",
] as const;

/** Every check of a manifest of this form, in order. */
export const svsmScopeOf = (form: SvsmEvidence["form"]): readonly CheckId[] =>
  form === "all-services"
    ? [...beforeManifest, "svsm.services", ...afterTable]
    : [...beforeManifest, ...afterTable];

export interface SvsmEvidence {
  readonly report: Uint8Array;
  /** As requested: of the vTPM alone (manifest version 0), or the table of all services. */
  readonly form: "single-service" | "all-services";
  readonly manifest: Uint8Array;
}

export interface SvsmExpectation {
  /** x‖y (96 bytes) of the chip's or the provider's key, whose certificate the caller has judged. */
  readonly reportKey: Uint8Array;
  /** 64 bytes: the binding, as `reportData` of protocol §4. */
  readonly inblob: Uint8Array;
  /** Launch measurements, 48 bytes each, of admitted SVSMs. */
  readonly measurements: readonly Uint8Array[];
}

export interface SvsmClaims {
  readonly endorsementKey: EndorsementKey;
  readonly measurement: Uint8Array;
}

function checkReport(
  report: SnpReport,
  manifest: Uint8Array,
  { reportKey, inblob, measurements }: SvsmExpectation,
): Refusal | null {
  const { signed, signature, vmpl, measurement } = report;
  if (!isP384Signature(signed, signature, reportKey))
    return refuse("svsm.report-signature", "SNP report is not signed by the given key");
  // The lengths are not in the hash: without a fixed length of inblob its end could be read as the manifest's beginning.
  const due = sha512(concat(inblob, manifest));
  if (inblob.length !== 64 || !isEqual(report.reportData, due))
    return refuse("svsm.report-data", `report_data is ${toHex(report.reportData)}, due is ${toHex(due)}`);
  if (vmpl !== 0) return refuse("svsm.vmpl", `SNP report is of VMPL ${vmpl}, due is 0`);
  const policy = checkGuestPolicy(report);
  if (policy !== null) return refuse("svsm.policy", policy.detail);
  return measurements.some((admitted) => isEqual(admitted, measurement))
    ? null
    : refuse("svsm.measurement", `launch measurement ${toHex(measurement)} is not admitted`);
}

/** What report and manifest say, or the check they fail. */
export function judgeSvsmManifest(evidence: SvsmEvidence, expected: SvsmExpectation): SvsmClaims | Refusal {
  const report = readSnpReport(evidence.report, reportVersions);
  if (isRefusal(report)) return refuse("svsm.report", report.detail);
  const isTable = evidence.form === "all-services";
  const manifest = isTable ? readVtpmService(evidence.manifest) : evidence.manifest;
  if (isRefusal(manifest)) return manifest;
  const endorsementKey = readVtpmManifest(manifest);
  if (isRefusal(endorsementKey)) return endorsementKey;
  // Over the manifest as handed out: the whole table where all services were asked for.
  const refusal = checkReport(report, evidence.manifest, expected);
  return refusal ?? { endorsementKey, measurement: report.measurement };
}

/** The same with every check and its state. */
export function verifySvsmManifest(evidence: SvsmEvidence, expected: SvsmExpectation): Report<SvsmClaims> {
  const trail = newTrail();
  trail.enter(svsmScopeOf(evidence.form));
  return conclude(trail, judgeSvsmManifest(evidence, expected));
}
