// Deletes checks in two clones side by side, and writes down which test noticed.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Check } from "./checks.ts";
import { Artifacts } from "./clone.ts";
import { Order, runFile } from "./suite.ts";

export interface Result {
  readonly line: string;
  /** File and name of the first test that went red, or null when none did. */
  readonly noticedBy: string | null;
}

export type Report = Record<string, Result>;

export const lineOf = ({ file, line, place, text }: Check): string => `${file}:${line} ${place} | ${text}`;

export function readReport(path: string): Report {
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Report) : {};
}

interface Run {
  readonly clones: readonly string[];
  readonly order: Order;
  /** How many files are run before a check counts as survived. */
  readonly most: number;
  readonly reportPath: string;
  readonly report: Report;
}

/** Runs all of `checks`; the report is kept after each. Throws when a test is red with nothing deleted. */
export async function removeChecks(checks: readonly Check[], run: Run): Promise<void> {
  mkdirSync(dirname(run.reportPath), { recursive: true });
  const queue = [...checks];
  const sound = new Map<string, Promise<boolean>>();
  let done = 0;
  const work = async (clone: string): Promise<void> => {
    const artifacts = new Artifacts(clone);
    for (let check = queue.shift(); check !== undefined; check = queue.shift()) {
      const began = performance.now();
      const noticedBy = await removeCheck(check, clone, artifacts, run, sound);
      run.report[check.key] = { line: lineOf(check), noticedBy };
      writeFileSync(run.reportPath, JSON.stringify(run.report, null, 1));
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      console.log(`${++done}/${checks.length} ${seconds} s ${lineOf(check)} — ${noticedBy ?? "SURVIVED"}`);
    }
  };
  await Promise.all(run.clones.map(work));
}

async function removeCheck(
  check: Check,
  clone: string,
  artifacts: Artifacts,
  { order, most }: Run,
  sound: Map<string, Promise<boolean>>,
): Promise<string | null> {
  if (!artifacts.has(check.key)) throw new Error(`no bytecode has the switch of ${lineOf(check)}`);
  for (const file of order.of(`${check.file} ${check.place}`).slice(0, most)) {
    const restore = artifacts.remove(check.key);
    const outcome = await runFile(clone, file);
    restore();
    if (outcome.isGreen) {
      order.time(file, outcome.seconds);
      continue;
    }
    // A file that is red by itself would notice everything.
    const isSound = sound.get(file) ?? runFile(clone, file).then(({ isGreen }) => isGreen);
    sound.set(file, isSound);
    if (!(await isSound)) throw new Error(`${file} is red with nothing deleted (in ${clone})`);
    order.note(`${check.file} ${check.place}`, file);
    return `${file}: ${outcome.reason}`;
  }
  return null;
}
