// The TCG crypto-agile firmware event log (TCG PC Client Platform Firmware Profile §10). Little-endian. Only digests
// are replayed: what an event's data says is not part of a PCR for most event types.
import { sha256 } from "./bytes.ts";
import { refuse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";

const noAction = 3;
const sha256Alg = 0x000b;
const maxAlgorithms = 16;

interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

function take(cursor: Cursor, length: number): Uint8Array | null {
  if (cursor.at + length > cursor.bytes.length) return null;
  cursor.at += length;
  return cursor.bytes.subarray(cursor.at - length, cursor.at);
}

function number(cursor: Cursor, length: 2 | 4): number | null {
  const field = take(cursor, length);
  return field === null ? null : field.reduceRight((value, byte) => value * 256 + byte, 0);
}

/** Digest size by algorithm, from the first event ("Spec ID Event03"), or null when it is another. */
function readSpecId(cursor: Cursor): ReadonlyMap<number, number> | null {
  // pcr 4, type 4, SHA-1 digest 20; then the size of the data.
  const header = take(cursor, 28);
  const size = header && number(cursor, 4);
  const data = size === null ? null : take(cursor, size);
  if (data === null || String.fromCharCode(...data.subarray(0, 15)) !== "Spec ID Event03") return null;
  const inner: Cursor = { bytes: data, at: 24 };
  const count = number(inner, 4);
  if (count === null || count > maxAlgorithms) return null;
  const sizes = new Map<number, number>();
  for (let i = 0; i < count; i++) {
    const algorithm = number(inner, 2);
    const digestSize = number(inner, 2);
    if (algorithm === null || digestSize === null) return null;
    sizes.set(algorithm, digestSize);
  }
  return sizes;
}

/** SHA-256 digest of the event under the cursor (which moves past it), and where it was extended. */
function readEvent(cursor: Cursor, sizes: ReadonlyMap<number, number>) {
  const pcr = number(cursor, 4);
  const type = number(cursor, 4);
  const count = number(cursor, 4);
  if (pcr === null || type === null || count === null || count > maxAlgorithms) return null;
  let digest: Uint8Array | null = null;
  for (let i = 0; i < count; i++) {
    const algorithm = number(cursor, 2);
    const size = algorithm === null ? undefined : sizes.get(algorithm);
    const value = size === undefined ? null : take(cursor, size);
    if (value === null) return null;
    if (algorithm === sha256Alg) digest = value;
  }
  const dataSize = number(cursor, 4);
  const data = dataSize === null ? null : take(cursor, dataSize);
  return data === null ? null : { pcr, type, digest, data };
}

const startupLocality = "StartupLocality\0";

/** SHA-256 value of every PCR that the log extends. */
export function replayEventLog(log: Uint8Array): ReadonlyMap<number, Uint8Array> | Refusal {
  const malformed = refuse("tpm.event-log", "event log is malformed");
  const cursor: Cursor = { bytes: log, at: 0 };
  const sizes = readSpecId(cursor);
  if (sizes === null) return refuse("tpm.event-log", "event log is not in the crypto-agile form");
  const pcrs = new Map<number, Uint8Array>();
  while (cursor.at < log.length) {
    const event = readEvent(cursor, sizes);
    if (event === null) return malformed;
    if (event.type === noAction) {
      // The locality of TPM2_Startup is the last byte of PCR 0's initial value.
      if (String.fromCharCode(...event.data.subarray(0, 16)) !== startupLocality) continue;
      const initial = new Uint8Array(32);
      initial[31] = event.data[16] ?? 0;
      pcrs.set(0, initial);
      continue;
    }
    if (event.digest === null) return malformed;
    pcrs.set(event.pcr, sha256(pcrs.get(event.pcr) ?? new Uint8Array(32), event.digest));
  }
  return pcrs;
}
