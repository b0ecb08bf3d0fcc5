// `npm run coverage`: statements of the contracts that no test runs, mocks left out. Each must stand in docs/coverage.md
// with the reason, and nothing else may. There are statements only and no branches (a revert is a statement of its
// own, so is what follows it); what a condition decides is `npm run deletions`' to hold. Closes with `N of M lines run`;
// exit status 1 on a line that is not listed, or listed and run, and on a failing test. Arguments name the test files to
// run instead of all.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, globSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { linesOf } from "./coverage/lines.ts";
import { hitsFolder, statementsFolder } from "./coverage/plugin.ts";
import { copyProject } from "./deletions/clone.ts";
import { skipped, suiteOf } from "./deletions/suite.ts";
import type { Line } from "./coverage/lines.ts";
import type { Statement } from "./coverage/plugin.ts";

const root = realpathSync(fileURLToPath(new URL("..", import.meta.url)));
const list = "docs/coverage.md";
const env = { ...process.env, HARDHAT_DISABLE_TELEMETRY: "true", CI: "true" };
const fileDeadline = 20 * 60_000;

/** Rows `| file | text of the line | reason |`. A line is named by its text: its number changes. */
function readList(): Set<string> {
  const rows = readFileSync(`${root}/${list}`, "utf8").matchAll(
    /^\| `(contracts\/\S+)` \| `(.+?)` \| .+ \|$/gm,
  );
  return new Set([...rows].map(([, file, text]) => `${file} ${text}`));
}

/** A copy with contracts that report what they run, where `readArtifact` finds them. */
function buildClone(): string {
  const name = createHash("sha256").update(root).digest("hex").slice(0, 8);
  const clone = `${realpathSync(tmpdir())}/cvm-coverage-${name}`;
  for (const folder of ["contracts", "artifacts", "cache", "coverage"])
    rmSync(`${clone}/${folder}`, { recursive: true, force: true });
  copyProject(root, clone, "./scripts/coverage/plugin.ts");
  cpSync(`${root}/contracts`, `${clone}/contracts`, { recursive: true });
  const hardhat = ["node_modules/hardhat/dist/src/cli.js", "build", "--quiet", "--no-tests"];
  const { status, stderr } = spawnSync(process.execPath, hardhat, { cwd: clone, encoding: "utf8", env });
  if (status !== 0) throw new Error(`the instrumented contracts do not compile\n${stderr}`);
  return clone;
}

/** Runs one file in a process of its own. Returns its failing tests. */
function runFile(clone: string, file: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const args = ["--test-reporter=tap", `--test-skip-pattern=${skipped}`, file];
    const child = spawn(process.execPath, args, { cwd: clone, env, stdio: ["ignore", "pipe", "ignore"] });
    const timer = setTimeout(() => child.kill("SIGKILL"), fileDeadline);
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
    child.on("error", reject).on("close", (code) => {
      clearTimeout(timer);
      const failures = output.matchAll(/^\s*not ok \d+ - (.*)\n(?:.*\n)*?\s*error: (?:\|-\n\s*)?(.*)$/gm);
      const failed = [...failures].map(([, name = "", error = ""]) => `${name}: ${error}`);
      resolve(code === 0 || failed.length > 0 ? failed : [`exit code ${code}`]);
    });
  });
}

/** Runs the files, two at a time. Returns `file: test` of each that fails. */
async function runSuite(clone: string, files: readonly string[]): Promise<string[]> {
  const failures: string[] = [];
  const queue = files.values();
  const work = async (): Promise<void> => {
    for (const file of queue)
      for (const test of await runFile(clone, file)) {
        failures.push(`${file}: ${test}`);
        console.log(`failed: ${file}: ${test}`);
      }
  };
  await Promise.all([work(), work()]);
  return failures;
}

const readJson = <T>(path: string): T => JSON.parse(readFileSync(path, "utf8")) as T;

function readLines(clone: string): Line[] {
  const filesIn = (folder: string) => globSync(`${clone}/${folder}/*.json`).sort();
  const hits = new Set(filesIn(hitsFolder).flatMap((path) => readJson<string[]>(path)));
  return filesIn(statementsFolder).flatMap((path) => {
    const { file, statements } = readJson<{ file: string; statements: Statement[] }>(path);
    return linesOf(file, readFileSync(`${clone}/${file}`, "utf8"), statements, hits);
  });
}

const clone = buildClone();
const named = process.argv.slice(2);
const failures = await runSuite(clone, named.length > 0 ? named : suiteOf(clone));
const lines = readLines(clone);
const listed = readList();
const missed = lines.filter(({ isRun }) => !isRun);
const names = new Set(missed.map(({ file, text }) => `${file} ${text}`));
const unlisted = missed.filter(({ file, text }) => !listed.has(`${file} ${text}`));
const stale = named.length > 0 ? [] : [...listed].filter((name) => !names.has(name));
for (const { file, number, text } of unlisted) console.log(`not run: ${file}:${number} ${text}`);
for (const name of stale) console.log(`listed in ${list}, but run or gone: ${name}`);
if (failures.length > 0)
  console.log(`${failures.length} tests failed: what they would have run is not counted`);
console.log(`${lines.length - missed.length} of ${lines.length} lines run`);
process.exitCode = unlisted.length + stale.length + failures.length === 0 && lines.length > 0 ? 0 : 1;
