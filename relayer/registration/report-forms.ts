// The ways in which a registration may be sent, cheapest first: the report recoded as one of a host that the chain
// remembers, as one of a host that it will remember, and the evidence as it was given. The last is the measure of all: a
// form is used only where the chain takes it, and a refusal is always that of the evidence as given.
import type { Hex } from "viem";
import { fromHex, toHex } from "../../sdk/evidence/bytes.ts";
import { decodeAttestCvm } from "../../sdk/evidence/calldata.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import type { Refusal } from "../../sdk/evidence/refusal.ts";
import { readTdxCompact } from "../../sdk/evidence/tdx-compact.ts";
import { rawQuoteOf, toKnownHostCalldata, toNewHostCalldata } from "../../sdk/evidence/tdx-recoding.ts";
import { revertText } from "../../sdk/registry/revert.ts";
import type { Revert } from "../../sdk/registry/revert.ts";
import type { RegistrationRow } from "../store/registrations.ts";
import type { RegistrarContext } from "./context.ts";

export const reportForms = ["known-host", "new-host", "given"] as const;
export type ReportForm = (typeof reportForms)[number];

export interface Report {
  readonly form: ReportForm;
  readonly calldata: Hex;
}

/** Forms behind one whose transaction reverted; so no registration is sent more often than there are forms. */
export function formsAfter(reverted: string | null): readonly ReportForm[] {
  return reportForms.slice(reportForms.findIndex((form) => form === reverted) + 1);
}

/** The form that calldata of ours was sent in. */
export function formOfReport(calldata: Uint8Array): ReportForm {
  const registration = decodeAttestCvm(calldata);
  const compact = "check" in registration ? null : readTdxCompact(registration.teeAttestationReport);
  return compact === null || isRefusal(compact) ? "given" : compact.form;
}

async function recode(
  { findKnownHost }: RegistrarContext,
  given: Uint8Array,
  form: ReportForm,
): Promise<Uint8Array | Refusal | null> {
  if (form === "given") return given;
  const quote = rawQuoteOf(given);
  if (quote === null) return null;
  if (form === "new-host") return toNewHostCalldata(given);
  const attributes = await findKnownHost(quote);
  return attributes && toKnownHostCalldata(given, attributes);
}

/** What may be sent for a registration, cheapest first; the evidence as given is always among it, at the end. */
export async function reportsOf(context: RegistrarContext, row: RegistrationRow): Promise<readonly Report[]> {
  const given = fromHex(row.calldata!);
  const reports: Report[] = [];
  for (const form of formsAfter(row.reverted_form)) {
    const calldata = await recode(context, given, form);
    if (calldata !== null && isRefusal(calldata))
      context.log.warn({ registration: row.id, form, check: calldata.check }, calldata.detail);
    else if (calldata !== null) reports.push({ form, calldata: toHex(calldata) });
  }
  return reports;
}

export type Answer<T> =
  | { readonly ok: true; readonly report: Report; readonly value: T }
  | { readonly ok: false; readonly revert: Revert };

type Ask<T> = (
  calldata: Hex,
) => Promise<{ readonly ok: true; readonly value: T } | { readonly ok: false; readonly revert: Revert }>;

/** The first report that the chain takes, or its refusal of the evidence as given. */
export async function firstTaken<T>(
  { metrics, log }: RegistrarContext,
  row: RegistrationRow,
  reports: readonly Report[],
  ask: Ask<T>,
): Promise<Answer<T>> {
  const refused: { readonly form: ReportForm; readonly revert: Revert }[] = [];
  for (const report of reports) {
    const answer = await ask(report.calldata);
    if (!answer.ok) {
      refused.push({ form: report.form, revert: answer.revert });
      continue;
    }
    // Only now is a refusal known to be the form's fault and not the evidence's.
    for (const { form, revert } of refused) {
      metrics.count("cvm_relayer_report_fallbacks_total", { form });
      const note = `sent as ${report.form}: ${revertText(revert)} refuses ${form}`;
      log.info({ registration: row.id, form, check: revert.check }, note);
    }
    return { ok: true, report, value: answer.value };
  }
  return { ok: false, revert: refused.at(-1)!.revert };
}
