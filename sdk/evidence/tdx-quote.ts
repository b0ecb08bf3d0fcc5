// Intel TDX DCAP quotes, versions 4 and 5 (Intel TDX DCAP Quoting Library API, appendix A). Integers in quotes are
// little-endian. Reads the structure only; nothing here says that a quote is genuine.
//
//   header 48 ‖ (v5: body type u16, body size u32) ‖ body ‖ signature data length u32 ‖ signature data ‖ zero padding
import { fromHex, isEqual, isZero, toHex } from "./bytes.ts";
import { isRefusal, refuse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";

export interface TdxBody {
  readonly teeTcbSvn: Uint8Array;
  readonly mrSeam: Uint8Array;
  readonly mrSignerSeam: Uint8Array;
  readonly seamAttributes: bigint;
  readonly tdAttributes: bigint;
  readonly mrTd: Uint8Array;
  readonly mrConfigId: Uint8Array;
  readonly mrOwner: Uint8Array;
  readonly mrOwnerConfig: Uint8Array;
  readonly rtmr0: Uint8Array;
  readonly rtmr1: Uint8Array;
  readonly rtmr2: Uint8Array;
  readonly rtmr3: Uint8Array;
  readonly reportData: Uint8Array;
  /** TD report 1.5 only; 48 zero bytes in 1.0. */
  readonly mrServiceTd: Uint8Array;
  /** TD report 1.5 only. */
  readonly teeTcbSvn2: Uint8Array | null;
  /** As they stand, for the measurement. */
  readonly tdAttributesBytes: Uint8Array;
  readonly xfamBytes: Uint8Array;
}

/** What the attestation key signed. */
export interface TdStatement {
  readonly version: number;
  /** Header and body (and body descriptor). */
  readonly signed: Uint8Array;
  /** TD report body, 584 or 648 bytes: its hash is the statement id. */
  readonly bodyBytes: Uint8Array;
  readonly body: TdxBody;
}

export interface TdxQuote extends TdStatement {
  readonly signature: Uint8Array;
  readonly attestationKey: Uint8Array;
  readonly qeReport: Uint8Array;
  readonly qeReportSignature: Uint8Array;
  readonly qeAuthData: Uint8Array;
  /** PEM text of the PCK chain. */
  readonly pckChain: Uint8Array;
}

const headerLength = 48;
const intelVendor = fromHex("939a7233f79c4ca9940a0db3957f0607");
/** Body types and lengths of TD reports. */
export const tdReport10 = { type: 2, length: 584 } as const;
export const tdReport15 = { type: 3, length: 648 } as const;
// Parts of the signature data before the QE authentication data: signature 64, key 64, type 2, length 4,
// QE report 384, its signature 64, length 2.
const fixedSignatureData = 584;

const u16 = (bytes: Uint8Array, at: number): number => bytes[at]! | (bytes[at + 1]! << 8);
const u32 = (bytes: Uint8Array, at: number): number => u16(bytes, at) + u16(bytes, at + 2) * 0x10000;
const u64 = (bytes: Uint8Array, at: number): bigint =>
  BigInt(u32(bytes, at)) | (BigInt(u32(bytes, at + 4)) << 32n);

const truncated = (have: number, want: number): Refusal =>
  refuse("tdx.length", `quote has ${have} bytes where ${want} are due`);

function checkHeader(quote: Uint8Array): Refusal | null {
  if (quote.length < headerLength) return truncated(quote.length, headerLength);
  const version = u16(quote, 0);
  if (version !== 4 && version !== 5) return refuse("tdx.version", `quote version is ${version}`);
  const keyType = u16(quote, 2);
  if (keyType !== 2) return refuse("tdx.key-type", `attestation key type is ${keyType}`);
  const teeType = u32(quote, 4);
  if (teeType !== 0x81) return refuse("tdx.tee-type", `TEE type is ${teeType}`);
  const vendor = quote.subarray(12, 28);
  return isEqual(vendor, intelVendor) ? null : refuse("tdx.qe-vendor", `QE vendor is ${toHex(vendor)}`);
}

/** Where the body lies. Version 4 has no descriptor: its body is always a TD report 1.0. */
function locateBody(quote: Uint8Array): { start: number; length: number } | Refusal {
  if (u16(quote, 0) === 4) return { start: headerLength, length: tdReport10.length };
  const start = headerLength + 6;
  if (quote.length < start) return truncated(quote.length, start);
  const type = u16(quote, 48);
  const length = u32(quote, 50);
  const isKnown = [tdReport10, tdReport15].some((body) => body.type === type && body.length === length);
  return isKnown ? { start, length } : refuse("tdx.body-type", `body type is ${type} of ${length} bytes`);
}

/** Reads a body of one of the two lengths. */
export function readTdBody(bytes: Uint8Array): TdxBody {
  const field = (at: number, length: number) => bytes.subarray(at, at + length);
  const is15 = bytes.length === tdReport15.length;
  return {
    teeTcbSvn: field(0, 16),
    mrSeam: field(16, 48),
    mrSignerSeam: field(64, 48),
    seamAttributes: u64(bytes, 112),
    tdAttributes: u64(bytes, 120),
    tdAttributesBytes: field(120, 8),
    xfamBytes: field(128, 8),
    mrTd: field(136, 48),
    mrConfigId: field(184, 48),
    mrOwner: field(232, 48),
    mrOwnerConfig: field(280, 48),
    rtmr0: field(328, 48),
    rtmr1: field(376, 48),
    rtmr2: field(424, 48),
    rtmr3: field(472, 48),
    reportData: field(520, 64),
    teeTcbSvn2: is15 ? field(584, 16) : null,
    mrServiceTd: is15 ? field(600, 48) : new Uint8Array(48),
  };
}

type SignatureData = Pick<
  TdxQuote,
  "signature" | "attestationKey" | "qeReport" | "qeReportSignature" | "qeAuthData" | "pckChain"
>;

function readSignatureData(data: Uint8Array): SignatureData | Refusal {
  const disagrees = refuse(
    "tdx.signature-length",
    `signature data of ${data.length} bytes disagrees with its parts`,
  );
  if (data.length < fixedSignatureData + 6) return disagrees;
  if (134 + u32(data, 130) !== data.length) return disagrees;
  const inner = fixedSignatureData + u16(data, 582);
  if (inner + 6 > data.length || inner + 6 + u32(data, inner + 2) !== data.length) return disagrees;
  for (const type of [
    { is: u16(data, 128), due: 6 },
    { is: u16(data, inner), due: 5 },
  ])
    if (type.is !== type.due)
      return refuse(
        "tdx.certification-type",
        `certification data type is ${type.is} where ${type.due} is due`,
      );
  return {
    signature: data.subarray(0, 64),
    attestationKey: data.subarray(64, 128),
    qeReport: data.subarray(134, 518),
    qeReportSignature: data.subarray(518, 582),
    qeAuthData: data.subarray(fixedSignatureData, inner),
    pckChain: data.subarray(inner + 6),
  };
}

/** Reads header and body at the beginning of `bytes`; anything may follow. `cutBody` refuses a body cut short. */
export function readTdStatement(bytes: Uint8Array, cutBody = truncated): TdStatement | Refusal {
  const header = checkHeader(bytes);
  if (header !== null) return header;
  const at = locateBody(bytes);
  if (isRefusal(at)) return at;
  const end = at.start + at.length;
  if (bytes.length < end) return cutBody(bytes.length, end);
  const bodyBytes = bytes.subarray(at.start, end);
  return { version: u16(bytes, 0), signed: bytes.subarray(0, end), bodyBytes, body: readTdBody(bodyBytes) };
}

/** Reads a quote with any zero padding behind it (GCP hands out 8000-byte buffers, Azure 70 bytes). */
export function readTdxQuote(quote: Uint8Array): TdxQuote | Refusal {
  const statement = readTdStatement(quote);
  if (isRefusal(statement)) return statement;
  const bodyEnd = statement.signed.length;
  if (quote.length < bodyEnd + 4) return truncated(quote.length, bodyEnd + 4);
  const end = bodyEnd + 4 + u32(quote, bodyEnd);
  if (quote.length < end) return truncated(quote.length, end);
  const signatureData = readSignatureData(quote.subarray(bodyEnd + 4, end));
  if (isRefusal(signatureData)) return signatureData;
  return isZero(quote.subarray(end))
    ? { ...statement, ...signatureData }
    : refuse("tdx.padding", "bytes behind the signature data are not zero");
}
