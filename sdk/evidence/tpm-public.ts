// TPMT_PUBLIC (TPM 2.0 Part 2 §12.2.4): of an identity key (P-256, signing), and the bare key of an AK.
import { concat, sha256, uint } from "./bytes.ts";
import { isRefusal, refuse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";
import { readFields } from "./tpm-attest.ts";
import type { FieldReader } from "./tpm-attest.ts";
import { padTo32 } from "./tpm-signature.ts";

const algorithms = {
  rsa: 0x0001,
  sha256: 0x000b,
  null: 0x0010,
  sha384: 0x000c,
  rsassa: 0x0014,
  rsapss: 0x0016,
  ecdsa: 0x0018,
  ecc: 0x0023,
} as const;
const p256Curve = 0x0003;

/** Bits of TPMA_OBJECT (TPM 2.0 Part 2 §8.3). */
export const objectAttributes = {
  fixedTpm: 1 << 1,
  fixedParent: 1 << 4,
  sensitiveDataOrigin: 1 << 5,
  userWithAuth: 1 << 6,
  adminWithPolicy: 1 << 7,
  encryptedDuplication: 1 << 11,
  restricted: 1 << 16,
  decrypt: 1 << 17,
  sign: 1 << 18,
  x509sign: 1 << 19,
} as const;

export interface TpmKey {
  readonly attributes: number;
  readonly authPolicy: Uint8Array;
  readonly type: "p256" | "rsa";
  /** x‖y (64 bytes) or n (256 bytes). */
  readonly bytes: Uint8Array;
}

const malformed = (detail: string): Refusal => refuse("certify.public", detail);
const truncated = malformed("TPMT_PUBLIC ends inside a field");

/** Scheme field: NULL alone, or an algorithm and a hash that are due. */
function checkScheme(fields: FieldReader, due: readonly number[], hashes: readonly number[]): Refusal | null {
  const scheme = fields.takeUint(2);
  if (scheme === null) return truncated;
  if (scheme === algorithms.null) return null;
  if (!due.includes(scheme)) return refuse("certify.scheme", `key scheme is ${scheme}`);
  const hash = fields.takeUint(2);
  if (hash === null) return truncated;
  return hash !== null && hashes.includes(hash)
    ? null
    : refuse("certify.scheme", `key scheme has hash ${hash}`);
}

function readEcc(fields: FieldReader): Uint8Array | Refusal {
  const scheme = checkScheme(fields, [algorithms.ecdsa], [algorithms.sha256]);
  if (scheme !== null) return scheme;
  if (fields.takeUint(2) !== p256Curve) return malformed("curve is not P-256");
  if (fields.takeUint(2) !== algorithms.null) return malformed("key has a key derivation function");
  const x = fields.take2B();
  const y = fields.take2B();
  if (x === null || y === null) return truncated;
  if (x.length === 0 || y.length === 0 || x.length > 32 || y.length > 32)
    return malformed("coordinates are not of 32 bytes");
  return concat(padTo32(x), padTo32(y));
}

function readRsa(fields: FieldReader): Uint8Array | Refusal {
  // No RSA key is ever certified as an identity: these are AKs, and what they sign with is judged with the signature.
  const schemes = [algorithms.rsassa, algorithms.rsapss];
  const scheme = checkScheme(fields, schemes, [algorithms.sha256, algorithms.sha384]);
  if (scheme !== null) return scheme;
  if (fields.takeUint(2) !== 2048) return malformed("RSA key is not of 2048 bits");
  const exponent = fields.takeUint(4);
  // 0 is the TPM's default exponent, 65537.
  if (exponent !== 0 && exponent !== 65537) return malformed("RSA exponent is not 65537");
  const modulus = fields.take2B();
  if (modulus === null) return truncated;
  return modulus.length === 256 ? modulus : malformed("RSA modulus is not of 256 bytes");
}

/** A P-256 or RSA-2048 signing key's TPMT_PUBLIC, exact length. */
export function readTpmPublic(bytes: Uint8Array): TpmKey | Refusal {
  const fields = readFields(bytes);
  const type = fields.takeUint(2);
  const nameAlgorithm = fields.takeUint(2);
  const attributes = fields.takeUint(4);
  const authPolicy = attributes === null ? null : fields.take2B();
  const symmetric = authPolicy && fields.takeUint(2);
  if (type === null || attributes === null || authPolicy === null || symmetric === null) return truncated;
  if (type !== algorithms.ecc && type !== algorithms.rsa) return malformed(`key type is ${type}`);
  if (nameAlgorithm !== algorithms.sha256) return malformed("name algorithm is not SHA-256");
  if (symmetric !== algorithms.null) return malformed("a signing key has no symmetric algorithm");
  const key = type === algorithms.ecc ? readEcc(fields) : readRsa(fields);
  if (isRefusal(key)) return key;
  if (fields.left() !== 0) return malformed(`${fields.left()} bytes follow TPMT_PUBLIC`);
  return { attributes, authPolicy, type: type === algorithms.ecc ? "p256" : "rsa", bytes: key };
}

/** TPM2B_NAME content of an object whose nameAlg is SHA-256 (TPM 2.0 Part 1 §16). */
export const tpmName = (tpmtPublic: Uint8Array): Uint8Array =>
  concat(uint(algorithms.sha256, 2), sha256(tpmtPublic));
