#!/usr/bin/env node
// `cvm` and `cvm-cli`: command line of this package.
import { runTcb, tcbUsage } from "./tcb.ts";
import { runVerify, verifyUsage } from "./verify.ts";
import type { CommandResult } from "./verify.ts";

const clock = () => BigInt(Math.floor(Date.now() / 1000));

function run([command, ...args]: readonly string[]): CommandResult {
  if (command === "verify") return runVerify(args, clock);
  if (command === "tcb") return runTcb(args, clock);
  return { status: 2, stdout: "", stderr: `${verifyUsage}\n${tcbUsage}\n` };
}

const { status, stdout, stderr } = run(process.argv.slice(2));
process.stdout.write(stdout);
process.stderr.write(stderr);
process.exitCode = status;
