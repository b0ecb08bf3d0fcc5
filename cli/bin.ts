#!/usr/bin/env node
// `cvm` and `cvm-cli`: command line of this package.
import { checkUsage, runCheck } from "./check.ts";
import { collateralUsage, runCollateral } from "./collateral.ts";
import { runTcb, tcbUsage } from "./tcb.ts";
import { runVerify, verifyUsage } from "./verify.ts";
import type { CommandResult } from "./verify.ts";

const clock = () => BigInt(Math.floor(Date.now() / 1000));

async function run([command, ...args]: readonly string[]): Promise<CommandResult> {
  if (command === "verify") return runVerify(args, clock);
  if (command === "collateral") return runCollateral(args, clock);
  if (command === "tcb") return runTcb(args, clock);
  if (command === "check") return runCheck(args);
  const usages = [verifyUsage, tcbUsage, collateralUsage, checkUsage];
  return { status: 2, stdout: "", stderr: `${usages.join("\n")}\n` };
}

const { status, stdout, stderr } = await run(process.argv.slice(2));
process.stdout.write(stdout);
process.stderr.write(stderr);
process.exitCode = status;
