// The canonical event log of Google's Container-Optimized OS in its TLV form (TCG Canonical Event Log 1.0 §5, go-tpm-tools
// cel). TLV = type u8 ‖ length u32 big-endian ‖ value. Each record is
//   record number (0, u64) ‖ register (1 PCR | 108 CC measurement register, u8) ‖ digests (3, TLVs by algorithm) ‖ content (80)
// and each digest is that of the whole content TLV, so that every word of the log is hashed.
import { isEqual } from "../bytes.ts";
import { isRefusal, refuse } from "../refusal.ts";
import type { Refusal } from "../refusal.ts";
import { bankById } from "./banks.ts";
import type { Bank } from "./banks.ts";
import { big, cursorOf, rest, take } from "./cursor.ts";
import type { Cursor } from "./cursor.ts";
import { measurementRegister, pcrCount } from "./registers.ts";
import type { Register } from "./registers.ts";
import { maxLogBytes } from "./tcg-log.ts";

const types = { number: 0, pcr: 1, digests: 3, cos: 80, ccRegister: 108 } as const;

/** Content types of COS, in the order of their numbers. */
export const cosSubjects = [
  "container image",
  "container image digest",
  "restart policy",
  "container image id",
  "argument",
  "environment variable",
  "argument override",
  "environment override",
  "launch separator",
  "memory monitor",
  "GPU mode",
] as const;

export interface CanonicalRecord {
  readonly number: number;
  readonly register: Register;
  readonly digests: ReadonlyMap<number, Uint8Array>;
  /** Index into `cosSubjects`, or a number that is newer than they are. */
  readonly contentType: number;
  readonly content: Uint8Array;
}

export interface CanonicalLog {
  readonly banks: readonly Bank[];
  readonly records: readonly CanonicalRecord[];
}

const malformed = (detail: string): Refusal => refuse("log.structure", detail);

interface Tlv {
  readonly type: number;
  readonly value: Uint8Array;
  readonly raw: Uint8Array;
}

function readTlv(cursor: Cursor): Tlv {
  const start = cursor.at;
  const type = big(cursor, 1);
  const value = take(cursor, big(cursor, 4));
  return { type, value, raw: cursor.bytes.subarray(start, cursor.at) };
}

function readRegister(number: number, { type, value }: Tlv): Register | Refusal {
  const index = value.length === 1 ? value[0]! : Infinity;
  const register =
    type === types.pcr && index < pcrCount
      ? (`PCR ${index}` as const)
      : type === types.ccRegister
        ? measurementRegister(index)
        : null;
  return register ?? malformed(`record ${number} names no register that can be extended`);
}

function readDigests(number: number, { type, value }: Tlv): Map<number, Uint8Array> | Refusal {
  if (type !== types.digests) return malformed(`record ${number} has type ${type} where its digests are due`);
  const cursor = cursorOf(value);
  const digests = new Map<number, Uint8Array>();
  while (rest(cursor) > 0) {
    const { type: id, value: digest } = readTlv(cursor);
    if (cursor.isShort) return malformed(`record ${number} has truncated digests`);
    const bank = bankById(id);
    if (bank === undefined)
      return malformed(`record ${number}: algorithm 0x${id.toString(16).padStart(4, "0")} is not known`);
    if (digest.length !== bank.size)
      return malformed(`record ${number}: ${bank.name} of ${digest.length} bytes`);
    if (digests.has(id)) return malformed(`record ${number} has two ${bank.name} digests`);
    digests.set(id, digest);
  }
  return digests.size > 0 ? digests : malformed(`record ${number} has no digest`);
}

/** COS content: one nested TLV, the digest over both. */
function readContent(number: number, tlv: Tlv, digests: ReadonlyMap<number, Uint8Array>): Tlv | Refusal {
  if (tlv.type !== types.cos) return malformed(`record ${number} has content of type ${tlv.type}, 80 is due`);
  const cursor = cursorOf(tlv.value);
  const inner = readTlv(cursor);
  if (cursor.isShort) return malformed(`record ${number} has truncated content`);
  if (rest(cursor) !== 0) return malformed(`record ${number}: ${rest(cursor)} bytes follow its content`);
  for (const [id, digest] of digests) {
    const { hash, name } = bankById(id)!;
    if (hash !== null && !isEqual(hash(tlv.raw), digest))
      return refuse("log.description", `record ${number}: the content has another ${name} than its digest`);
  }
  return inner;
}

function readRecord(cursor: Cursor, number: number): CanonicalRecord | Refusal {
  const [head, registerTlv, digestsTlv, contentTlv] = [cursor, cursor, cursor, cursor].map(readTlv) as [
    Tlv,
    Tlv,
    Tlv,
    Tlv,
  ];
  if (cursor.isShort) return malformed(`record ${number} is truncated`);
  const isNext =
    head.type === types.number && head.value.length === 8 && big(cursorOf(head.value), 8) === number;
  if (!isNext) return malformed(`record ${number} does not carry its number`);
  const register = readRegister(number, registerTlv);
  if (isRefusal(register)) return register;
  const digests = readDigests(number, digestsTlv);
  if (isRefusal(digests)) return digests;
  const content = readContent(number, contentTlv, digests);
  if (isRefusal(content)) return content;
  return { number, register, digests, contentType: content.type, content: content.value };
}

/** Reads a whole log; its records are numbered from 0, and each has digests of the same banks. */
export function readCanonicalLog(log: Uint8Array): CanonicalLog | Refusal {
  if (log.length > maxLogBytes)
    return malformed(`the log has ${log.length} bytes, at most ${maxLogBytes} are read`);
  const cursor = cursorOf(log);
  const records: CanonicalRecord[] = [];
  while (rest(cursor) > 0) {
    const record = readRecord(cursor, records.length);
    if (isRefusal(record)) return record;
    const isAlike = [...record.digests.keys()].join() === [...(records[0] ?? record).digests.keys()].join();
    if (!isAlike) return malformed(`record ${record.number} has digests of other banks than record 0`);
    records.push(record);
  }
  const first = records[0];
  return first === undefined
    ? malformed("the log has no record")
    : { banks: [...first.digests.keys()].map((id) => bankById(id)!), records };
}
