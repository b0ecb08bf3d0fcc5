// Reads fields one behind the other. A field that the bytes are too short for reads as empty or zero and marks the
// cursor, so that a reader asks once per record; every loop over a count that was read must be bounded by itself.

export interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
  isShort: boolean;
}

export const cursorOf = (bytes: Uint8Array, at = 0): Cursor => ({ bytes, at, isShort: at > bytes.length });

export const rest = (cursor: Cursor): number => cursor.bytes.length - cursor.at;

export function take(cursor: Cursor, length: number): Uint8Array {
  if (cursor.isShort || length > rest(cursor)) {
    cursor.isShort = true;
    return new Uint8Array(0);
  }
  cursor.at += length;
  return cursor.bytes.subarray(cursor.at - length, cursor.at);
}

const join = (value: number, byte: number): number => value * 256 + byte;

/** Little-endian. Eight bytes lose their low bits above 2^53: enough to see that a length is too long. */
export const little = (cursor: Cursor, length: 1 | 2 | 4 | 8): number =>
  take(cursor, length).reduceRight(join, 0);

/** Big-endian. */
export const big = (cursor: Cursor, length: 1 | 4 | 8): number => take(cursor, length).reduce(join, 0);
