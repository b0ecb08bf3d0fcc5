// Judges TPM quotes and certifications by an AK (protocol §5). Who vouches for the AK is decided elsewhere.
import type { CheckId } from "../checks.ts";
import { pcrMeasurement, pcrMode, policyPcrDigest, selectionHash } from "../evidence/binding.ts";
import { concat, isEqual, sha256, toHex } from "../evidence/bytes.ts";
import type { PublicKey } from "../evidence/certificate.ts";
import { isRefusal, refuse } from "../evidence/refusal.ts";
import type { Refusal } from "../evidence/refusal.ts";
import type { KeyCertification, MeasureablePcr } from "../evidence/registration.ts";
import { readCertifyAttest, readCreationAttest, readQuoteAttest } from "../evidence/tpm-attest.ts";
import type { QuoteAttest } from "../evidence/tpm-attest.ts";
import { objectAttributes, readTpmPublic, tpmName } from "../evidence/tpm-public.ts";
import { readTpmSignature } from "../evidence/tpm-signature.ts";
import { isSignatureBy } from "./signature.ts";

const signatureScope = ["tpm.signature-length", "tpm.signature-scheme", "tpm.signature"] as const;

/** Every check of a quote, in order. */
export const quoteScope = [
  "tpm.attest-length",
  "tpm.magic",
  "tpm.attest-type",
  "tpm.safe",
  "tpm.bank-count",
  "tpm.bank",
  "tpm.select-size",
  "tpm.digest-length",
  "tpm.attest-trailing",
  "tpm.pcr-index",
  "tpm.pcr-order",
  "tpm.pcr-mode",
  "tpm.event-index",
  "tpm.event-replay",
  "tpm.pcr-selection",
  "tpm.pcr-digest",
  ...signatureScope,
] as const satisfies readonly CheckId[];

/** Every check of a certification, in order. */
export const certificationScope = [
  "certify.public",
  "certify.scheme",
  "certify.attributes",
  "tpm.attest-length",
  "tpm.magic",
  "tpm.attest-type",
  "tpm.safe",
  "tpm.attest-trailing",
  "certify.name",
  ...signatureScope,
  "certify.key",
] as const satisfies readonly CheckId[];

export interface QuoteClaims {
  readonly attest: QuoteAttest;
  readonly extraData: Uint8Array;
  readonly selectionHash: Uint8Array;
  readonly pcrMeasurement: Uint8Array;
  /** Bit i is set when PCR i is measured by value (mode 1). */
  readonly measuredPcrs: number;
  /** PolicyPCR over the PCRs of mode 1 or 2 with the quoted values. */
  readonly policyDigest: Uint8Array;
}

export interface CertifiedKey {
  /** The 32 hash bytes of the key's TPM Name. */
  readonly nameHash: Uint8Array;
  /** x‖y. */
  readonly publicKey: Uint8Array;
  readonly attributes: number;
  readonly authPolicy: Uint8Array;
}

/** Value of a PCR that starts at zero, after extending it by each digest (TPM 2.0 Part 1 §17). */
export function extendFromZero(digests: readonly Uint8Array[]): Uint8Array {
  return digests.reduce((value, digest) => sha256(value, digest), new Uint8Array(32));
}

function checkEvents(pcr: MeasureablePcr): Refusal | null {
  let before = -1;
  for (const position of pcr.measureEventsIdx) {
    if (position <= before || position >= pcr.allEvents.length)
      return refuse("tpm.event-index", `PCR ${pcr.index}: event ${position} is out of order or range`);
    before = position;
  }
  if (pcr.allEvents.length === 0) return null;
  const replayed = extendFromZero(pcr.allEvents);
  return isEqual(replayed, pcr.pcr)
    ? null
    : refuse("tpm.event-replay", `PCR ${pcr.index}: events give ${toHex(replayed)}`);
}

/** Order, modes and events of a list of PCRs. */
export function checkPcrs(pcrs: readonly MeasureablePcr[]): Refusal | null {
  let before = -1;
  for (const pcr of pcrs) {
    if (pcr.index > 23) return refuse("tpm.pcr-index", `PCR index is ${pcr.index}`);
    if (pcr.index <= before) return refuse("tpm.pcr-order", `PCR ${pcr.index} follows PCR ${before}`);
    before = pcr.index;
    if (pcr.measurePcr && pcr.measureEventsIdx.length > 0)
      return refuse("tpm.pcr-mode", `PCR ${pcr.index} is measured by value and by events`);
    const events = checkEvents(pcr);
    if (events !== null) return events;
  }
  return null;
}

/** Bitmap of a TPMS_PCR_SELECTION: PCR i is bit i % 8 of byte i / 8. */
export function pcrBitmap(indices: readonly number[]): Uint8Array {
  const bitmap = new Uint8Array(3);
  for (const index of indices) bitmap[index >> 3]! |= 1 << (index & 7);
  return bitmap;
}

function checkSignature(ak: PublicKey, attest: Uint8Array, signature: Uint8Array): Refusal | null {
  const bytes = readTpmSignature(signature, ak.type);
  if (isRefusal(bytes)) return bytes;
  return isSignatureBy(ak, attest, bytes)
    ? null
    : refuse("tpm.signature", "attest is not signed by the attestation key");
}

export interface QuoteEvidence {
  readonly attest: Uint8Array;
  readonly signature: Uint8Array;
  readonly pcrs: readonly MeasureablePcr[];
}

/** What a quote over these PCRs says, or the check it fails. */
export function verifyQuote(ak: PublicKey, evidence: QuoteEvidence): QuoteClaims | Refusal {
  const { pcrs } = evidence;
  const attest = readQuoteAttest(evidence.attest);
  if (isRefusal(attest)) return attest;
  const list = checkPcrs(pcrs);
  if (list !== null) return list;
  const bitmap = pcrBitmap(pcrs.map(({ index }) => index));
  if (!isEqual(bitmap, attest.bitmap))
    return refuse("tpm.pcr-selection", `quoted ${toHex(attest.bitmap)}, listed ${toHex(bitmap)}`);
  // The digest is made with the hash of the signing scheme, which is SHA-256 here (TPM 2.0 Part 3, TPM2_Quote).
  const digest = sha256(concat(new Uint8Array(0), ...pcrs.map(({ pcr }) => pcr)));
  if (!isEqual(digest, attest.pcrDigest))
    return refuse("tpm.pcr-digest", `values give ${toHex(digest)}, quoted ${toHex(attest.pcrDigest)}`);
  const signature = checkSignature(ak, evidence.attest, evidence.signature);
  if (signature !== null) return signature;
  return {
    attest,
    extraData: attest.extraData,
    selectionHash: selectionHash(pcrs),
    pcrMeasurement: pcrMeasurement(pcrs),
    measuredPcrs: pcrs.reduce((bits, pcr) => (pcrMode(pcr) === 1 ? bits | (1 << pcr.index) : bits), 0),
    policyDigest: policyPcrDigest(pcrs.filter((pcr) => pcrMode(pcr) !== 0)),
  };
}

const required =
  objectAttributes.sign |
  objectAttributes.fixedTpm |
  objectAttributes.fixedParent |
  objectAttributes.sensitiveDataOrigin;
const forbidden =
  objectAttributes.restricted |
  objectAttributes.decrypt |
  objectAttributes.encryptedDuplication |
  objectAttributes.x509sign;

/** TPM_ALG_ECC, the first field of TPMT_PUBLIC. */
const eccKeyType = Uint8Array.of(0x00, 0x23);

/** The certified key by an attest that names it, or the check it fails; whose key it is, is not asked. */
function judgeNamed<Attest extends { readonly name: Uint8Array }>(
  ak: PublicKey,
  { tpmtPublic, attest: attestBytes, signature }: KeyCertification,
  read: (bytes: Uint8Array) => Attest | Refusal,
): { readonly key: CertifiedKey; readonly attest: Attest } | Refusal {
  if (!isEqual(tpmtPublic.subarray(0, 2), eccKeyType))
    return refuse("certify.public", "identity key is not ECC");
  const key = readTpmPublic(tpmtPublic);
  if (isRefusal(key)) return key;
  const { attributes, authPolicy, bytes: publicKey } = key;
  if ((attributes & required) !== required || (attributes & forbidden) !== 0)
    return refuse("certify.attributes", `object attributes are 0x${attributes.toString(16)}`);
  const attest = read(attestBytes);
  if (isRefusal(attest)) return attest;
  const name = tpmName(tpmtPublic);
  if (!isEqual(attest.name, name))
    return refuse("certify.name", `certified ${toHex(attest.name)}, public area gives ${toHex(name)}`);
  const refusal = checkSignature(ak, attestBytes, signature);
  if (refusal !== null) return refusal;
  return { key: { nameHash: name.subarray(2), publicKey, attributes, authPolicy }, attest };
}

/** What TPM2_Certify says of the identity key (x‖y), or the check it fails. */
export function verifyCertification(
  ak: PublicKey,
  certification: KeyCertification,
  identityKey: Uint8Array,
): CertifiedKey | Refusal {
  const judged = judgeNamed(ak, certification, readCertifyAttest);
  if (isRefusal(judged)) return judged;
  if (!isEqual(judged.key.publicKey, identityKey))
    return refuse("certify.key", "certified key is not the identity key");
  return judged.key;
}

export interface CreatedKey extends CertifiedKey {
  /** Hash of TPMS_CREATION_DATA; whoever knows the data can say under which PCRs the key was made. */
  readonly creationHash: Uint8Array;
}

/** What TPM2_CertifyCreation says of a key, or the check it fails. No registration brings one. */
export function verifyCreation(ak: PublicKey, certification: KeyCertification): CreatedKey | Refusal {
  const judged = judgeNamed(ak, certification, readCreationAttest);
  return isRefusal(judged) ? judged : { ...judged.key, creationHash: judged.attest.creationHash };
}
