// ECDSA P-384 with SHA-384, for what is judged off chain alone: AWS Nitro's documents and AMD's reports. High-s counts:
// neither signer normalises it. All inputs are public, so BigInt arithmetic needs no constant time. Pure JavaScript on
// every runtime: a document has five signatures.
import { p384 } from "@noble/curves/nist.js";
import { concat, sha384 } from "../evidence/bytes.ts";

const uncompressed = Uint8Array.of(0x04);

/** r‖s and x‖y, 96 bytes each. */
export function isP384Signature(message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean {
  if (signature.length !== 96 || publicKey.length !== 96) return false;
  const key = concat(uncompressed, publicKey);
  try {
    return p384.verify(signature, sha384(message), key, { prehash: false, lowS: false });
  } catch {
    return false; // r or s out of range, or a key off the curve
  }
}
