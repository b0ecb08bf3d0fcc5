// `cvm verify <file>`: judges one evidence file offline (specs/evidence-input.md). Exit status 0 accepted, 1 rejected
// by a check, 2 usage error or unreadable input (message on stderr, nothing on stdout). With --explain 0 says besides that
// the event logs replay.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Refusal } from "../sdk/evidence/refusal.ts";
import type { LogFiles } from "../sdk/verify/boot/index.ts";
import { explainLogs, hasLogs } from "../sdk/verify/explanation.ts";
import { isUnreadable, parseInput } from "../sdk/verify/input.ts";
import type { EvidenceInput } from "../sdk/verify/input.ts";
import { ownRootsNotice } from "../sdk/verify/input-roots.ts";
import { verifyInput } from "../sdk/verify/input-verdict.ts";
import type { InputSettings, InputVerdict } from "../sdk/verify/input-verdict.ts";
import { parseGoldenFile, parsePolicyFile } from "../sdk/verify/policy-file.ts";
import type { UnusableFile } from "../sdk/verify/policy-file.ts";
import { defaultFloor } from "../sdk/verify/policy.ts";
import { defaultTrust } from "../sdk/verify/roots.ts";
import { explanationText } from "./explain.ts";

export const verifyUsage =
  "usage: cvm verify <file> [--at <unix seconds | ISO 8601>] [--json] [--policy <file>] [--golden <file>]" +
  " [--explain [--log <file>] [--ccel <file>] [--cel <file>]]";

/** What a command prints and how it ends. */
export interface CommandResult {
  readonly status: 0 | 1 | 2;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a command calls itself. */
export interface CommandName {
  readonly name: string;
  readonly usage: string;
  /** Whether it takes --explain and the flags that name logs. */
  readonly explains?: boolean;
}

const verifyName: CommandName = { name: "cvm verify", usage: verifyUsage };

/** Unix seconds of a decimal number or an ISO 8601 time; a time without an offset is UTC. */
export function timeOf(text: string): bigint | null {
  if (/^\d{1,12}$/.test(text)) return BigInt(text);
  const iso = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/.exec(text);
  if (iso === null) return null;
  const milliseconds = Date.parse(iso[1] !== undefined && iso[4] === undefined ? `${text}Z` : text);
  return Number.isNaN(milliseconds) || milliseconds < 0 ? null : BigInt(Math.floor(milliseconds / 1000));
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

type LogFlags = { explain?: boolean; log?: string; ccel?: string; cel?: string };
type Flags = LogFlags & { at?: string; policy?: string; golden?: string; json?: boolean };

/** Reads a flag's file; the default when the flag is not given. */
function fromFile<T extends object | null>(
  path: string | undefined,
  parse: (text: string) => T | UnusableFile,
  otherwise: T,
): T | UnusableFile {
  if (path === undefined) return otherwise;
  const text = readText(path);
  return text === null ? { unusable: `cannot read ${path}` } : parse(text);
}

const isUnusable = (value: object | null): value is UnusableFile => value !== null && "unusable" in value;

function settingsOf(flags: Flags, clock: () => bigint): InputSettings | UnusableFile {
  const now = flags.at === undefined ? clock() : timeOf(flags.at);
  if (now === null) return { unusable: `--at is neither unix seconds nor ISO 8601: ${flags.at ?? ""}` };
  const floor = fromFile(flags.policy, parsePolicyFile, defaultFloor);
  if (isUnusable(floor)) return floor;
  const golden = fromFile<string[] | null>(flags.golden, parseGoldenFile, null);
  if (isUnusable(golden)) return golden;
  return { now, trust: defaultTrust, floor, golden };
}

function textOf({ verdict, error, checks, claims, acceptance, roots }: InputVerdict): string {
  const lines = [error === null ? verdict : `${verdict} by ${error}`];
  if (roots !== undefined) lines.push(ownRootsNotice);
  const width = Math.max(0, ...checks.map(({ id }) => id.length));
  for (const { status, id, detail } of checks) lines.push(`  ${status}  ${id.padEnd(width)}  ${detail}`);
  for (const [name, value] of Object.entries(claims)) lines.push(`  ${name}: ${JSON.stringify(value)}`);
  if (acceptance !== undefined)
    lines.push(acceptance.accepted ? "default floor: met" : `floor not met: ${acceptance.failed.join(", ")}`);
  return `${lines.join("\n")}\n`;
}

function parseFlags(args: readonly string[], explains: boolean): { flags: Flags; files: string[] } | null {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        at: { type: "string" },
        json: { type: "boolean" },
        policy: { type: "string" },
        golden: { type: "string" },
        explain: { type: "boolean" },
        log: { type: "string" },
        ccel: { type: "string" },
        cel: { type: "string" },
      },
    });
    const { explain, log, ccel, cel } = values;
    const isForLogs = [explain, log, ccel, cel].some((value) => value !== undefined);
    return isForLogs && !explains ? null : { flags: values, files: positionals };
  } catch {
    return null;
  }
}

/** An evidence file and how to judge and print it. */
export interface EvidenceCommand {
  readonly input: EvidenceInput | Refusal;
  readonly settings: InputSettings;
  readonly isJson: boolean;
  /** Logs to explain, or null without --explain. */
  readonly logs: LogFiles | null;
}

function bytesOfFile(
  path: string | undefined,
  otherwise: Uint8Array | null,
): Uint8Array | null | UnusableFile {
  if (path === undefined) return otherwise;
  try {
    return new Uint8Array(readFileSync(path));
  } catch {
    return { unusable: `cannot read ${path}` };
  }
}

const noLogs: LogFiles = { eventLog: null, ccel: null, cel: null, workload: null };

/** The logs that --explain explains: those of the flags, else those of the evidence file. */
function logsOf(flags: LogFlags, input: EvidenceInput | Refusal): LogFiles | null | UnusableFile {
  const paths = [flags.log, flags.ccel, flags.cel];
  if (flags.explain !== true)
    return paths.every((path) => path === undefined)
      ? null
      : { unusable: "--log, --ccel and --cel need --explain" };
  const given = "logs" in input ? input.logs : noLogs;
  const eventLog = bytesOfFile(flags.log, given.eventLog);
  if (isUnusable(eventLog)) return eventLog;
  const ccel = bytesOfFile(flags.ccel, given.ccel);
  if (isUnusable(ccel)) return ccel;
  const cel = bytesOfFile(flags.cel, given.cel);
  if (isUnusable(cel)) return cel;
  const logs = { eventLog, ccel, cel, workload: given.workload };
  return hasLogs(logs)
    ? logs
    : { unusable: "--explain needs a log: in the evidence file, or by --log, --ccel or --cel" };
}

/** Reads the arguments that `cvm verify`, `cvm tcb` and simulate share. `clock` answers unix seconds. */
export function readEvidenceCommand(
  args: readonly string[],
  clock: () => bigint,
  { name, usage, explains = false }: CommandName = verifyName,
): EvidenceCommand | CommandResult {
  const usageError = (message: string): CommandResult => ({
    status: 2,
    stdout: "",
    stderr: `${name}: ${message}\n`,
  });
  const parsed = parseFlags(args, explains);
  if (parsed === null || parsed.files.length !== 1) return usageError(usage);
  const { flags, files } = parsed;
  const settings = settingsOf(flags, clock);
  if (isUnusable(settings)) return usageError(settings.unusable);
  const text = readText(files[0]!);
  if (text === null) return usageError(`cannot read ${files[0]!}`);
  const input = parseInput(text);
  if (isUnreadable(input)) return usageError(input.unreadable);
  const logs = logsOf(flags, input);
  if (isUnusable(logs)) return usageError(logs.unusable);
  return { input, settings, isJson: flags.json === true, logs };
}

/** What is printed of a verdict, and the exit status it stands for. */
export function present(verdict: InputVerdict, isJson: boolean): CommandResult {
  const stdout = isJson ? `${JSON.stringify(verdict)}\n` : textOf(verdict);
  return { status: verdict.verdict === "accepted" ? 0 : 1, stdout, stderr: "" };
}

/** Runs the command. `clock` answers unix seconds. */
export function runVerify(args: readonly string[], clock: () => bigint): CommandResult {
  const command = readEvidenceCommand(args, clock, { ...verifyName, explains: true });
  if ("status" in command) return command;
  const { input, settings, isJson, logs } = command;
  const verdict = verifyInput(input, settings);
  if (logs === null) return present(verdict, isJson);
  const explanation = explainLogs(input, logs, verdict);
  const status = verdict.verdict === "accepted" && explanation.refusal === null ? 0 : 1;
  const stdout = isJson
    ? `${JSON.stringify({ ...verdict, explanation })}\n`
    : `${textOf(verdict)}${explanationText(explanation)}`;
  return { status, stdout, stderr: "" };
}
