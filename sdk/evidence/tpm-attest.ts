// TPMS_ATTEST of types quote, certify and creation (TPM 2.0 Part 2 §10.12.8). Big-endian; TPM2B_X is a u16 length and bytes.
// Checks stand in the order of the bytes: what is wrong first is named first.
//
//   magic 4 ‖ type 2 ‖ qualifiedSigner 2B ‖ extraData 2B ‖ clock 8 ‖ resetCount 4 ‖ restartCount 4 ‖ safe 1 ‖
//   firmwareVersion 8 ‖ quote: TPML_PCR_SELECTION, digest 2B · certify: name 2B, qualifiedName 2B ·
//   creation: objectName 2B, creationHash 2B
import { isEqual, toBigInt, toHex } from "./bytes.ts";
import { tpmGeneratedMagic } from "./message.ts";
import { isRefusal, refuse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";

export const attestTypes = { quote: 0x8018, certify: 0x8017, creation: 0x801a } as const;

/** TPM_ALG_SHA256 */
const sha256Alg = 0x000b;

export interface AttestHeader {
  readonly qualifiedSigner: Uint8Array;
  readonly extraData: Uint8Array;
  readonly clock: bigint;
  readonly resetCount: number;
  readonly restartCount: number;
  readonly firmwareVersion: Uint8Array;
}

export interface QuoteAttest extends AttestHeader {
  /** PCR i is bit i % 8 of byte i / 8; three bytes. */
  readonly bitmap: Uint8Array;
  readonly pcrDigest: Uint8Array;
}

export interface CertifyAttest extends AttestHeader {
  readonly name: Uint8Array;
  readonly qualifiedName: Uint8Array;
}

export interface CreationAttest extends AttestHeader {
  readonly name: Uint8Array;
  /** Hash of TPMS_CREATION_DATA: PCRs, parent and outsideInfo at the time the object was made. */
  readonly creationHash: Uint8Array;
}

/** Takes fields off the front; once a field does not fit, every later one is missing too. */
export interface FieldReader {
  take(length: number): Uint8Array | null;
  takeUint(length: 1 | 2 | 4): number | null;
  take2B(): Uint8Array | null;
  readonly left: () => number;
}

export function readFields(bytes: Uint8Array): FieldReader {
  let at = 0;
  const take = (length: number) => {
    if (at + length > bytes.length) return null;
    at += length;
    return bytes.subarray(at - length, at);
  };
  const takeUint = (length: 1 | 2 | 4) => {
    const field = take(length);
    return field === null ? null : Number(toBigInt(field));
  };
  return {
    take,
    takeUint,
    take2B: () => {
      const length = takeUint(2);
      return length === null ? null : take(length);
    },
    left: () => bytes.length - at,
  };
}

const truncated = refuse("tpm.attest-length", "TPMS_ATTEST ends inside a field");

function readHeader(fields: FieldReader, type: number): AttestHeader | Refusal {
  const magic = fields.take(4);
  if (magic === null) return truncated;
  // A restricted key signs whatever does not begin with this magic, so it is what makes the rest the TPM's word.
  if (!isEqual(magic, tpmGeneratedMagic)) return refuse("tpm.magic", `magic is ${toHex(magic)}`);
  const isType = fields.takeUint(2);
  if (isType === null) return truncated;
  if (isType !== type) return refuse("tpm.attest-type", `attest type is ${isType} where ${type} is due`);
  const qualifiedSigner = fields.take2B();
  const extraData = qualifiedSigner && fields.take2B();
  const clock = extraData && fields.take(8);
  const resetCount = clock && fields.takeUint(4);
  const restartCount = clock && fields.takeUint(4);
  const safe = clock && fields.takeUint(1);
  if (!qualifiedSigner || !extraData || !clock || resetCount === null || restartCount === null)
    return truncated;
  if (safe === null) return truncated;
  if (safe > 1) return refuse("tpm.safe", `clock safe flag is ${safe}`);
  const firmwareVersion = fields.take(8);
  if (firmwareVersion === null) return truncated;
  return { qualifiedSigner, extraData, clock: toBigInt(clock), resetCount, restartCount, firmwareVersion };
}

const trailing = (left: number) => refuse("tpm.attest-trailing", `${left} bytes follow TPMS_ATTEST`);

/** What a quote is over: the bank, and the hash of the signing scheme, with which its digest is made. */
export interface QuoteForm {
  /** TPM_ALG_ID of the bank. */
  readonly bank: number;
  readonly digestLength: number;
}

/** The one form that registrations and contracts know. */
const registeredForm: QuoteForm = { bank: sha256Alg, digestLength: 32 };

/** TPMS_ATTEST of a quote over exactly one bank, SHA-256 unless another form is asked for. */
export function readQuoteAttest(bytes: Uint8Array, due: QuoteForm = registeredForm): QuoteAttest | Refusal {
  const fields = readFields(bytes);
  const header = readHeader(fields, attestTypes.quote);
  if (isRefusal(header)) return header;
  const count = fields.takeUint(4);
  if (count === null) return truncated;
  if (count !== 1) return refuse("tpm.bank-count", `${count} PCR banks are quoted`);
  const bank = fields.takeUint(2);
  if (bank === null) return truncated;
  if (bank !== due.bank) return refuse("tpm.bank", `quoted bank is of algorithm ${bank}`);
  const size = fields.takeUint(1);
  if (size === null) return truncated;
  if (size !== 3) return refuse("tpm.select-size", `PCR bitmap has ${size} bytes`);
  const bitmap = fields.take(3);
  const digestLength = bitmap && fields.takeUint(2);
  if (bitmap === null || digestLength === null) return truncated;
  if (digestLength !== due.digestLength)
    return refuse("tpm.digest-length", `PCR digest has ${digestLength} bytes`);
  const pcrDigest = fields.take(digestLength);
  if (pcrDigest === null) return truncated;
  return fields.left() === 0 ? { ...header, bitmap, pcrDigest } : trailing(fields.left());
}

/** A header and two TPM2B to the end. */
function readNamed(bytes: Uint8Array, type: number) {
  const fields = readFields(bytes);
  const header = readHeader(fields, type);
  if (isRefusal(header)) return header;
  const name = fields.take2B();
  const second = name && fields.take2B();
  if (name === null || second === null) return truncated;
  return fields.left() === 0 ? { header, name, second } : trailing(fields.left());
}

/** TPMS_ATTEST of TPM2_Certify. */
export function readCertifyAttest(bytes: Uint8Array): CertifyAttest | Refusal {
  const named = readNamed(bytes, attestTypes.certify);
  return isRefusal(named) ? named : { ...named.header, name: named.name, qualifiedName: named.second };
}

/** TPMS_ATTEST of TPM2_CertifyCreation. */
export function readCreationAttest(bytes: Uint8Array): CreationAttest | Refusal {
  const named = readNamed(bytes, attestTypes.creation);
  return isRefusal(named) ? named : { ...named.header, name: named.name, creationHash: named.second };
}
