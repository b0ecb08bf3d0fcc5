// `npm run -s simulate -- <file>`: puts an evidence file through the real contracts on a chain inside this process.
// Same file, flags, output and exit status as `cvm verify`, plus the gas of each transaction and the decoded revert.
import { present, readEvidenceCommand } from "../cli/verify.ts";
import type { CommandResult } from "../cli/verify.ts";
import { isRefusal } from "../sdk/evidence/refusal.ts";
import type { Refusal } from "../sdk/evidence/refusal.ts";
import { verifyInput } from "../sdk/verify/input-verdict.ts";
import type { InputSettings } from "../sdk/verify/input-verdict.ts";
import { buildIfNeeded } from "./build.ts";
import { simulate } from "./simulate/verdict.ts";
import type { SimulatedVerdict } from "./simulate/verdict.ts";

function withGas(result: CommandResult, verdict: SimulatedVerdict, isJson: boolean): CommandResult {
  if (isJson) return result;
  const gas = Object.entries(verdict.gas).map(([name, value]) => `  gas ${name}: ${value}\n`);
  return { ...result, stdout: result.stdout + gas.join("") };
}

const refusedInput = (input: Refusal, settings: InputSettings): SimulatedVerdict => ({
  ...verifyInput(input, settings),
  gas: {},
  revert: null,
});

async function main(): Promise<CommandResult> {
  const clock = () => BigInt(Math.floor(Date.now() / 1000));
  const command = readEvidenceCommand(process.argv.slice(2), clock);
  if ("status" in command) return command;
  const { input, settings, isJson } = command;
  buildIfNeeded();
  const verdict = isRefusal(input) ? refusedInput(input, settings) : await simulate(input, settings);
  // The evidence names a block and a registry of another chain; a verdict on that would say nothing about it.
  if (verdict.error?.startsWith("anchor."))
    return {
      status: 2,
      stdout: "",
      stderr:
        "simulate: every check before the anchor passes; the anchor is of another chain, see cvm verify\n",
    };
  return withGas(present(verdict, isJson), verdict, isJson);
}

const { status, stdout, stderr } = await main();
process.stdout.write(stdout);
process.stderr.write(stderr);
process.exitCode = status;
