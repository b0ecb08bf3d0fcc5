// `cvm verify <file>`: judges one evidence file offline (specs/evidence-input.md). Exit status 0 accepted, 1 rejected
// by a check, 2 usage error or unreadable input (message on stderr, nothing on stdout).
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Refusal } from "../sdk/evidence/refusal.ts";
import { isUnreadable, parseInput } from "../sdk/verify/input.ts";
import type { EvidenceInput } from "../sdk/verify/input.ts";
import { verifyInput } from "../sdk/verify/input-verdict.ts";
import type { InputSettings, InputVerdict } from "../sdk/verify/input-verdict.ts";
import { parseGoldenFile, parsePolicyFile } from "../sdk/verify/policy-file.ts";
import type { UnusableFile } from "../sdk/verify/policy-file.ts";
import { defaultFloor } from "../sdk/verify/policy.ts";
import { defaultTrust } from "../sdk/verify/roots.ts";

export const verifyUsage =
  "usage: cvm verify <file> [--at <unix seconds | ISO 8601>] [--json] [--policy <file>] [--golden <file>]";

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

type Flags = { at?: string; policy?: string; golden?: string; json?: boolean };

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

function textOf({ verdict, error, checks, claims, acceptance }: InputVerdict): string {
  const lines = [error === null ? verdict : `${verdict} by ${error}`];
  const width = Math.max(0, ...checks.map(({ id }) => id.length));
  for (const { status, id, detail } of checks) lines.push(`  ${status}  ${id.padEnd(width)}  ${detail}`);
  for (const [name, value] of Object.entries(claims)) lines.push(`  ${name}: ${JSON.stringify(value)}`);
  if (acceptance !== undefined)
    lines.push(acceptance.accepted ? "default floor: met" : `floor not met: ${acceptance.failed.join(", ")}`);
  return `${lines.join("\n")}\n`;
}

function parseFlags(args: readonly string[]): { flags: Flags; files: string[] } | null {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        at: { type: "string" },
        json: { type: "boolean" },
        policy: { type: "string" },
        golden: { type: "string" },
      },
    });
    return { flags: values, files: positionals };
  } catch {
    return null;
  }
}

/** An evidence file and how to judge and print it. */
export interface EvidenceCommand {
  readonly input: EvidenceInput | Refusal;
  readonly settings: InputSettings;
  readonly isJson: boolean;
}

/** Reads the arguments that `cvm verify`, `cvm tcb` and simulate share. `clock` answers unix seconds. */
export function readEvidenceCommand(
  args: readonly string[],
  clock: () => bigint,
  { name, usage }: CommandName = verifyName,
): EvidenceCommand | CommandResult {
  const usageError = (message: string): CommandResult => ({
    status: 2,
    stdout: "",
    stderr: `${name}: ${message}\n`,
  });
  const parsed = parseFlags(args);
  if (parsed === null || parsed.files.length !== 1) return usageError(usage);
  const { flags, files } = parsed;
  const settings = settingsOf(flags, clock);
  if (isUnusable(settings)) return usageError(settings.unusable);
  const text = readText(files[0]!);
  if (text === null) return usageError(`cannot read ${files[0]!}`);
  const input = parseInput(text);
  if (isUnreadable(input)) return usageError(input.unreadable);
  return { input, settings, isJson: flags.json === true };
}

/** What is printed of a verdict, and the exit status it stands for. */
export function present(verdict: InputVerdict, isJson: boolean): CommandResult {
  const stdout = isJson ? `${JSON.stringify(verdict)}\n` : textOf(verdict);
  return { status: verdict.verdict === "accepted" ? 0 : 1, stdout, stderr: "" };
}

/** Runs the command. `clock` answers unix seconds. */
export function runVerify(args: readonly string[], clock: () => bigint): CommandResult {
  const command = readEvidenceCommand(args, clock);
  if ("status" in command) return command;
  return present(verifyInput(command.input, command.settings), command.isJson);
}
