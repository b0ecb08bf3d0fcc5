// P-256 where no native one is synchronous: browsers, and any runtime but Node. All inputs are public, so BigInt
// arithmetic needs no constant time.
import { p256 } from "@noble/curves/nist.js";
import { concat, sha256 } from "../evidence/bytes.ts";

const uncompressed = Uint8Array.of(0x04);

/** ECDSA P-256 with SHA-256 over `message`: r‖s and x‖y, 64 bytes each. */
export function verifyP256(message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean {
  if (signature.length !== 64 || publicKey.length !== 64) return false;
  const key = concat(uncompressed, publicKey);
  try {
    return p256.verify(signature, sha256(message), key, { prehash: false, lowS: false });
  } catch {
    return false; // r or s out of range, or a key off the curve
  }
}
