// How proven programs write their output (contracts/types/Proof.sol, JournalFormat), and what refuses another form.
import { refuse } from "../refusal.ts";
import type { Refusal } from "../refusal.ts";

export const journalFormats = { snpV1: 1, snpV2: 2, snpV3: 3, dcap: 4 } as const;
export type JournalFormat = (typeof journalFormats)[keyof typeof journalFormats];

export const malformedJournal = (detail: string): Refusal => refuse("proof.journal", detail);

/** Big-endian, as journals are. The caller has checked the length. */
export const u16 = (bytes: Uint8Array, at: number): number => (bytes[at]! << 8) | bytes[at + 1]!;
export const u32 = (bytes: Uint8Array, at: number): number => u16(bytes, at) * 0x10000 + u16(bytes, at + 2);
export const u64 = (bytes: Uint8Array, at: number): bigint =>
  (BigInt(u32(bytes, at)) << 32n) | BigInt(u32(bytes, at + 4));
