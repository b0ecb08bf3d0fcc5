// Signature checks. High-s ECDSA signatures count: TPMs and Intel's CAs make them, and nothing here uses a
// signature as an identifier. All inputs are public, so BigInt arithmetic needs no constant time.
import { p256 } from "@noble/curves/nist.js";
import { concat, fromHex, isEqual, sha256, toBigInt, uint } from "../evidence/bytes.ts";
import type { Certificate, PublicKey } from "../evidence/certificate.ts";

const uncompressed = Uint8Array.of(0x04);

/** Whether x‖y is a point of P-256 (and not the point at infinity, which has no such form). */
export function isOnP256(publicKey: Uint8Array): boolean {
  if (publicKey.length !== 64) return false;
  try {
    p256.Point.fromBytes(concat(uncompressed, publicKey)).assertValidity();
    return true;
  } catch {
    return false;
  }
}

/** ECDSA P-256 over a 32-byte digest: r‖s and x‖y, 64 bytes each. */
export function isP256Signature(digest: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean {
  if (signature.length !== 64 || publicKey.length !== 64) return false;
  try {
    return p256.verify(signature, digest, concat(uncompressed, publicKey), { prehash: false, lowS: false });
  } catch {
    return false; // r or s out of range, or a key off the curve
  }
}

// DER of DigestInfo up to the SHA-256 digest (RFC 8017 §9.2, note 1).
const digestInfo = fromHex("3031300d060960864801650304020105000420");
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

/** RSASSA-PKCS1-v1_5 with e = 65537 over a SHA-256 digest; the block is compared whole, never parsed. */
export function isRsaSignature(digest: Uint8Array, signature: Uint8Array, modulus: Uint8Array): boolean {
  if (signature.length !== modulus.length) return false;
  const n = toBigInt(modulus);
  const s = toBigInt(signature);
  if (s >= n) return false;
  const padding = new Uint8Array(modulus.length - 3 - digestInfo.length - digest.length).fill(0xff);
  const expected = concat(Uint8Array.of(0, 1), padding, Uint8Array.of(0), digestInfo, digest);
  return isEqual(uint(powMod(s, exponent, n), modulus.length), expected);
}

/** Whether `signature` over `message` (SHA-256) is by this key. */
export function isSignatureBy(key: PublicKey, message: Uint8Array, signature: Uint8Array): boolean {
  const digest = sha256(message);
  return key.type === "p256"
    ? isP256Signature(digest, signature, key.bytes)
    : isRsaSignature(digest, signature, key.bytes);
}

/** Whether `issuer`'s key signed the certificate, by an algorithm of that key's type. */
export function isSignedBy(certificate: Certificate, issuer: PublicKey): boolean {
  const isAlgorithmOfKey = (certificate.signatureAlgorithm === "ecdsa-sha256") === (issuer.type === "p256");
  return isAlgorithmOfKey && isSignatureBy(issuer, certificate.tbs, certificate.signature);
}
