// CBOR (RFC 8949) as attestation documents use it: unsigned integers, byte and text strings, arrays, maps keyed by
// integers or text, null. One encoding of each value: lengths in their shortest form, keys unique, nothing trailing.
// Negative numbers, floats, tags and the other simple values do not occur and are refused.
import { isRefusal, refuse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";

export type CborKey = bigint | string;
export type CborMap = ReadonlyMap<CborKey, CborValue>;
export type CborValue = bigint | string | null | Uint8Array | readonly CborValue[] | CborMap;

const majors = { unsigned: 0, bytes: 2, text: 3, array: 4, map: 5 } as const;
const nullByte = 0xf6;
const openMapByte = 0xbf;
const breakByte = 0xff;
/** A document is a map of an array or a map of strings; two more levels leave room and end recursion. */
const maxDepth = 4;

const malformed = (detail: string): Refusal => refuse("nitro.cbor", detail);
const truncated = malformed("CBOR ends inside an item");

interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

interface Head {
  readonly major: number;
  readonly argument: bigint;
}

function readHead(cursor: Cursor): Head | Refusal {
  const first = cursor.bytes[cursor.at];
  if (first === undefined) return truncated;
  const [major, info] = [first >> 5, first & 0x1f];
  cursor.at += 1;
  if (info < 24) return { major, argument: BigInt(info) };
  if (info > 27) return malformed(`initial byte ${first} has an indefinite or reserved length`);
  const size = 2 ** (info - 24);
  if (cursor.at + size > cursor.bytes.length) return truncated;
  let argument = 0n;
  for (let i = 0; i < size; i++) argument = argument * 256n + BigInt(cursor.bytes[cursor.at + i]!);
  cursor.at += size;
  // The next shorter form is of half the size; below one byte it holds up to 23.
  const least = size === 1 ? 24n : 1n << BigInt(4 * size);
  return argument >= least ? { major, argument } : malformed(`${argument} is not in its shortest form`);
}

function takeBytes(cursor: Cursor, length: bigint): Uint8Array | Refusal {
  if (length > BigInt(cursor.bytes.length - cursor.at)) return truncated;
  const start = cursor.at;
  cursor.at += Number(length);
  return cursor.bytes.subarray(start, cursor.at);
}

function readText(bytes: Uint8Array): string | Refusal {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return malformed("text is not UTF-8");
  }
}

function readArray(cursor: Cursor, count: bigint, depth: number): CborValue[] | Refusal {
  const items: CborValue[] = [];
  for (let i = 0n; i < count; i++) {
    const item = readItem(cursor, depth + 1);
    if (isRefusal(item)) return item;
    items.push(item);
  }
  return items;
}

/** Pairs up to `count`, or up to the break when `count` is null. */
function readMap(cursor: Cursor, count: bigint | null, depth: number): CborMap | Refusal {
  const map = new Map<CborKey, CborValue>();
  for (let i = 0n; count === null || i < count; i++) {
    if (count === null && cursor.bytes[cursor.at] === breakByte) {
      cursor.at += 1;
      return map;
    }
    const key = readItem(cursor, depth + 1);
    if (isRefusal(key)) return key;
    if (typeof key !== "bigint" && typeof key !== "string") return malformed("a key is no integer or text");
    if (map.has(key)) return malformed(`key ${key} occurs twice`);
    const value = readItem(cursor, depth + 1);
    if (isRefusal(value)) return value;
    map.set(key, value);
  }
  return map;
}

function readItem(cursor: Cursor, depth: number): CborValue | Refusal {
  if (depth > maxDepth) return malformed(`items are nested deeper than ${maxDepth}`);
  if (cursor.bytes[cursor.at] === nullByte) {
    cursor.at += 1;
    return null;
  }
  const head = readHead(cursor);
  if (isRefusal(head)) return head;
  const { major, argument } = head;
  switch (major) {
    case majors.unsigned:
      return argument;
    case majors.bytes:
      return takeBytes(cursor, argument);
    case majors.text: {
      const bytes = takeBytes(cursor, argument);
      return isRefusal(bytes) ? bytes : readText(bytes);
    }
    case majors.array:
      return readArray(cursor, argument, depth);
    case majors.map:
      return readMap(cursor, argument, depth);
    default:
      return malformed(`major type ${major} does not occur in a document`);
  }
}

function whole<T extends CborValue>(cursor: Cursor, value: T | Refusal): T | Refusal {
  if (isRefusal(value)) return value;
  const left = cursor.bytes.length - cursor.at;
  return left === 0 ? value : malformed(`${left} bytes follow the item`);
}

/** The one item that fills `bytes` exactly. */
export function readCbor(bytes: Uint8Array): CborValue | Refusal {
  const cursor: Cursor = { bytes, at: 0 };
  return whole(cursor, readItem(cursor, 0));
}

/**
 * The map that fills `bytes` exactly. It alone may be of indefinite length: AWS's security module writes its documents
 * either way (definite in captures of 2024, indefinite in those of 2026); which of the two is under the signature.
 */
export function readCborMap(bytes: Uint8Array): CborMap | Refusal {
  if (bytes[0] !== openMapByte) {
    const value = readCbor(bytes);
    if (isRefusal(value)) return value;
    return value instanceof Map ? value : malformed("the item is no map");
  }
  const cursor: Cursor = { bytes, at: 1 };
  return whole(cursor, readMap(cursor, null, 0));
}
