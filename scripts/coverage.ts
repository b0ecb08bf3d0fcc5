// `npm run coverage`: lines of the contracts that no test runs, mocks left out. Each must stand in docs/coverage.md with
// the reason, and nothing else may. Hardhat counts statements and no branches (a revert is a statement of its own);
// what a condition decides is `npm run deletions`' to hold. Closes with `N of M lines run`; exit status 1 on a line
// that is not listed, or listed and run.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { copyProject } from "./deletions/clone.ts";
import { suiteOf } from "./deletions/suite.ts";

const root = realpathSync(fileURLToPath(new URL("..", import.meta.url)));
const list = "docs/coverage.md";

interface Line {
  readonly file: string;
  readonly number: number;
  readonly text: string;
  readonly isRun: boolean;
}

/** Lines of lcov.info: `SF:` opens a file, `DA:line,count` is one of its lines. */
export function readLcov(lcov: string, linesOf: (file: string) => readonly string[]): Line[] {
  let file = "";
  return lcov.split("\n").flatMap((record): Line[] => {
    if (record.startsWith("SF:")) file = record.slice(3);
    if (!record.startsWith("DA:") || file.startsWith("contracts/mocks/")) return [];
    const [number = 0, count = 0] = record.slice(3).split(",").map(Number);
    return [{ file, number, text: linesOf(file)[number - 1]?.trim() ?? "", isRun: count > 0 }];
  });
}

/** Rows `| file | text of the line | reason |`. A line is named by its text: its number changes. */
function readList(): Set<string> {
  const rows = readFileSync(`${root}/${list}`, "utf8").matchAll(
    /^\| `(contracts\/\S+)` \| `(.+?)` \| .+ \|$/gm,
  );
  return new Set([...rows].map(([, file, text]) => `${file} ${text}`));
}

/** In a copy, as the instrumented contracts would take the place of the others. */
function measure(): string {
  const clone = `${realpathSync(tmpdir())}/cvm-coverage-${createHash("sha256").update(root).digest("hex").slice(0, 8)}`;
  copyProject(root, clone);
  rmSync(`${clone}/coverage`, { recursive: true, force: true });
  cpSync(`${root}/contracts`, `${clone}/contracts`, { recursive: true });
  const hardhat = ["node_modules/hardhat/dist/src/cli.js", "test", "nodejs", "--coverage"];
  // Its exit status is not asked for: tests of gas fail here, and `npm test` says which others do.
  spawnSync(process.execPath, [...hardhat, ...suiteOf(clone)], {
    cwd: clone,
    stdio: ["ignore", "ignore", "inherit"],
    timeout: 40 * 60_000,
    env: { ...process.env, HARDHAT_DISABLE_TELEMETRY: "true" },
  });
  return readFileSync(`${clone}/coverage/lcov.info`, "utf8");
}

const linesOf = (file: string) => readFileSync(`${root}/${file}`, "utf8").split("\n");
const lines = readLcov(measure(), linesOf);
const listed = readList();
const missed = lines.filter(({ isRun }) => !isRun);
const names = new Set(missed.map(({ file, text }) => `${file} ${text}`));
const unlisted = missed.filter(({ file, text }) => !listed.has(`${file} ${text}`));
const stale = [...listed].filter((name) => !names.has(name));
for (const { file, number, text } of unlisted) console.log(`not run: ${file}:${number} ${text}`);
for (const name of stale) console.log(`listed in ${list}, but run or gone: ${name}`);
console.log(`${lines.length - missed.length} of ${lines.length} lines run`);
process.exitCode = unlisted.length + stale.length === 0 && lines.length > 0 ? 0 : 1;
