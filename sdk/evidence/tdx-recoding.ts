// Calldata with its raw quote in a compact form. Nothing is signed or bound over the bytes of the report as sent: the
// attestation key signs header and body, the PCK key the QE report, anchor and statement id hash the TD report body
// (protocol §3), and `calldata.canonical` compares calldata with its own encoding. So the report may be written anew, but
// only once it is shown here that no signed byte, and no byte around the report, is lost or changed.
import { platformId } from "./binding.ts";
import { concat, isEqual } from "./bytes.ts";
import { decodeAttestCvm, encodeAttestCvm } from "./calldata.ts";
import { readCertificate } from "./certificate.ts";
import { readPckExtension } from "./pck-extension.ts";
import { readPemChain } from "./pem.ts";
import { isRefusal, refuse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";
import { reportTypes, teeTypes } from "./registration.ts";
import { encodeHostAttributes, readTdxCompact, toKnownHost, toNewHost } from "./tdx-compact.ts";
import { readTdxQuote } from "./tdx-quote.ts";
import type { TdxQuote } from "./tdx-quote.ts";

/** What a registry says of a host's surroundings; the rest of its attributes stands in the quote. */
export interface HostStanding {
  readonly caId: number;
  readonly qeVersion: number;
  readonly crlVersion: number;
}

/** PCK certificate of a raw quote, DER. */
export function pckLeafOf({ pckChain }: TdxQuote): Uint8Array | Refusal {
  const chain = readPemChain(pckChain);
  if (isRefusal(chain)) return chain;
  return chain[0] ?? refuse("tdx.pck-chain", "PEM chain has no certificate");
}

/** The raw quote in calldata: of another TEE, a proof or a compact quote there is none. */
export function rawQuoteOf(calldata: Uint8Array): Uint8Array | null {
  const registration = decodeAttestCvm(calldata);
  if ("check" in registration) return null;
  const { tee, reportType, teeAttestationReport } = registration;
  const isQuote = tee === teeTypes.intelTdx && reportType === reportTypes.solidity;
  return isQuote && !isRefusal(readTdxQuote(teeAttestationReport)) ? teeAttestationReport : null;
}

/** 20 bytes, big-endian, or null for a longer serial (RFC 5280 §4.1.2.2). */
function serialOf(serial: Uint8Array): Uint8Array | null {
  const first = serial.findIndex((byte) => byte !== 0);
  const digits = first < 0 ? new Uint8Array(0) : serial.subarray(first);
  return digits.length > 20 ? null : concat(new Uint8Array(20 - digits.length), digits);
}

/** The 94 bytes by which a registry of this standing would remember the quote's host, had it verified it. */
export function hostAttributesOf(rawQuote: Uint8Array, standing: HostStanding): Uint8Array | Refusal {
  const quote = readTdxQuote(rawQuote);
  if (isRefusal(quote)) return quote;
  const der = pckLeafOf(quote);
  const leaf = isRefusal(der) ? der : readCertificate(der);
  if (isRefusal(leaf)) return leaf;
  const pck = readPckExtension(leaf);
  if (isRefusal(pck)) return pck;
  const pckSerial = serialOf(leaf.serial);
  if (pckSerial === null) return refuse("x509.der", "serial number exceeds 20 bytes");
  return encodeHostAttributes({
    ...standing,
    fmspc: pck.fmspc,
    pceId: pck.pceId,
    componentSvns: Uint8Array.from(pck.componentSvns),
    pceSvn: pck.pceSvn,
    // SGX report: ISVSVN at 258, little-endian.
    qeIsvSvn: quote.qeReport[258]! | (quote.qeReport[259]! << 8),
    pckNotBefore: leaf.notBefore,
    pckNotAfter: leaf.notAfter,
    pckSerial,
    platformId: platformId(teeTypes.intelTdx, 0, pck.ppid),
  });
}

/** Whether the compact form says of everything that is signed what the raw quote says, byte for byte. */
export function isSameQuote(rawQuote: Uint8Array, compact: Uint8Array): boolean {
  const [raw, read] = [readTdxQuote(rawQuote), readTdxCompact(compact)];
  if (isRefusal(raw) || isRefusal(read)) return false;
  const isSameStatement =
    isEqual(raw.signed, read.signed) &&
    isEqual(raw.bodyBytes, read.bodyBytes) &&
    isEqual(raw.signature, read.signature) &&
    isEqual(raw.attestationKey, read.attestationKey);
  // A known host leaves out what the registry keeps under its commitment.
  if (!isSameStatement || read.form === "known-host") return isSameStatement;
  const leaf = pckLeafOf(raw);
  return (
    !isRefusal(leaf) &&
    isEqual(leaf, read.pckLeaf) &&
    isEqual(raw.qeReport, read.qeReport) &&
    isEqual(raw.qeReportSignature, read.qeReportSignature) &&
    isEqual(raw.qeAuthData, read.qeAuthData)
  );
}

const lossy = refuse("tdx.compact-form", "the compact form does not say what the quote says");

/** Calldata that differs in nothing but the form of its quote. */
function withQuote(
  calldata: Uint8Array,
  rawQuote: Uint8Array,
  compact: Uint8Array | Refusal,
): Uint8Array | Refusal {
  if (isRefusal(compact)) return compact;
  if (!isSameQuote(rawQuote, compact)) return lossy;
  const registration = decodeAttestCvm(calldata);
  if ("check" in registration) return refuse(registration.check, "calldata cannot be read");
  const recoded = encodeAttestCvm({ ...registration, teeAttestationReport: compact });
  // The way back gives the very bytes: nothing around the report has changed either.
  const back = decodeAttestCvm(recoded);
  const isSame =
    !("check" in back) &&
    isEqual(encodeAttestCvm({ ...back, teeAttestationReport: rawQuote }), calldata) &&
    isEqual(back.teeAttestationReport, compact);
  return isSame ? recoded : lossy;
}

/** The registration of a host that the registry has yet to verify; it remembers the host from then on. */
export function toNewHostCalldata(calldata: Uint8Array): Uint8Array | Refusal {
  const rawQuote = rawQuoteOf(calldata);
  if (rawQuote === null) return refuse("tdx.version", "no raw quote");
  return withQuote(calldata, rawQuote, toNewHost(rawQuote));
}

/** The registration of a host that the registry remembers by these attributes. */
export function toKnownHostCalldata(calldata: Uint8Array, attributes: Uint8Array): Uint8Array | Refusal {
  const rawQuote = rawQuoteOf(calldata);
  if (rawQuote === null) return refuse("tdx.version", "no raw quote");
  return withQuote(calldata, rawQuote, toKnownHost(rawQuote, attributes));
}
