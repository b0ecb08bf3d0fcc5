// The TEE statements inside captured registrations of every generation, proofs included.
import { fromHex, toHex } from "../../sdk/evidence/bytes.ts";
import { readProofReport } from "../../sdk/evidence/proof-report.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { readSnpV2 } from "./proof-reports.ts";

/** Folder under test/fixtures/hardware of each capture of vectors/protocol. */
export const captures = {
  "v1.0/azure/tdx/azure-tdx-registration.json": "azure-tdx-2025-08-26",
  "v1.0/gcp/tdx/gcp-tdx-registration.json": "gcp-tdx-2025-12-18",
  "v1.5/gcp/tdx/registration_calldata.json": "gcp-tdx-2026-01-21",
  "v1.5/gcp/snp/registration_calldata.json": "gcp-snp-2026-01-21",
  "v1.5/azure/snp/registration_calldata.json": "azure-snp-2026-01-21",
};

/** What the program put out, of a report as transcoding makes it. */
function outputOf(teeReport: Uint8Array): Uint8Array {
  const report = readProofReport(teeReport);
  if (isRefusal(report)) throw new Error(report.detail);
  return report.output;
}

/** SNP report of a captured SP1 journal. */
export const snpReport = (teeReport: Uint8Array): Uint8Array =>
  fromHex(readSnpV2(toHex(outputOf(teeReport))).report);

/** TD report body of a captured DCAP journal: u16 length, quote version 2, body type 2, status 1, FMSPC 6, body 584. */
export const journalTdBody = (teeReport: Uint8Array): Uint8Array => outputOf(teeReport).subarray(13, 597);
