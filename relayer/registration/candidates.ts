// What may be sent for a registration, cheapest first. The evidence as given is the measure of all: another form is used
// only where the chain takes it, and a refusal is always that of the evidence as given.
import type { Hex } from "viem";
import {
  certifiedAkOf,
  toCompactClaimsCalldata,
  toKnownAkCalldata,
  toNamedIssuersCalldata,
} from "../../sdk/evidence/ak-recoding.ts";
import { fromHex, toHex } from "../../sdk/evidence/bytes.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import type { Refusal } from "../../sdk/evidence/refusal.ts";
import { rawQuoteOf, toKnownHostCalldata, toNewHostCalldata } from "../../sdk/evidence/tdx-recoding.ts";
import { revertText } from "../../sdk/registry/revert.ts";
import type { Revert } from "../../sdk/registry/revert.ts";
import type { RegistrationRow } from "../store/registrations.ts";
import type { RegistrarContext } from "./context.ts";
import { countFallback, isAfter, isGiven, nameOf, plan, ruledOut } from "./forms.ts";
import type { Form } from "./forms.ts";
import type { KnownCertificates } from "./known-ak.ts";

export interface Candidate {
  readonly form: Form;
  readonly calldata: Hex;
}

/** What the chain knows already of this evidence. */
interface Known {
  readonly hasQuote: boolean;
  readonly hostAttributes: Uint8Array | null;
  readonly certificates: KnownCertificates | null;
}

async function lookUp(context: RegistrarContext, given: Uint8Array): Promise<Known> {
  const [quote, ak] = [rawQuoteOf(given), certifiedAkOf(given)];
  const [hostAttributes, certificates] = await Promise.all([
    quote && context.findKnownHost(quote),
    ak && context.findKnownCertificates(ak),
  ]);
  return { hasQuote: quote !== null, hostAttributes, certificates };
}

function planFor({ hasQuote, hostAttributes, certificates }: Known): readonly Form[] {
  const known = hostAttributes === null ? [] : (["known-host"] as const);
  const recoded = hasQuote ? ([...known, "new-host"] as const) : [];
  return plan([...recoded, "given"], certificates?.form ?? "given");
}

function recodeReport(given: Uint8Array, { report }: Form, known: Known): Uint8Array | Refusal {
  if (report === "given") return given;
  return report === "new-host" ? toNewHostCalldata(given) : toKnownHostCalldata(given, known.hostAttributes!);
}

function recodeCertificates(calldata: Uint8Array, form: Form, { certificates }: Known): Uint8Array | Refusal {
  if (form.certificates === "given") return calldata;
  return certificates?.form === "named-issuers"
    ? toNamedIssuersCalldata(calldata, (hash) => certificates.issuers.has(hash))
    : toKnownAkCalldata(calldata);
}

/** In every form but that of the evidence as given, Azure's claims are compact too. */
function recode(given: Uint8Array, form: Form, known: Known): Uint8Array | Refusal {
  if (isGiven(form)) return given;
  const report = recodeReport(given, form, known);
  const calldata = isRefusal(report) ? report : recodeCertificates(report, form, known);
  return isRefusal(calldata) ? calldata : toCompactClaimsCalldata(calldata);
}

/** What may be sent for a registration; the evidence as given is always among it, at the end. */
export async function candidatesOf(
  context: RegistrarContext,
  row: RegistrationRow,
): Promise<readonly Candidate[]> {
  const given = fromHex(row.calldata!);
  const known = await lookUp(context, given);
  const candidates: Candidate[] = [];
  for (const form of planFor(known).filter((each) => isAfter(each, row.reverted_form))) {
    const calldata = recode(given, form, known);
    if (isRefusal(calldata))
      context.log.warn({ registration: row.id, form: nameOf(form), check: calldata.check }, calldata.detail);
    else candidates.push({ form, calldata: toHex(calldata) });
  }
  return candidates;
}

export type Answer<T> =
  | { readonly ok: true; readonly taken: Candidate; readonly value: T }
  | { readonly ok: false; readonly revert: Revert };

type Ask<T> = (
  calldata: Hex,
) => Promise<{ readonly ok: true; readonly value: T } | { readonly ok: false; readonly revert: Revert }>;

/** The first candidate that the chain takes, or its refusal of the evidence as given. */
export async function firstTaken<T>(
  { metrics, log }: RegistrarContext,
  row: RegistrationRow,
  candidates: readonly Candidate[],
  ask: Ask<T>,
): Promise<Answer<T>> {
  const refused: { readonly form: Form; readonly revert: Revert }[] = [];
  let last: string | null = null;
  for (const candidate of candidates) {
    if (!isAfter(candidate.form, last)) continue;
    const answer = await ask(candidate.calldata);
    if (!answer.ok) {
      refused.push({ form: candidate.form, revert: answer.revert });
      last = ruledOut(candidate.form, answer.revert);
      continue;
    }
    // Only now is a refusal known to be the form's fault and not the evidence's.
    for (const { form, revert } of refused) {
      countFallback(metrics, form, revert);
      const note = `sent as ${nameOf(candidate.form)}: ${revertText(revert)} refuses ${nameOf(form)}`;
      log.info({ registration: row.id, form: nameOf(form), check: revert.check }, note);
    }
    return { ok: true, taken: candidate, value: answer.value };
  }
  return { ok: false, revert: refused.at(-1)!.revert };
}
