// The JSON that Intel signs, read as what it is: fixed members in a fixed order, no white space, no escapes. A
// general reader would accept several texts of one meaning; this one and the contract's accept exactly one.
import { ascii } from "./bytes.ts";
import { secondsOf } from "./time.ts";

/**
 * Reads on from where it stands. The first deviation is kept in `failedAt`; everything read behind it is empty, so
 * a caller looks once, at the end of what it read.
 */
export interface JsonCursor {
  /** Offset of the first deviation, or null. */
  failedAt(): number | null;
  /** Marks a deviation where the cursor stands. */
  fail(): void;
  /** These bytes and no others. */
  expect(literal: string): void;
  /** Takes these bytes if they stand here. */
  take(literal: string): boolean;
  /** A string up to its closing quotation mark, without it; the opening one was expected before. */
  text(): string;
  /** Decimal, without sign, leading zero or fraction. */
  natural(limit: number): number;
  /** `length` bytes in hex of either case, and the closing quotation mark. */
  hex(length: number): Uint8Array;
  /** `YYYY-MM-DDThh:mm:ssZ` and the closing quotation mark, as unix seconds. */
  date(): bigint;
  /** The document ends here. */
  end(): void;
  /** Where it stands: the text between two places is `bytes` between their offsets. */
  offset(): number;
}

const quotationMark = 0x22;
const backslash = 0x5c;
const dateForm = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z$/;
const dateLength = 20;

const isDigit = (byte: number | undefined) => byte !== undefined && byte >= 0x30 && byte <= 0x39;

function nibble(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

const literals = new Map<string, Uint8Array>();
function bytesOf(literal: string): Uint8Array {
  let bytes = literals.get(literal);
  if (bytes === undefined) literals.set(literal, (bytes = ascii(literal)));
  return bytes;
}

export function jsonCursor(bytes: Uint8Array): JsonCursor {
  let at = 0;
  let failure: number | null = null;
  const fail = () => void (failure ??= at);
  const take = (literal: string): boolean => {
    if (failure !== null) return false;
    const due = bytesOf(literal);
    for (let i = 0; i < due.length; i++) if (bytes[at + i] !== due[i]) return false;
    at += due.length;
    return true;
  };
  const expect = (literal: string): void => {
    if (!take(literal)) fail();
  };
  const text = (): string => {
    if (failure !== null) return "";
    let end = at;
    for (; bytes[end] !== quotationMark; end++) {
      const byte = bytes[end];
      if (byte === undefined || byte === backslash || byte < 0x20) {
        fail();
        return "";
      }
    }
    let content = "";
    for (; at < end; at++) content += String.fromCharCode(bytes[at]!);
    at = end + 1;
    return content;
  };
  const natural = (limit: number): number => {
    if (failure !== null) return 0;
    let end = at;
    let value = 0;
    for (; isDigit(bytes[end]) && value <= limit; end++) value = value * 10 + bytes[end]! - 0x30;
    const isCanonical = end > at && (bytes[at] !== 0x30 || end === at + 1);
    if (!isCanonical || value > limit) fail();
    else at = end;
    return failure === null ? value : 0;
  };
  const hex = (length: number): Uint8Array => {
    const out = new Uint8Array(length);
    if (failure !== null) return out;
    for (let i = 0; i < length; i++) {
      const [high, low] = [nibble(bytes[at + 2 * i]), nibble(bytes[at + 2 * i + 1])];
      if (high < 0 || low < 0) {
        fail();
        return out;
      }
      out[i] = high * 16 + low;
    }
    at += 2 * length;
    expect('"');
    return out;
  };
  const date = (): bigint => {
    if (failure !== null) return 0n;
    const parts = dateForm.exec(String.fromCharCode(...bytes.subarray(at, at + dateLength)));
    const [year, ...rest] = (parts ?? []).slice(1).map(Number);
    const seconds = year === undefined ? null : secondsOf(year, rest);
    if (seconds === null) {
      fail();
      return 0n;
    }
    at += dateLength;
    expect('"');
    return seconds;
  };
  const end = () => {
    if (at !== bytes.length) fail();
  };
  return { failedAt: () => failure, fail, expect, take, text, natural, hex, date, end, offset: () => at };
}
