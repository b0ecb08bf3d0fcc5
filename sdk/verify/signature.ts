// Signature checks. High-s ECDSA signatures count: TPMs and Intel's CAs make them, and nothing here uses a
// signature as an identifier. All inputs are public, so BigInt
// arithmetic needs no constant time.
import { verifyP256 } from "#p256";
import { concat, fromHex, isEqual, sha256, sha384, sha512, toBigInt, uint } from "../evidence/bytes.ts";
import type { Certificate, PublicKey } from "../evidence/certificate.ts";

// SEC 2 v2 §2.4.2, secp256r1: y² = x³ − 3x + b over the integers modulo p.
const p = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const b = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

/** Whether x‖y is a point of P-256 (and not the point at infinity, which has no such form). */
export function isOnP256(publicKey: Uint8Array): boolean {
  if (publicKey.length !== 64) return false;
  const [x, y] = [toBigInt(publicKey.subarray(0, 32)), toBigInt(publicKey.subarray(32))];
  return x < p && y < p && (y * y - (x * x * x - 3n * x + b)) % p === 0n;
}

/** ECDSA P-256 with SHA-256 over `message`: r‖s and x‖y, 64 bytes each. */
export const isP256Signature = verifyP256;

// DER of DigestInfo up to the digest (RFC 8017 §9.2, note 1), by the digest's length: SHA-256, SHA-384, SHA-512.
const digestInfos = new Map([
  [32, fromHex("3031300d060960864801650304020105000420")],
  [48, fromHex("3041300d060960864801650304020205000430")],
  [64, fromHex("3051300d060960864801650304020305000440")],
]);
const exponent = 65537n;

function powMod(base: bigint, power: bigint, modulus: bigint): bigint {
  let result = 1n;
  let square = base % modulus;
  for (let rest = power; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

/**
 * RSASSA-PKCS1-v1_5 with e = 65537 over a digest of SHA-256, SHA-384 or SHA-512, told by its length; the block is
 * compared whole, never parsed.
 */
export function isRsaSignature(digest: Uint8Array, signature: Uint8Array, modulus: Uint8Array): boolean {
  const digestInfo = digestInfos.get(digest.length);
  if (digestInfo === undefined || signature.length !== modulus.length) return false;
  const n = toBigInt(modulus);
  const s = toBigInt(signature);
  if (s >= n) return false;
  const padding = new Uint8Array(modulus.length - 3 - digestInfo.length - digest.length).fill(0xff);
  const expected = concat(Uint8Array.of(0, 1), padding, Uint8Array.of(0), digestInfo, digest);
  return isEqual(uint(powMod(s, exponent, n), modulus.length), expected);
}

/** Whether `signature` over `message` (SHA-256) is by this key. */
export function isSignatureBy(key: PublicKey, message: Uint8Array, signature: Uint8Array): boolean {
  return key.type === "p256"
    ? isP256Signature(message, signature, key.bytes)
    : isRsaSignature(sha256(message), signature, key.bytes);
}

const rsaHashes = { "rsa-sha256": sha256, "rsa-sha384": sha384, "rsa-sha512": sha512 } as const;

/** Whether `issuer`'s key signed the certificate, by an algorithm of that key's type. */
export function isSignedBy(certificate: Certificate, issuer: PublicKey): boolean {
  const { signatureAlgorithm, tbs, signature } = certificate;
  if (signatureAlgorithm === "ecdsa-sha256")
    return issuer.type === "p256" && isP256Signature(tbs, signature, issuer.bytes);
  return issuer.type === "rsa" && isRsaSignature(rsaHashes[signatureAlgorithm](tbs), signature, issuer.bytes);
}
