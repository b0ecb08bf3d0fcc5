// Whose collateral a registration needs: FMSPC and CA as the PCK certificate in its quote names them. Reads, judges
// nothing.
import { decodeAttestCvm } from "../../sdk/evidence/calldata.ts";
import { keccak256 } from "../../sdk/evidence/bytes.ts";
import { readCertificate } from "../../sdk/evidence/certificate.ts";
import { readPckExtension } from "../../sdk/evidence/pck-extension.ts";
import { readProvableReport } from "../../sdk/evidence/provable-report.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { reportTypes, teeTypes } from "../../sdk/evidence/registration.ts";
import { isTdxCompact, readTdxCompact } from "../../sdk/evidence/tdx-compact.ts";
import { pckLeafOf } from "../../sdk/evidence/tdx-recoding.ts";
import { readTdxQuote } from "../../sdk/evidence/tdx-quote.ts";

export interface TdxPlatform {
  /** 6 bytes. */
  readonly fmspc: Uint8Array;
  readonly ca: "platform" | "processor";
  /** keccak256 of the CA's subject, as its DER stands in the certificate. */
  readonly caSubjectHash: Uint8Array;
}

// The two that issue PCK certificates (Intel SGX PCK certificate profile).
const cas = { platform: "Intel SGX PCK Platform CA", processor: "Intel SGX PCK Processor CA" } as const;

/** PCK certificate of a raw quote or of a compact one of a new host, DER. */
function leafOf(quote: Uint8Array): Uint8Array | null {
  if (isTdxCompact(quote)) {
    const compact = readTdxCompact(quote);
    return !isRefusal(compact) && compact.form === "new-host" ? compact.pckLeaf : null;
  }
  const read = readTdxQuote(quote);
  const der = isRefusal(read) ? read : pckLeafOf(read);
  return isRefusal(der) ? null : der;
}

/** Null for a compact quote of a known host too: it names its CA by a number of the registry's. */
export function platformOfQuote(quote: Uint8Array): TdxPlatform | null {
  const der = leafOf(quote);
  const leaf = der && readCertificate(der);
  if (leaf === null || isRefusal(leaf)) return null;
  const pck = readPckExtension(leaf);
  const issuer = Buffer.from(leaf.issuer).toString("latin1");
  const ca = (["platform", "processor"] as const).find((each) => issuer.includes(cas[each]));
  if (isRefusal(pck) || ca === undefined) return null;
  return { fmspc: pck.fmspc, ca, caSubjectHash: keccak256(leaf.issuer) };
}

/** Null for evidence of other TEEs and for what is proved already. */
export function platformOf(calldata: Uint8Array): TdxPlatform | null {
  const registration = decodeAttestCvm(calldata);
  if ("check" in registration) return null;
  const { tee, reportType, teeAttestationReport } = registration;
  const isQuote = tee === teeTypes.intelTdx && reportType === reportTypes.solidity;
  if (isQuote) return platformOfQuote(teeAttestationReport);
  const provable = readProvableReport(registration);
  const isProvableQuote = provable !== null && !isRefusal(provable) && provable.tee === teeTypes.intelTdx;
  return isProvableQuote ? platformOfQuote(provable.quote) : null;
}
