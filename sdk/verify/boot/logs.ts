// Judges event logs against registers that a verified quote or report holds: structure, then replay, then whether the
// data that a digest is said to cover is what it covers. A log that passes says what its digests prove; the words made
// of it are in statements.ts.
import { concat, isEqual, sha256, toHex } from "../../evidence/bytes.ts";
import { bankByName } from "../../evidence/logs/banks.ts";
import type { Bank } from "../../evidence/logs/banks.ts";
import { readCanonicalLog } from "../../evidence/logs/canonical-log.ts";
import type { CanonicalRecord } from "../../evidence/logs/canonical-log.ts";
import { checkDescription, hashedPart } from "../../evidence/logs/hashed.ts";
import type { HashedPart } from "../../evidence/logs/hashed.ts";
import { pcrCount, startValue } from "../../evidence/logs/registers.ts";
import type { Register } from "../../evidence/logs/registers.ts";
import { replayExtends } from "../../evidence/logs/replay.ts";
import { readTcgLog } from "../../evidence/logs/tcg-log.ts";
import type { LogArea, TcgEvent } from "../../evidence/logs/tcg-log.ts";
import { workloadDigest, workloadPcr, workloadReady } from "../../evidence/logs/workload-log.ts";
import type { WorkloadRecord } from "../../evidence/logs/workload-log.ts";
import { isRefusal, refuse } from "../../evidence/refusal.ts";
import type { Refusal } from "../../evidence/refusal.ts";

/** Logs of one machine; null where there is none. */
export interface LogFiles {
  /** TPM firmware event log. */
  readonly eventLog: Uint8Array | null;
  /** CC event log of a TD. */
  readonly ccel: Uint8Array | null;
  /** Canonical event log, which goes on where the firmware's ended. */
  readonly cel: Uint8Array | null;
  /** The agent's workload list, without its closing separator. */
  readonly workload: readonly WorkloadRecord[] | null;
}

/** Digest of a TPM quote whose PCR values were not handed over. */
export interface QuotedSelection {
  readonly indices: readonly number[];
  readonly digest: Uint8Array;
}

export interface QuotedRegisters {
  /** Bank of the PCRs. */
  readonly bank: Bank;
  readonly values: ReadonlyMap<Register, Uint8Array>;
  readonly selection: QuotedSelection | null;
}

/** An event whose digest a register that replays contains. */
export type ProvenEvent = { readonly register: Register; readonly number: number } & (
  | {
      readonly log: "firmware";
      readonly bank: Bank;
      readonly digest: Uint8Array;
      readonly type: number;
      readonly data: Uint8Array;
      /** What of `data` the digest covers. */
      readonly part: HashedPart | null;
    }
  | { readonly log: "canonical"; readonly contentType: number; readonly content: Uint8Array }
  | { readonly log: "workload"; readonly record: WorkloadRecord }
);

export interface RegisterState {
  readonly register: Register;
  readonly replayed: Uint8Array | null;
  readonly quoted: Uint8Array | null;
  /**
   * `not extended`: quoted with the value it starts with. `no events`: what is quoted there is not explained.
   * `not quoted`: what is logged there is not proven.
   */
  readonly state: "replays" | "differs" | "not quoted" | "not extended" | "no events";
}

export interface JudgedLogs {
  readonly registers: readonly RegisterState[];
  readonly refusal: Refusal | null;
  /** In registers that replay, log by log; empty with a refusal. */
  readonly events: readonly ProvenEvent[];
}

const sha384 = bankByName("sha384")!;

interface LoggedEvent {
  readonly register: Register;
  readonly digest: Uint8Array;
  readonly prove: () => ProvenEvent | Refusal;
}

function firmwareEvent(event: TcgEvent, register: Register, bank: Bank): LoggedEvent {
  const { number, type, data } = event;
  const digest = event.digests.get(bank.id)!;
  const prove = (): ProvenEvent | Refusal => {
    const part = hashedPart(event, bank);
    const refusal = checkDescription(event, part, bank);
    return refusal ?? { log: "firmware", register, number, bank, digest, type, data, part };
  };
  return { register, digest, prove };
}

const withoutBank = (log: string, { name }: Bank): Refusal =>
  refuse(
    "log.structure",
    `the ${log} has no ${name} digests that can be replayed, the quote is over ${name}`,
  );

interface FirmwareLog {
  readonly events: readonly LoggedEvent[];
  readonly startupLocality: number;
}

function readFirmwareLog(bytes: Uint8Array, area: LogArea, bank: Bank): FirmwareLog | Refusal {
  const log = readTcgLog(bytes, area);
  if (isRefusal(log)) return log;
  if (!log.banks.includes(bank) || bank.hash === null)
    return withoutBank(area === "tpm" ? "event log" : "CC event log", bank);
  const events = log.events.flatMap((event) =>
    event.register === null ? [] : [firmwareEvent(event, event.register, bank)],
  );
  return { events, startupLocality: log.startupLocality };
}

function readCanonicalEvents(bytes: Uint8Array, pcrBank: Bank): LoggedEvent[] | Refusal {
  const log = readCanonicalLog(bytes);
  if (isRefusal(log)) return log;
  const events: LoggedEvent[] = [];
  for (const {
    register,
    number,
    digests,
    contentType,
    content,
  } of log.records satisfies readonly CanonicalRecord[]) {
    const bank = register.startsWith("PCR") ? pcrBank : sha384;
    const digest = digests.get(bank.id);
    if (digest === undefined || bank.hash === null) return withoutBank("canonical event log", bank);
    events.push({
      register,
      digest,
      prove: () => ({ log: "canonical", register, number, contentType, content }),
    });
  }
  return events;
}

function workloadEvents(records: readonly WorkloadRecord[], bank: Bank): LoggedEvent[] | Refusal {
  if (bank.name !== "sha256") return withoutBank("workload list", bank);
  const register: Register = `PCR ${workloadPcr}`;
  return [...records, workloadReady].map((record, number) => ({
    register,
    digest: workloadDigest(record),
    prove: () => ({ log: "workload", register, number, record }),
  }));
}

/** The events of every log, one log behind the other. */
function readLogs({ eventLog, ccel, cel, workload }: LogFiles, pcrBank: Bank): FirmwareLog | Refusal {
  const firmware = eventLog === null ? null : readFirmwareLog(eventLog, "tpm", pcrBank);
  if (isRefusal(firmware)) return firmware;
  const cc = ccel === null ? null : readFirmwareLog(ccel, "cc", sha384);
  if (isRefusal(cc)) return cc;
  const canonical = cel === null ? [] : readCanonicalEvents(cel, pcrBank);
  if (isRefusal(canonical)) return canonical;
  const listed = workload === null ? [] : workloadEvents(workload, pcrBank);
  if (isRefusal(listed)) return listed;
  const events = [firmware?.events ?? [], cc?.events ?? [], canonical, listed].flat();
  return { events, startupLocality: firmware?.startupLocality ?? 0 };
}

/** PCRs and RTMRs have banks of their own, so they are replayed apart. */
function replay({ events, startupLocality }: FirmwareLog, pcrBank: Bank): Map<Register, Uint8Array> {
  const isPcr = ({ register }: LoggedEvent) => register.startsWith("PCR");
  return new Map([
    ...replayExtends(events.filter(isPcr), pcrBank, startupLocality),
    ...replayExtends(
      events.filter((event) => !isPcr(event)),
      sha384,
    ),
  ]);
}

const allRegisters: readonly Register[] = [
  ...Array.from({ length: pcrCount }, (_, index): Register => `PCR ${index}`),
  ...Array.from({ length: 4 }, (_, index): Register => `RTMR ${index}`),
];

function stateOf(
  register: Register,
  log: Uint8Array | null,
  quote: Uint8Array | null,
): RegisterState["state"] {
  if (quote === null) return "not quoted";
  if (log !== null) return isEqual(log, quote) ? "replays" : "differs";
  return isEqual(quote, startValue(register, quote.length, 0)) ? "not extended" : "no events";
}

function compare(
  replayed: ReadonlyMap<Register, Uint8Array>,
  quotes: QuotedRegisters["values"],
): RegisterState[] {
  return allRegisters.flatMap((register) => {
    const [log, quoted] = [replayed.get(register) ?? null, quotes.get(register) ?? null];
    if (log === null && quoted === null) return [];
    return [{ register, replayed: log, quoted, state: stateOf(register, log, quoted) }];
  });
}

/** The values that a quote's digest was made of, when the logs give them: PCRs without events keep their start value. */
function selectedValues(
  { indices, digest }: QuotedSelection,
  replayed: ReadonlyMap<Register, Uint8Array>,
  { bank, locality }: { bank: Bank; locality: number },
): Map<Register, Uint8Array> | Refusal {
  const values = new Map(
    indices.map((index): [Register, Uint8Array] => {
      const register: Register = `PCR ${index}`;
      return [register, replayed.get(register) ?? startValue(register, bank.size, locality)];
    }),
  );
  const found = sha256(concat(new Uint8Array(0), ...values.values()));
  return isEqual(found, digest)
    ? values
    : refuse(
        "log.replay",
        `the logs give ${toHex(found)} over PCR ${indices.join(", ")}, quoted is ${toHex(digest)}; which of them differs is not known without their values`,
      );
}

function checkReplay(registers: readonly RegisterState[]): Refusal | null {
  const first = registers.find(({ state }) => state === "differs");
  if (first !== undefined)
    return refuse(
      "log.replay",
      `${first.register}: the logs give ${toHex(first.replayed!)}, quoted is ${toHex(first.quoted!)}`,
    );
  return registers.some(({ state }) => state === "replays")
    ? null
    : refuse("log.replay", "the logs extend no register that is quoted");
}

/** Judges the logs of one machine against its quoted registers. */
export function judgeLogs(files: LogFiles, quoted: QuotedRegisters): JudgedLogs {
  const refused = (refusal: Refusal, registers: readonly RegisterState[] = []) => ({
    registers,
    refusal,
    events: [],
  });
  const logs = readLogs(files, quoted.bank);
  if (isRefusal(logs)) return refused(logs);
  const replayed = replay(logs, quoted.bank);
  const selected =
    quoted.selection === null
      ? new Map<Register, Uint8Array>()
      : selectedValues(quoted.selection, replayed, { bank: quoted.bank, locality: logs.startupLocality });
  if (isRefusal(selected)) return refused(selected, compare(replayed, quoted.values));
  const registers = compare(replayed, new Map([...selected, ...quoted.values]));
  const refusal = checkReplay(registers);
  if (refusal !== null) return refused(refusal, registers);
  const proven = new Set(
    registers.filter(({ state }) => state === "replays").map(({ register }) => register),
  );
  const events: ProvenEvent[] = [];
  for (const { register, prove } of logs.events) {
    const event = proven.has(register) ? prove() : null;
    if (isRefusal(event)) return refused(event, registers);
    if (event !== null) events.push(event);
  }
  return { registers, refusal: null, events };
}
