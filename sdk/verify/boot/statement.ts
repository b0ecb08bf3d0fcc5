// One sentence about a boot, with the register and the event that prove it.
import { toHex } from "../../evidence/bytes.ts";
import { eventTypes } from "../../evidence/logs/event-types.ts";
import type { Register } from "../../evidence/logs/registers.ts";
import { printableBytes } from "../../evidence/logs/text.ts";
import type { ProvenEvent } from "./logs.ts";

export interface Statement {
  /** What it is about: by the register's use and the event's type, which is a label that no digest covers. */
  readonly subject: string;
  /** What the register contains: hashed words, or the digest of what was measured. */
  readonly proven: string;
  /** What the log says of it that no digest covers, or null. */
  readonly unverified: string | null;
  readonly register: Register;
  readonly log: ProvenEvent["log"];
  /** Number of the event in its log. */
  readonly event: number;
}

export type FirmwareEvent = Extract<ProvenEvent, { log: "firmware" }>;

/** A statement of words that are hashed. */
export const hashedStatement = (
  { register, log, number }: ProvenEvent,
  subject: string,
  proven: string,
): Statement => ({ subject, proven, unverified: null, register, log, event: number });

/** A statement of a digest, with a description that it does not cover. */
export const digestStatement = (
  event: FirmwareEvent,
  subject: string,
  description: string | null,
): Statement => ({
  subject,
  proven: `${event.bank.name} ${toHex(event.digest).slice(2)}`,
  unverified: description === "" ? null : description,
  register: event.register,
  log: event.log,
  event: event.number,
});

/** EFI_PLATFORM_FIRMWARE_BLOB2 begins with a length u8 and a description; the older form has an address only. */
export function blobName({ type, data }: FirmwareEvent): string | null {
  if (type !== eventTypes.firmwareBlob2) return null;
  return data.length === 0 ? null : printableBytes(data.subarray(1, 1 + data[0]!));
}
