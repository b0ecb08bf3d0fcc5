// DER writers for what the simulator signs and no library writes as its vendor does: Intel's SGX extension, Google's
// instance extension, Intel's revocation lists. Writes only; what is read and judged is in sdk/.
import { concat, uint } from "../../../sdk/evidence/bytes.ts";

function lengthBytes(length: number): Uint8Array {
  if (length < 0x80) return uint(length, 1);
  return length < 0x100 ? concat(uint(0x81, 1), uint(length, 1)) : concat(uint(0x82, 1), uint(length, 2));
}

export function element(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const content = concat(new Uint8Array(0), ...contents);
  return concat(uint(tag, 1), lengthBytes(content.length), content);
}

export const sequence = (...items: readonly Uint8Array[]): Uint8Array => element(0x30, ...items);
export const octetString = (bytes: Uint8Array): Uint8Array => element(0x04, bytes);
export const utf8String = (text: string): Uint8Array => element(0x0c, new TextEncoder().encode(text));
export const enumerated = (value: number): Uint8Array => element(0x0a, uint(value, 1));
export const boolean = (value: boolean): Uint8Array => element(0x01, uint(value ? 0xff : 0, 1));
/** Whole bytes, no unused bits. */
export const bitString = (bytes: Uint8Array): Uint8Array => element(0x03, uint(0, 1), bytes);

/** UTCTime, from 2050 on GeneralizedTime (RFC 5280 §4.1.2.5). */
export function time(at: Date): Uint8Array {
  const digits = at.toISOString().replace(/\.\d+/, "").replace(/[-:T]/g, "");
  const isLate = at.getUTCFullYear() >= 2050;
  return element(isLate ? 0x18 : 0x17, new TextEncoder().encode(isLate ? digits : digits.slice(2)));
}

/** Constructed, context-specific. */
export const explicit = (tag: number, content: Uint8Array): Uint8Array => element(0xa0 + tag, content);

/** Non-negative INTEGER in the fewest bytes. */
export function integer(value: bigint | number): Uint8Array {
  const digits = BigInt(value).toString(16);
  const length = Math.ceil(digits.length / 2);
  const bytes = uint(BigInt(value), length);
  return element(0x02, (bytes[0]! & 0x80) !== 0 ? concat(uint(0, 1), bytes) : bytes);
}

function base128(arc: number): number[] {
  const bytes = [arc & 0x7f];
  for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128))
    bytes.unshift((rest & 0x7f) | 0x80);
  return bytes;
}

export function objectIdentifier(dotted: string): Uint8Array {
  const [first, second, ...rest] = dotted.split(".").map(Number);
  return element(0x06, Uint8Array.from([40 * first! + second!, ...rest.flatMap(base128)]));
}
