// Replays extends: a register becomes H(register ‖ digest), from its start value (TPM 2.0 Part 1 §17, TDX TDG.MR.RTMR.EXTEND).
import type { Bank } from "./banks.ts";
import { startValue } from "./registers.ts";
import type { Register } from "./registers.ts";
import type { TcgLog } from "./tcg-log.ts";

export interface Extend {
  readonly register: Register;
  readonly digest: Uint8Array;
}

/** Value of every register that is extended, in the order of their first extend. */
export function replayExtends(
  extended: readonly Extend[],
  { size, hash }: Bank,
  startupLocality = 0,
): Map<Register, Uint8Array> {
  const registers = new Map<Register, Uint8Array>();
  if (hash === null) return registers;
  for (const { register, digest } of extended)
    registers.set(
      register,
      hash(registers.get(register) ?? startValue(register, size, startupLocality), digest),
    );
  return registers;
}

/** The extends of a log in one bank, or null when the log does not have the bank or it cannot be replayed. */
export function extendsOf({ banks, events }: TcgLog, bank: Bank): Extend[] | null {
  if (bank.hash === null || !banks.includes(bank)) return null;
  return events.flatMap(({ register, digests }) =>
    register === null ? [] : [{ register, digest: digests.get(bank.id)! }],
  );
}
