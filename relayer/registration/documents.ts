// Intel's documents for a proof of a quote: those that the chain holds, brought to it first where the source's are newer. A
// proof by others is refused there, and paid for all the same.
import { readDcapJournal } from "../../sdk/evidence/journals/index.ts";
import type { ProvableReport } from "../../sdk/evidence/provable-report.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { teeTypes } from "../../sdk/evidence/registration.ts";
import type { Registration } from "../../sdk/evidence/registration.ts";
import type { TdxCollateral } from "../../sdk/evidence/tdx-collateral.ts";
import { platformOfQuote } from "../../sdk/evidence/tdx-platform.ts";
import { provenHashesOf, titlesOf } from "../collateral/proven.ts";
import type { ProvenDocument, ProvenHashes } from "../collateral/proven.ts";
import type { ProvingParts, RegistrarContext } from "./context.ts";

export const noDocuments = "no documents of Intel's are to be had for the proof";

/** Documents of a proof by these hashes that the chain does not hold. */
async function foreignOf(
  { findForeign }: ProvingParts,
  reportType: number,
  quote: Uint8Array,
  hashes: ProvenHashes,
): Promise<readonly ProvenDocument[]> {
  const platform = platformOfQuote(quote);
  return platform === null ? [] : findForeign(reportType, platform, hashes);
}

/** The documents, none for a report that needs none, or what they wait for. */
export async function documentsFor(
  context: RegistrarContext,
  proving: ProvingParts,
  calldata: Uint8Array,
  { registration, report }: { readonly registration: Registration; readonly report: ProvableReport },
): Promise<{ readonly collateral: TdxCollateral | null } | { readonly reason: string }> {
  if (report.tee !== teeTypes.intelTdx) return { collateral: null };
  const collateral = proving.readDocuments && (await proving.readDocuments(report.quote));
  const hashes = collateral && provenHashesOf(collateral);
  if (hashes === null || isRefusal(hashes)) return { reason: noDocuments };
  const foreign = await foreignOf(proving, registration.reportType, report.quote, hashes);
  if (foreign.length === 0) return { collateral };
  const underWay = (await context.prepareCollateral?.(calldata, new Set(foreign))) ?? null;
  const differing = `the chain does not hold what the source offers, so that it would refuse the proof: ${titlesOf(foreign)}`;
  return { reason: underWay ?? differing };
}

/** What the chain lacks by now of the documents that a proof rests on, in words; null when it holds them all. */
export async function lostDocumentsOf(
  proving: ProvingParts,
  { registration, report }: { readonly registration: Registration; readonly report: ProvableReport },
  output: Uint8Array,
): Promise<string | null> {
  if (report.tee !== teeTypes.intelTdx) return null;
  const journal = readDcapJournal(output);
  // The verdict names what is wrong with it.
  if (isRefusal(journal)) return null;
  const foreign = await foreignOf(proving, registration.reportType, report.quote, journal.documents);
  return foreign.length === 0 ? null : titlesOf(foreign);
}
