// `npm test`: builds the contracts and their bindings, runs every test file with node's runner, and closes with
// the line `N passed, N failed` that CI reads. Extra arguments name the test files to run instead of all.
import { spawn } from "node:child_process";
import { globSync } from "node:fs";

const env = { ...process.env, HARDHAT_DISABLE_TELEMETRY: "true", CI: process.env["CI"] ?? "true" };

const deadlineMinutes = 14;

function run(command: string, args: string[], onLine: (line: string) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "inherit"] });
    let rest = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      process.stdout.write(chunk);
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      lines.forEach(onLine);
    });
    // A test that leaves a server open would hold the runner for ever (and a forced exit loses its summary).
    const deadline = setTimeout(() => {
      console.log(`no end within ${deadlineMinutes} minutes`);
      child.kill("SIGKILL");
    }, deadlineMinutes * 60_000);
    child.on("error", reject).on("close", (code) => {
      clearTimeout(deadline);
      resolve(code ?? 1);
    });
  });
}

const files = process.argv.length > 2 ? process.argv.slice(2) : globSync("test/**/*.test.ts").sort();
for (const args of [["node_modules/.bin/hardhat", "build", "--quiet"], ["scripts/abi.ts"]]) {
  if ((await run(process.execPath, args, () => undefined)) !== 0) {
    console.log("0 passed, 1 failed");
    process.exit(1);
  }
}

const counts = { pass: 0, fail: 0, cancelled: 0, skipped: 0 };
const code = await run(
  process.execPath,
  ["--test", "--test-timeout=600000", "--test-concurrency=2", "--test-reporter=spec", ...files],
  (line) => {
    const match = /^(?:# |ℹ )(pass|fail|cancelled|skipped) (\d+)$/.exec(line);
    if (match) counts[match[1] as keyof typeof counts] = Number(match[2]);
  },
);
const failed = counts.fail + counts.cancelled;
if (code !== 0 && failed === 0) counts.fail = 1;
console.log(`${counts.pass} passed, ${Math.max(failed, counts.fail)} failed, ${counts.skipped} skipped`);
process.exit(code === 0 && counts.pass > 0 ? 0 : 1);
