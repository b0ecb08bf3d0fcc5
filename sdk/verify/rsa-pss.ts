// RSASSA-PSS (RFC 8017 §8.1.2, §9.1.2), which TPMs may be told to sign with. No contract reads it: for quotes that are
// judged off chain only.
import { concat, isEqual, toBigInt, uint } from "../evidence/bytes.ts";
import { powMod, rsaExponent } from "./signature.ts";

type Hash = (...parts: Uint8Array[]) => Uint8Array;

function mgf1(seed: Uint8Array, length: number, hash: Hash): Uint8Array {
  let mask: Uint8Array = new Uint8Array(0);
  for (let counter = 0; mask.length < length; counter++) mask = concat(mask, hash(seed, uint(counter, 4)));
  return mask.subarray(0, length);
}

/**
 * Whether `signature` over `message` is by the key (modulus, 65537), with MGF1 over the same hash. The salt may have any
 * length: libtpms takes the digest's, other TPMs the most that fits (TPM 2.0 Part 1 §B.7).
 */
export function isPssSignature(
  message: Uint8Array,
  signature: Uint8Array,
  modulus: Uint8Array,
  hash: Hash,
): boolean {
  const length = modulus.length;
  const [s, n] = [toBigInt(signature), toBigInt(modulus)];
  if (signature.length !== length || s >= n) return false;
  const block = uint(powMod(s, rsaExponent, n), length);
  const digest = hash(message);
  const split = length - digest.length - 1;
  // A modulus of whole bytes: the one bit that its block may not use is the highest.
  if (block.at(-1) !== 0xbc || block[0]! >= 0x80) return false;
  const tag = block.subarray(split, length - 1);
  const mask = mgf1(tag, split, hash);
  const data = block.subarray(0, split).map((byte, at) => byte ^ mask[at]!);
  data[0]! &= 0x7f;
  const one = data.findIndex((byte) => byte !== 0);
  if (one < 0 || data[one] !== 1) return false;
  return isEqual(tag, hash(new Uint8Array(8), digest, data.subarray(one + 1)));
}
