// The TEE statements inside captured registrations of every generation, proofs included.
import { readDcapJournal, readSnpJournalV2 } from "../../sdk/evidence/journals/index.ts";
import { readProofReport } from "../../sdk/evidence/proof-report.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import type { Refusal } from "../../sdk/evidence/refusal.ts";

/** Folder under test/fixtures/hardware of each capture of vectors/protocol. */
export const captures = {
  "v1.0/azure/tdx/azure-tdx-registration.json": "azure-tdx-2025-08-26",
  "v1.0/gcp/tdx/gcp-tdx-registration.json": "gcp-tdx-2025-12-18",
  "v1.5/gcp/tdx/registration_calldata.json": "gcp-tdx-2026-01-21",
  "v1.5/gcp/snp/registration_calldata.json": "gcp-snp-2026-01-21",
  "v1.5/azure/snp/registration_calldata.json": "azure-snp-2026-01-21",
};

function must<T>(value: T | Refusal): T {
  if (isRefusal(value)) throw new Error(`${value.check}: ${value.detail}`);
  return value;
}

/** SNP report in the journal of a captured SP1 proof. */
export const snpReport = (proofReport: Uint8Array): Uint8Array =>
  must(readSnpJournalV2(must(readProofReport(proofReport)).output)).report;

/** TD report body in the journal of a captured SP1 proof. */
export const journalTdBody = (proofReport: Uint8Array): Uint8Array =>
  must(readDcapJournal(must(readProofReport(proofReport)).output)).body;
