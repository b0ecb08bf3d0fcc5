// Real event logs under test/fixtures with the values they must give, and a writer of logs for what no real one shows.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { ascii, concat, fromHex, sha256, toHex, uint } from "../../sdk/evidence/bytes.ts";
import { bankByName } from "../../sdk/evidence/logs/banks.ts";
import type { Bank } from "../../sdk/evidence/logs/banks.ts";
import type { Register } from "../../sdk/evidence/logs/registers.ts";
import { bootStatements, judgeLogs } from "../../sdk/verify/boot/index.ts";
import type { JudgedLogs, LogFiles, QuotedRegisters } from "../../sdk/verify/boot/index.ts";
import { fixtureBytes, fixturePath, fixtureText } from "../sdk/fixtures.ts";

const folder = "hardware/event-logs";
export const noLogs: LogFiles = { eventLog: null, ccel: null, cel: null, workload: null };

export function mustFindBank(name: string): Bank {
  const bank = bankByName(name);
  if (bank === undefined) throw new Error(`no bank ${name}`);
  return bank;
}

export interface RealLog {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly logs: LogFiles;
  /** One per bank with known values. */
  readonly quoted: readonly QuotedRegisters[];
}

type Expected = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>>;
const expected = JSON.parse(fixtureText(`${folder}/expected.json`)) as Expected;

export const logBytes = (name: string): Uint8Array => fixtureBytes(`${folder}/${name}.bin`);

/** The firmware logs: every one has expected values. */
export const realLogs: readonly RealLog[] = readdirSync(fixturePath(folder))
  .filter((file) => file.endsWith(".bin") && !file.startsWith("cel-"))
  .map((file): RealLog => {
    const name = file.slice(0, -4);
    const isCc = name.startsWith("ccel-");
    const bytes = logBytes(name);
    const quoted = Object.entries(expected[name]!).map(([bank, values]) => ({
      bank: mustFindBank(bank),
      selection: null,
      values: new Map(
        Object.entries(values).map(([index, value]): [Register, Uint8Array] => [
          `${isCc ? "RTMR" : "PCR"} ${Number(index)}`,
          fromHex(value),
        ]),
      ),
    }));
    return { name, bytes, logs: { ...noLogs, [isCc ? "ccel" : "eventLog"]: bytes }, quoted };
  });

export function mustFindLog(name: string): RealLog {
  const log = realLogs.find((each) => each.name === name);
  if (log === undefined) throw new Error(`no log ${name}`);
  return log;
}

/** Registers quoted with these values over the SHA-256 bank. */
export const quotedAs = (values: readonly (readonly [Register, Uint8Array])[]): QuotedRegisters => ({
  bank: mustFindBank("sha256"),
  values: new Map(values),
  selection: null,
});

/** `subject: proven` with what is not verified in braces, as one line each. */
export const wordsOf = (judged: JudgedLogs): string[] =>
  bootStatements(judged).map(({ subject, proven, unverified, register, event }) => {
    const aside = unverified === null ? "" : ` {${unverified}}`;
    return `${subject}: ${proven}${aside} [${register} ${event}]`;
  });

export function assertSays(words: readonly string[], ...due: readonly string[]): void {
  for (const sentence of due)
    assert.ok(words.includes(sentence), `${sentence}\nis not in\n${words.join("\n")}`);
}

export interface WrittenEvent {
  readonly pcr: number;
  readonly type: number;
  readonly data: Uint8Array;
  /** Default: SHA-256 of the data. */
  readonly digest?: Uint8Array;
}

export const le = (value: number | bigint, length: number): Uint8Array => uint(value, length).reverse();

/** The event that heads a crypto-agile log with one SHA-256 bank. */
export const specIdEvent = (() => {
  const table = concat(
    ascii("Spec ID Event03\0"),
    le(0, 4),
    Uint8Array.of(0, 2, 0, 2),
    le(1, 4),
    le(11, 2),
    le(32, 2),
  );
  const data = concat(table, Uint8Array.of(0));
  return concat(le(0, 4), le(3, 4), new Uint8Array(20), le(data.length, 4), data);
})();

export const writtenEvent = ({ pcr, type, data, digest = sha256(data) }: WrittenEvent): Uint8Array =>
  concat(le(pcr, 4), le(type, 4), le(1, 4), le(11, 2), digest, le(data.length, 4), data);

export const writtenLog = (...events: readonly WrittenEvent[]): Uint8Array =>
  concat(specIdEvent, ...events.map(writtenEvent));

const utf16 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "utf16le"));

/** UEFI_VARIABLE_DATA. */
export const writtenVariable = (guid: string, name: string, value: Uint8Array): Uint8Array =>
  concat(fromHex(guid), le(name.length, 8), le(value.length, 8), utf16(name), value);

/** EFI_GLOBAL_VARIABLE as it stands in a log. */
export const globalGuid = "61dfe48bca93d211aa0d00e098032b8c";

/** Judges one TPM log with SHA-256 digests against what it replays to itself. */
export function judgeWritten(log: Uint8Array): JudgedLogs {
  const logs = { ...noLogs, eventLog: log };
  const { registers } = judgeLogs(logs, quotedAs([]));
  return judgeLogs(logs, quotedAs(registers.map(({ register, replayed }) => [register, replayed!])));
}

export const hexOf = (bytes: Uint8Array): string => toHex(bytes).slice(2);
