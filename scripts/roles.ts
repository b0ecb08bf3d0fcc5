// What the holders of roles send, and what of it is scheduled: `node scripts/roles.ts --help`. Nothing is sent from here.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createPublicClient, http } from "viem";
import { deploymentSchema } from "./deploy/record.ts";
import type { Deployment } from "./deploy/record.ts";
import { actOf } from "./roles/act.ts";
import { pendingOperations } from "./roles/pending.ts";

const usage = `node scripts/roles.ts act deployments/NETWORK.json CONTRACT.FUNCTION [ARGUMENT ...]
    prints the call of the guardian's act, or of a delayed one what schedules, makes and cancels it
node scripts/roles.ts pending deployments/NETWORK.json --rpc URL
    prints what is scheduled and can still be made or cancelled
Arguments: numbers in digits, bytes and addresses in hex, lists with commas. Functions: docs/roles.md.`;

async function pending(deployment: Deployment, rpc: string): Promise<void> {
  const publicClient = createPublicClient({ transport: http(rpc, { timeout: 30_000, retryCount: 1 }) });
  const chainId = await publicClient.getChainId();
  if (chainId !== deployment.chainId)
    throw new Error(`${rpc} is chain ${chainId}, the deployment is on ${deployment.chainId}`);
  print(await pendingOperations(publicClient, deployment));
}

const print = (value: unknown): void => console.log(JSON.stringify(value, null, 2));

async function main(argv: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { rpc: { type: "string" }, help: { type: "boolean", default: false } },
  });
  const [command, file, name, ...texts] = positionals;
  if (values.help) return console.log(usage);
  if (file === undefined) throw new Error(usage);
  const deployment = deploymentSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  if (command === "act" && name !== undefined) print(actOf(deployment, name, texts));
  else if (command === "pending" && name === undefined && values.rpc !== undefined)
    await pending(deployment, values.rpc);
  else throw new Error(usage);
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  try {
    await main(process.argv.slice(2));
  } catch (error) {
    console.error(`roles: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 2;
  }
