// `npm test`: builds the contracts and their bindings, runs every test file with node's runner and those in Solidity
// with Hardhat's, and closes with the line `N passed, N failed` that CI reads. Extra arguments name the test files to
// run instead of all.
import { spawn } from "node:child_process";
import { globSync } from "node:fs";

const env = { ...process.env, HARDHAT_DISABLE_TELEMETRY: "true", CI: process.env["CI"] ?? "true" };

const deadlineMinutes = 18;

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
    // A test that leaves a server open would hold the runner for ever (and a forced exit loses its summary). The suite takes
    // thirteen minutes of two quiet cores.
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

const named = process.argv.slice(2);
const files = named.length > 0 ? named : globSync("test/**/*{.test.ts,.t.sol}").sort();
const solidityFiles = files.filter((file) => file.endsWith(".sol"));
const nodeFiles = files.filter((file) => !file.endsWith(".sol"));
for (const args of [["node_modules/.bin/hardhat", "build", "--quiet"], ["scripts/abi.ts"]]) {
  if ((await run(process.execPath, args, () => undefined)) !== 0) {
    console.log("0 passed, 1 failed");
    process.exit(1);
  }
}

const counts = { pass: 0, fail: 0, cancelled: 0, skipped: 0 };
let code = 0;
if (nodeFiles.length > 0)
  code = await run(
    process.execPath,
    ["--test", "--test-timeout=600000", "--test-concurrency=2", "--test-reporter=spec", ...nodeFiles],
    (line) => {
      const match = /^(?:# |ℹ )(pass|fail|cancelled|skipped) (\d+)$/.exec(line);
      if (match) counts[match[1] as keyof typeof counts] = Number(match[2]);
    },
  );
if (solidityFiles.length > 0) {
  const args = ["node_modules/.bin/hardhat", "test", "solidity", ...solidityFiles];
  let passing = 0;
  const outcome = await run(process.execPath, args, (line) => {
    const match = /^ +(\d+) (passing|failing)$/.exec(line);
    if (match?.[2] === "passing") passing += Number(match[1]);
    else if (match) counts.fail += Number(match[1]);
  });
  counts.pass += passing;
  // Files that hold no test, or a runner that says it otherwise, must not pass for success.
  code ||= passing > 0 ? outcome : 1;
}
const failed = counts.fail + counts.cancelled;
if (code !== 0 && failed === 0) counts.fail = 1;
console.log(`${counts.pass} passed, ${Math.max(failed, counts.fail)} failed, ${counts.skipped} skipped`);
process.exit(code === 0 && counts.pass > 0 ? 0 : 1);
