// Firmware event logs of the TCG (PC Client Platform Firmware Profile 1.06 §10): the crypto-agile form, the SHA-1 form
// before it, and the CC event log of a TD (ACPI table CCEL, same form). Little-endian. Reads structure only: neither an
// event's type nor, for most types, its data is part of any digest.
//
//   SHA-1 form      pcr u32 ‖ type u32 ‖ SHA-1 digest ‖ size u32 ‖ data
//   crypto-agile    one event in SHA-1 form with the algorithm table, then
//                   pcr u32 ‖ type u32 ‖ count u32 ‖ count × (algorithm u16 ‖ digest) ‖ size u32 ‖ data
import { ascii, isEqual, isZero } from "../bytes.ts";
import { isRefusal, refuse } from "../refusal.ts";
import type { Refusal } from "../refusal.ts";
import { bankById } from "./banks.ts";
import type { Bank } from "./banks.ts";
import { cursorOf, little, rest, take } from "./cursor.ts";
import type { Cursor } from "./cursor.ts";
import { eventTypes } from "./event-types.ts";
import { measurementRegister, pcrCount } from "./registers.ts";
import type { Register } from "./registers.ts";

/** What a log extends: PCRs of a TPM or measurement registers of a TD. */
export type LogArea = "tpm" | "cc";

export interface TcgEvent {
  /** Position in the log as tpm2_eventlog counts: the event with the algorithm table is 0. */
  readonly number: number;
  /** Null for EV_NO_ACTION, which extends nothing. */
  readonly register: Register | null;
  readonly type: number;
  /** By bank id; the banks are those of the log. */
  readonly digests: ReadonlyMap<number, Uint8Array>;
  readonly data: Uint8Array;
}

export interface TcgLog {
  readonly area: LogArea;
  readonly banks: readonly Bank[];
  readonly events: readonly TcgEvent[];
  /** Locality of TPM2_Startup, 4 after an H-CRTM sequence: last byte of PCR 0's first value. */
  readonly startupLocality: number;
}

/** Larger than any firmware reserves (CCEL areas are up to 1 MiB). */
export const maxLogBytes = 4 * 1024 * 1024;

const malformed = (detail: string): Refusal => refuse("log.structure", detail);
const specId = ascii("Spec ID Event");
const specIdAgile = ascii("Spec ID Event03\0");
const startupLocality = ascii("StartupLocality\0");
/** PCR index of events that belong to no PCR (Platform Firmware Profile §10.4.1, SP800-155 events). */
const noRegister = 0xffffffff;

const startsWith = (data: Uint8Array, prefix: Uint8Array): boolean =>
  isEqual(data.subarray(0, prefix.length), prefix);

function registerOf(area: LogArea, number: number, type: number, index: number): Register | null | Refusal {
  const last = area === "tpm" ? pcrCount - 1 : 4;
  const isInRange = index <= last || (type === eventTypes.noAction && index === noRegister);
  if (!isInRange) return malformed(`event ${number} is for register ${index} of at most ${last}`);
  if (type === eventTypes.noAction) return null;
  if (area === "tpm") return `PCR ${index}`;
  return measurementRegister(index) ?? malformed(`event ${number} extends MRTD, which nothing extends`);
}

/** TCG_EfiSpecIdEvent (§10.4.5.1): the banks whose digests each event has. */
function readSpecId(data: Uint8Array): Bank[] | Refusal {
  const cursor = cursorOf(data, specIdAgile.length + 8); // platform class u32, version 2 × u8, errata u8, uintn size u8
  const count = little(cursor, 4);
  const listed: Bank[] = [];
  if (count === 0 || count > 16)
    return malformed(`the algorithm table has ${count} entries, 1 to 16 are due`);
  for (let i = 0; i < count && !cursor.isShort; i++) {
    const id = little(cursor, 2);
    const size = little(cursor, 2);
    if (cursor.isShort) break;
    const bank = bankById(id);
    if (bank === undefined) return malformed(`algorithm 0x${id.toString(16).padStart(4, "0")} is not known`);
    if (size !== bank.size) return malformed(`${bank.name} digests of ${size} bytes, ${bank.size} are due`);
    if (listed.includes(bank)) return malformed(`the algorithm table lists ${bank.name} twice`);
    listed.push(bank);
  }
  take(cursor, little(cursor, 1)); // vendor information
  if (cursor.isShort) return malformed("the algorithm table is truncated");
  return rest(cursor) === 0 ? listed : malformed(`${rest(cursor)} bytes follow the algorithm table`);
}

function readDigests(
  cursor: Cursor,
  number: number,
  listed: readonly Bank[],
): Map<number, Uint8Array> | Refusal {
  const count = little(cursor, 4);
  const digests = new Map<number, Uint8Array>();
  if (cursor.isShort) return digests;
  if (count !== listed.length)
    return malformed(`event ${number} has ${count} digests, the algorithm table ${listed.length}`);
  for (let i = 0; i < count && !cursor.isShort; i++) {
    const id = little(cursor, 2);
    if (cursor.isShort) break;
    const bank = listed.find((each) => each.id === id);
    if (bank === undefined)
      return malformed(
        `event ${number}: algorithm 0x${id.toString(16).padStart(4, "0")} is not in the table`,
      );
    if (digests.has(id)) return malformed(`event ${number} has two ${bank.name} digests`);
    digests.set(id, take(cursor, bank.size));
  }
  return digests;
}

const sha1 = bankById(0x0004)!;

/** One event: with a list of digests, or with the one of the SHA-1 form. */
function readEvent(
  cursor: Cursor,
  area: LogArea,
  number: number,
  listed: readonly Bank[] | null,
): TcgEvent | Refusal {
  const truncated = malformed(`event ${number} at byte ${cursor.at} is truncated`);
  const index = little(cursor, 4);
  const type = little(cursor, 4);
  const digests =
    listed === null
      ? new Map([[sha1.id, take(cursor, sha1.size)]])
      : cursor.isShort
        ? truncated
        : readDigests(cursor, number, listed);
  if (isRefusal(digests)) return digests;
  const data = take(cursor, little(cursor, 4));
  if (cursor.isShort) return truncated;
  const register = registerOf(area, number, type, index);
  return isRefusal(register) ? register : { number, register, type, digests, data };
}

/** What follows the last event of a CCEL area: nothing but ff or nothing but 00 (Intel TDX virtual firmware, CCEL). */
function isPadding({ bytes, at }: Cursor): boolean {
  const fill = bytes[at];
  return (fill === 0 || fill === 0xff) && bytes.subarray(at).every((byte) => byte === fill);
}

/** Whether the events from here on can only be padding: an event is never for register ffffffff of type ffffffff. */
function beginsPadding({ bytes, at }: Cursor): boolean {
  const head = bytes.subarray(at, at + 12);
  return isZero(head) || head.every((byte) => byte === 0xff);
}

/** StartupLocality (§10.4.5.3) says what PCR 0 starts from, so it cannot come behind what extended it. */
function readLocality(events: readonly TcgEvent[]): number | Refusal {
  let locality: number | null = null;
  let isExtended = false;
  for (const { number, register, type, data } of events) {
    if (register === "PCR 0") {
      // EV_EFI_HCRTM_EVENT: _TPM_Hash_Start before TPM2_Startup leaves 4 in PCR 0 (TPM 2.0 Part 1, H-CRTM).
      if (type === eventTypes.hcrtm && !isExtended) locality ??= 4;
      isExtended = true;
    }
    if (type !== eventTypes.noAction || !startsWith(data, startupLocality)) continue;
    const value = data[startupLocality.length];
    if (data.length !== startupLocality.length + 1 || (value !== 0 && value !== 3 && value !== 4))
      return malformed(`event ${number} gives no startup locality of 0, 3 or 4`);
    if (locality !== null || isExtended)
      return malformed(`event ${number} gives the startup locality again or behind what extends PCR 0`);
    locality = value;
  }
  return locality ?? 0;
}

/** The first event's algorithm table, null for a log in SHA-1 form. Moves the cursor behind it. */
function readHeader(cursor: Cursor, area: LogArea): Bank[] | null | Refusal {
  const index = little(cursor, 4);
  const type = little(cursor, 4);
  const digest = take(cursor, sha1.size);
  const data = take(cursor, little(cursor, 4));
  if (cursor.isShort) return malformed("the first event is truncated");
  if (type !== eventTypes.noAction || !startsWith(data, specId)) return null;
  const version = String.fromCharCode(...data.subarray(specId.length, specIdAgile.length));
  // TCG 1.21 (00) and TCG EFI 1.2 (02) head logs in SHA-1 form.
  if (version === "00\0" || version === "02\0") return null;
  if (version !== "03\0") return malformed("the first event is a Spec ID event of an unknown version");
  // A TPM's log counts it to PCR 0, td-shim to measurement register 0, OVMF to 1.
  if (index > (area === "cc" ? 1 : 0) || !isZero(digest))
    return malformed("the event of the algorithm table has another register or a digest");
  return readSpecId(data);
}

/** Reads a whole log. Every byte belongs to an event, but for the padding of a CCEL area. */
export function readTcgLog(log: Uint8Array, area: LogArea): TcgLog | Refusal {
  if (log.length > maxLogBytes)
    return malformed(`the log has ${log.length} bytes, at most ${maxLogBytes} are read`);
  const cursor = cursorOf(log);
  const table = readHeader(cursor, area);
  if (isRefusal(table)) return table;
  if (table === null) {
    if (area === "cc") return malformed("a CC event log begins with the algorithm table");
    cursor.at = 0;
  }
  const events: TcgEvent[] = [];
  const first = table === null ? 0 : 1;
  while (rest(cursor) > 0) {
    if (area === "cc" && beginsPadding(cursor)) {
      if (isPadding(cursor)) break;
      return malformed(`bytes other than padding follow the last event at byte ${cursor.at}`);
    }
    const event = readEvent(cursor, area, first + events.length, table);
    if (isRefusal(event)) return event;
    events.push(event);
  }
  const locality = readLocality(events);
  if (isRefusal(locality)) return locality;
  return { area, banks: table ?? [sha1], events, startupLocality: locality };
}
