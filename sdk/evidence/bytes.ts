// Bytes and numbers: the few operations every reader shares. Uint8Array inside, hex only at the edges.
import { sha256 as nobleSha256, sha384 as nobleSha384, sha512 as nobleSha512 } from "@noble/hashes/sha2.js";
import { keccak_256 } from "@noble/hashes/sha3.js";

export type Hex = `0x${string}`;

export const keccak256 = (...parts: Uint8Array[]): Uint8Array => keccak_256(concat(...parts));
export const sha256 = (...parts: Uint8Array[]): Uint8Array => nobleSha256(concat(...parts));
export const sha384 = (...parts: Uint8Array[]): Uint8Array => nobleSha384(concat(...parts));
export const sha512 = (...parts: Uint8Array[]): Uint8Array => nobleSha512(concat(...parts));

export function concat(...parts: Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const out = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}

/** Big-endian unsigned integer in `length` bytes. Throws when it does not fit. */
export function uint(value: bigint | number, length: number): Uint8Array {
  let rest = BigInt(value);
  const out = new Uint8Array(length);
  for (let i = length - 1; i >= 0; i--) {
    out[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  if (rest !== 0n) throw new RangeError(`${value} does not fit ${length} bytes`);
  return out;
}

export function toBigInt(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(toHex(bytes));
}

const hexOfByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

export function toHex(bytes: Uint8Array): Hex {
  let out = "0x";
  for (const byte of bytes) out += hexOfByte[byte]!;
  return out as Hex;
}

/** Bytes of a hex string, with or without 0x. Throws on an odd length or a character that is no hex digit. */
export function fromHex(hex: string): Uint8Array {
  const digits = hex.startsWith("0x") || hex.startsWith("0X") ? hex.slice(2) : hex;
  if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(digits)) throw new TypeError("not a hex string");
  const out = new Uint8Array(digits.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  return out;
}

const textEncoder = new TextEncoder();
export const ascii = (text: string): Uint8Array => textEncoder.encode(text);

export function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

export const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);
