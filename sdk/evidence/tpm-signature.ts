// TPMT_SIGNATURE of ECDSA P-256 and RSASSA-2048, both over SHA-256 (TPM 2.0 Part 2 §11.3.4).
import { refuse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";
import { readFields } from "./tpm-attest.ts";

/** TPM_ALG_ID of the schemes; the hash is TPM_ALG_SHA256. */
export const signatureSchemes = { p256: 0x0018, rsa: 0x0014 } as const;
const sha256Alg = 0x000b;

/** Bytes of an r, s or coordinate in 32 bytes: a TPM may drop leading zeros (TPM2B_ECC_PARAMETER). */
export function padTo32(value: Uint8Array): Uint8Array {
  const out = new Uint8Array(32);
  out.set(value, 32 - value.length);
  return out;
}

export interface SignatureScheme {
  /** TPM_ALG_ID. */
  readonly scheme: number;
  readonly hash: number;
}

/** What a TPMT_SIGNATURE says of itself, or null where it is too short to. */
export function signatureSchemeOf(bytes: Uint8Array): SignatureScheme | null {
  const fields = readFields(bytes);
  const scheme = fields.takeUint(2);
  const hash = fields.takeUint(2);
  return scheme === null || hash === null ? null : { scheme, hash };
}

/**
 * r‖s (64 bytes) or the RSA signature (256 bytes), for an AK of the type given; by the scheme that registrations and
 * contracts know unless another is asked for.
 */
export function readTpmSignature(
  bytes: Uint8Array,
  keyType: "p256" | "rsa",
  due: SignatureScheme = { scheme: signatureSchemes[keyType], hash: sha256Alg },
): Uint8Array | Refusal {
  const wrongLength = refuse(
    "tpm.signature-length",
    `TPMT_SIGNATURE of ${bytes.length} bytes disagrees with its fields`,
  );
  const stated = signatureSchemeOf(bytes);
  if (stated === null) return wrongLength;
  const { scheme, hash } = stated;
  if (scheme !== due.scheme || hash !== due.hash)
    return refuse("tpm.signature-scheme", `scheme ${scheme} with hash ${hash} does not fit the AK`);
  const fields = readFields(bytes.subarray(4));
  const first = fields.take2B();
  if (first === null) return wrongLength;
  if (keyType === "rsa") return first.length === 256 && fields.left() === 0 ? first : wrongLength;
  const second = fields.take2B();
  if (second === null || fields.left() !== 0 || first.length > 32 || second.length > 32) return wrongLength;
  const signature = new Uint8Array(64);
  signature.set(padTo32(first));
  signature.set(padTo32(second), 32);
  return signature;
}
