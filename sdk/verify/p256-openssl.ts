// P-256 under Node: OpenSSL, some ten times as fast as arithmetic in JavaScript. package.json maps "#p256" to this file
// there and to p256-noble.ts everywhere else; a test holds the two against each other.
import { createPublicKey, verify } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { concat, fromHex } from "../evidence/bytes.ts";

// SubjectPublicKeyInfo of an uncompressed P-256 point up to x (RFC 5480 §2).
const spkiPrefix = fromHex("3059301306072a8648ce3d020106082a8648ce3d03010703420004");

// OpenSSL takes almost half as long to check a point as to check a signature, and Intel's few keys sign everything. Which
// key a point is never changes, so nothing here can go out of date. Hosts' keys pass through: enough that those of one
// verdict do not drive Intel's out.
const maxKeys = 16;
const keys = new Map<string, KeyObject | null>();

function readKey(publicKey: Uint8Array): KeyObject | null {
  const der = Buffer.from(concat(spkiPrefix, publicKey));
  try {
    return createPublicKey({ key: der, format: "der", type: "spki" });
  } catch {
    return null;
  }
}

/** The point as a key, or null when it is none of the curve. */
function keyOf(publicKey: Uint8Array): KeyObject | null {
  const name = Buffer.from(publicKey).toString("latin1");
  const known = keys.get(name);
  const key = known === undefined ? readKey(publicKey) : known;
  // The one used last stands last, so that the first is the one to drop.
  keys.delete(name);
  keys.set(name, key);
  if (keys.size > maxKeys) keys.delete(keys.keys().next().value!);
  return key;
}

/** ECDSA P-256 with SHA-256 over `message`: r‖s and x‖y, 64 bytes each. */
export function verifyP256(message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean {
  if (signature.length !== 64 || publicKey.length !== 64) return false;
  const key = keyOf(publicKey);
  return key !== null && verify("sha256", message, { key, dsaEncoding: "ieee-p1363" }, signature);
}
