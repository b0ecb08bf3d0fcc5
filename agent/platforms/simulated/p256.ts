// P-256 keys and signatures of the simulator. Signatures are deterministic (RFC 6979), so that the same seed or the
// same day gives the same bytes; s is left as it falls: half of Intel's own signatures have a high one.
import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { p256 } from "@noble/curves/nist.js";
import { ascii, concat, sha256, toBigInt, uint } from "../../../sdk/evidence/bytes.ts";
import { integer, sequence } from "./der.ts";

export interface P256KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");

/** r‖s over the SHA-256 of the bytes. */
export function signP256(key: KeyObject, bytes: Uint8Array): Uint8Array {
  const { d } = key.export({ format: "jwk" });
  return p256.sign(bytes, Uint8Array.from(Buffer.from(d!, "base64url")), { lowS: false });
}

/** The same signature as X.509 has it. */
export function signP256Der(key: KeyObject, bytes: Uint8Array): Uint8Array {
  const signature = signP256(key, bytes);
  return sequence(integer(toBigInt(signature.subarray(0, 32))), integer(toBigInt(signature.subarray(32))));
}

/** Bytes that follow from the seed and what they are for. */
export function seededBytes(seed: number | string, purpose: string, length: number): Uint8Array {
  const blocks: Uint8Array[] = [];
  for (let at = 0; at * 32 < length; at++)
    blocks.push(sha256(ascii(`cvm-registry simulator|${seed}|${purpose}`), uint(at, 4)));
  return concat(new Uint8Array(0), ...blocks).slice(0, length);
}

export function seededKey(seed: number | string, purpose: string): P256KeyPair {
  // 48 bytes reduced mod n, as FIPS 186-5 A.4.1 has it.
  const { secretKey } = p256.keygen(seededBytes(seed, purpose, 48));
  const point = p256.getPublicKey(secretKey, false);
  const [x, y] = [base64url(point.subarray(1, 33)), base64url(point.subarray(33))];
  const privateKey = createPrivateKey({
    format: "jwk",
    key: { kty: "EC", crv: "P-256", x, y, d: base64url(secretKey) },
  });
  return { privateKey, publicKey: createPublicKey(privateKey) };
}
