// The ways in which a registration may be sent. Its report: recoded as one of a host that the chain remembers, as one of
// a host that it will remember, or as given. Its AK certificates: left out where the chain knows the key, their issuers
// named by hash where it knows those, or as given. In all forms but the last Azure's runtime claims are compact.
import { isEqual } from "../../sdk/evidence/bytes.ts";
import { decodeAttestCvm } from "../../sdk/evidence/calldata.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { readTdxCompact } from "../../sdk/evidence/tdx-compact.ts";
import type { Revert } from "../../sdk/registry/revert.ts";
import type { Metrics } from "../metrics.ts";

const reportForms = ["known-host", "new-host", "given"] as const;
export type ReportForm = (typeof reportForms)[number];
const certificateForms = ["known-ak", "named-issuers", "given"] as const;
export type CertificateForm = (typeof certificateForms)[number];

export interface Form {
  readonly report: ReportForm;
  readonly certificates: CertificateForm;
}

/** The evidence as it was brought. */
const given: Form = { report: "given", certificates: "given" };

export const isGiven = ({ report, certificates }: Form): boolean =>
  report === given.report && certificates === given.certificates;

/** A form with its certificates as given is called after its report alone; the last of all is "given". */
export const nameOf = ({ report, certificates }: Form): string =>
  certificates === "given" ? report : `${report}+${certificates}`;

// In the order in which they are tried, cheapest first.
const forms: readonly Form[] = reportForms.flatMap((report) =>
  certificateForms.map((certificates) => ({ report, certificates })),
);
const positionOf = (name: string | null): number => forms.findIndex((form) => nameOf(form) === name);

/**
 * What to try, four forms at most: each report with the cheapest certificates, the cheapest report with those given too,
 * and the evidence as given, which is always the last.
 * @param reports that can be made, cheapest first
 * @param certificates cheapest that can be made
 */
export function plan(reports: readonly ReportForm[], certificates: CertificateForm): readonly Form[] {
  const [cheapest = "given"] = reports;
  const recoded = reports.filter((report) => report !== "given" || report === cheapest);
  const wanted = new Set(recoded.map((report) => nameOf({ report, certificates })));
  for (const form of [{ ...given, report: cheapest }, given]) wanted.add(nameOf(form));
  return forms.filter((form) => wanted.has(nameOf(form)));
}

/** Whether a form comes behind one that is ruled out; so no registration is sent more often than there are forms. */
export const isAfter = (form: Form, name: string | null): boolean =>
  positionOf(nameOf(form)) > positionOf(name);

const isOfCertificates = ({ report, certificates }: Form, { check }: Revert): boolean =>
  certificates !== "given" &&
  (report === "given" || check === "anchor.ak-certified" || check?.startsWith("ak.") === true);

/**
 * Name of the last form that a revert rules out; all before it are ruled out too. A report that the chain does not take
 * it does not take with other certificates either.
 */
export const ruledOut = (form: Form, revert: Revert): string =>
  isOfCertificates(form, revert) ? nameOf(form) : form.report;

/** Counts a form that the chain did not take, under the part of it that was at fault. */
export function countFallback(metrics: Metrics, form: Form, revert: Revert): void {
  if (isOfCertificates(form, revert))
    metrics.count("cvm_relayer_ak_certificate_fallbacks_total", { form: form.certificates });
  else metrics.count("cvm_relayer_report_fallbacks_total", { form: form.report });
}

/** The form of a report as it stands in calldata. */
export function formOfReport(calldata: Uint8Array): ReportForm {
  const registration = decodeAttestCvm(calldata);
  const compact = "check" in registration ? null : readTdxCompact(registration.teeAttestationReport);
  return compact === null || isRefusal(compact) ? "given" : compact.form;
}

function formOfCertificates(sent: readonly Uint8Array[], all: readonly Uint8Array[]): CertificateForm {
  if (sent.length === all.length && sent.every((der, at) => isEqual(der, all[at]!))) return "given";
  return sent.length === 0 ? "known-ak" : "named-issuers";
}

/** The form of calldata that was made from the evidence as given. */
export function formOf(sent: Uint8Array, evidence: Uint8Array): Form {
  const [ours, theirs] = [decodeAttestCvm(sent), decodeAttestCvm(evidence)];
  if ("check" in ours || "check" in theirs) return given;
  const isReportGiven = isEqual(ours.teeAttestationReport, theirs.teeAttestationReport);
  return {
    report: isReportGiven ? "given" : formOfReport(sent),
    certificates: formOfCertificates(ours.workloadCollaterals.certs, theirs.workloadCollaterals.certs),
  };
}
