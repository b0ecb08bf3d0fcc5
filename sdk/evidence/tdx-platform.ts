// Whose collateral a TDX quote needs: FMSPC and CA as the PCK certificate in it names them. Reads, judges nothing.
import { keccak256 } from "./bytes.ts";
import { readCertificate } from "./certificate.ts";
import { readPckExtension } from "./pck-extension.ts";
import { isRefusal } from "./refusal.ts";
import { isTdxCompact, readTdxCompact } from "./tdx-compact.ts";
import { readTdxQuote } from "./tdx-quote.ts";
import { pckLeafOf } from "./tdx-recoding.ts";

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
  const issuer = new TextDecoder("latin1").decode(leaf.issuer);
  const ca = (["platform", "processor"] as const).find((each) => issuer.includes(cas[each]));
  if (isRefusal(pck) || ca === undefined) return null;
  return { fmspc: pck.fmspc, ca, caSubjectHash: keccak256(leaf.issuer) };
}
