// PCR values that a firmware event log gives in one bank, for quotes over that bank. What the log says in words is another
// matter: sdk/verify/boot.
import { bankByName } from "./logs/banks.ts";
import type { Bank } from "./logs/banks.ts";
import { registerIndex } from "./logs/registers.ts";
import { extendsOf, replayExtends } from "./logs/replay.ts";
import { readTcgLog } from "./logs/tcg-log.ts";
import { isRefusal, refuse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";

/** Value of every PCR that the log extends, in the SHA-256 bank unless another is asked for. */
export function replayEventLog(
  bytes: Uint8Array,
  bank: Bank = bankByName("sha256")!,
): ReadonlyMap<number, Uint8Array> | Refusal {
  const log = readTcgLog(bytes, "tpm");
  if (isRefusal(log)) return refuse("tpm.event-log", log.detail);
  const extended = extendsOf(log, bank);
  if (extended === null)
    return refuse("tpm.event-log", `the event log has no ${bank.name.replace("sha", "SHA-")} digests`);
  const registers = replayExtends(extended, bank, log.startupLocality);
  return new Map([...registers].map(([register, value]) => [registerIndex(register), value]));
}
