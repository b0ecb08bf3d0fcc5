// Whose collateral a registration needs: FMSPC and CA of the PCK certificate in its raw quote. Reads, judges nothing.
import { decodeAttestCvm } from "../../sdk/evidence/calldata.ts";
import { keccak256 } from "../../sdk/evidence/bytes.ts";
import { readCertificate } from "../../sdk/evidence/certificate.ts";
import { readPckExtension } from "../../sdk/evidence/pck-extension.ts";
import { readPemChain } from "../../sdk/evidence/pem.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { reportTypes, teeTypes } from "../../sdk/evidence/registration.ts";
import { readTdxQuote } from "../../sdk/evidence/tdx-quote.ts";

export interface TdxPlatform {
  /** 6 bytes. */
  readonly fmspc: Uint8Array;
  readonly ca: "platform" | "processor";
  /** keccak256 of the CA's subject, as its DER stands in the certificate. */
  readonly caSubjectHash: Uint8Array;
}

// The two that issue PCK certificates (Intel SGX PCK certificate profile).
const cas: Readonly<Record<string, TdxPlatform["ca"]>> = {
  "Intel SGX PCK Platform CA": "platform",
  "Intel SGX PCK Processor CA": "processor",
};

export function platformOfQuote(quote: Uint8Array): TdxPlatform | null {
  const read = readTdxQuote(quote);
  const ders = isRefusal(read) ? read : readPemChain(read.pckChain);
  if (isRefusal(ders) || ders.length < 2) return null;
  const [leaf, issuer] = [readCertificate(ders[0]!), readCertificate(ders[1]!)];
  if (isRefusal(leaf) || isRefusal(issuer)) return null;
  const pck = readPckExtension(leaf);
  const ca = cas[issuer.commonName ?? ""];
  if (isRefusal(pck) || ca === undefined) return null;
  return { fmspc: pck.fmspc, ca, caSubjectHash: keccak256(issuer.subject) };
}

/**
 * Null for evidence that brings no PCK chain: other TEEs, proofs, and compact quotes (sdk/evidence/tdx-compact.ts),
 * whose host the registry knows already or whose CA it names by number.
 */
export function platformOf(calldata: Uint8Array): TdxPlatform | null {
  const registration = decodeAttestCvm(calldata);
  if ("check" in registration) return null;
  const { tee, reportType, teeAttestationReport } = registration;
  const isRaw = tee === teeTypes.intelTdx && reportType === reportTypes.solidity;
  return isRaw ? platformOfQuote(teeAttestationReport) : null;
}
