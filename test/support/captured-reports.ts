// The TEE statements inside captured registrations of every generation, proofs included.
import { decodeAbiParameters, parseAbiParameters } from "viem";
import { fromHex, toHex } from "../../sdk/evidence/bytes.ts";

/** Folder under test/fixtures/hardware of each capture of vectors/protocol. */
export const captures = {
  "v1.0/azure/tdx/azure-tdx-registration.json": "azure-tdx-2025-08-26",
  "v1.0/gcp/tdx/gcp-tdx-registration.json": "gcp-tdx-2025-12-18",
  "v1.5/gcp/tdx/registration_calldata.json": "gcp-tdx-2026-01-21",
  "v1.5/gcp/snp/registration_calldata.json": "gcp-snp-2026-01-21",
  "v1.5/azure/snp/registration_calldata.json": "azure-snp-2026-01-21",
};

/** SNP report of a captured SP1 journal. */
export function snpReport(teeReport: Uint8Array): Uint8Array {
  const [proof] = decodeAbiParameters(
    parseAbiParameters("(bytes output, bytes proofBytes)"),
    toHex(teeReport),
  );
  const [journal] = decodeAbiParameters(
    parseAbiParameters(
      "(uint8 result, uint64 timestamp, uint8 processorModel, bytes rawReport, bytes32[] certs, uint160[] certSerials, uint8 trustedCertsPrefixLen)",
    ),
    proof.output,
  );
  return fromHex(journal.rawReport);
}

/** TD report body of a captured DCAP journal: u16 length, quote version 2, body type 2, status 1, FMSPC 6, body 584. */
export function journalTdBody(teeReport: Uint8Array): Uint8Array {
  const [proof] = decodeAbiParameters(
    parseAbiParameters("(bytes output, bytes proofBytes)"),
    toHex(teeReport),
  );
  return fromHex(proof.output).subarray(13, 597);
}
