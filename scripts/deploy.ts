// Deploys the registry and everything it needs, and writes deployments/<network>.json: `node scripts/deploy.ts --help`.
// What it does is in scripts/deploy/registry.ts, which tests and the demo start from too.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createPublicClient, createWalletClient, fromHex, getAddress, http } from "viem";
import type { Address, Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { isDevelopment, networks } from "../deployments/networks.ts";
import type { Network } from "../deployments/networks.ts";
import { defaultTrust } from "../sdk/verify/roots.ts";
import type { Roots } from "./deploy/contracts.ts";
import { rehearse } from "./deploy/dry-run.ts";
import { notesOn } from "./deploy/probe.ts";
import { readDeployment } from "./deploy/record.ts";
import type { Deployment } from "./deploy/record.ts";
import { defaultFolder, deployRegistry, recordOf } from "./deploy/registry.ts";
import type { Holders } from "./deploy/registry.ts";
import type { SentTransaction } from "./deploy/transact.ts";
import { writeVerificationInputs } from "./deploy/verification.ts";

export { deployRegistry } from "./deploy/registry.ts";
export type { Deployment, Roots } from "./deploy/registry.ts";

const usage = `node scripts/deploy.ts --network NAME [--rpc URL] --admin A --governor A --guardian A --application-owner A
  --network NAME             one of ${Object.keys(networks).join(", ")} (default local)
  --rpc URL                  node of that network (default http://127.0.0.1:8545)
  --roots FILE               JSON with intelRoot and akRoots instead of the vendors' own; development chains only
  --admin, --governor, --guardian, --application-owner
                             who holds what; on a development chain the deployer where one is absent
  --out DIR                  where NETWORK.json is read and written (default deployments)
  --dry-run                  print what would be sent, send nothing; with --deployer A no key is needed, and without
                             --rpc an empty chain is deployed to; with it, what stands there is audited (docs/roles.md)
  --verification-input DIR   write the compiler's input of every contract for source verification, nothing else
The deployer's key is read from DEPLOYER_PRIVATE_KEY; a development node uses its first account.`;

const options = {
  network: { type: "string", default: "local" },
  rpc: { type: "string" },
  roots: { type: "string" },
  admin: { type: "string" },
  governor: { type: "string" },
  guardian: { type: "string" },
  "application-owner": { type: "string" },
  deployer: { type: "string" },
  out: { type: "string" },
  "dry-run": { type: "boolean", default: false },
  "verification-input": { type: "string" },
  help: { type: "boolean", default: false },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>["values"];

function readRoots(path: string): Roots {
  const json = JSON.parse(readFileSync(path, "utf8")) as {
    intelRoot: Hex;
    akRoots: { cloud: number; der: Hex }[];
  };
  return {
    intelRoot: fromHex(json.intelRoot, "bytes"),
    akRoots: json.akRoots.map(({ cloud, der }) => ({ cloud, der: fromHex(der, "bytes") })),
  };
}

function readHolders(values: Values): Holders {
  const entries = [
    ["admin", values.admin],
    ["governor", values.governor],
    ["guardian", values.guardian],
    ["applicationOwner", values["application-owner"]],
  ] as const;
  const given = entries.filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [name, getAddress(value!)]));
}

const keyAccount = () => {
  const key = process.env["DEPLOYER_PRIVATE_KEY"] as Hex | undefined;
  return key === undefined ? undefined : privateKeyToAccount(key);
};

function printDeployment({ contracts, roles }: Deployment): void {
  for (const [name, { address, codeHash }] of Object.entries(contracts))
    console.log(`${name.padEnd(18)} ${address}  code ${codeHash}`);
  for (const role of ["admin", "governor", "guardian"] as const) {
    const { holder, executionDelaySeconds, grantDelay } = roles[role];
    const delays = `acts after ${executionDelaySeconds} s, is granted after ${grantDelay.seconds} s`;
    console.log(`${role.padEnd(18)} ${holder}  ${delays}`);
  }
  console.log(`${"application owner".padEnd(18)} ${roles.applicationOwner}`);
}

function printTransactions(sent: readonly SentTransaction[]): void {
  for (const [at, { step, to, data, gasUsed }] of sent.entries())
    console.log(`${at + 1}. ${step}\n   to ${to}, ${(data.length - 2) / 2} bytes, ${gasUsed} gas`);
  const total = sent.reduce((sum, { gasUsed }) => sum + gasUsed, 0n);
  console.log(`${sent.length} transactions, ${total} gas; nothing was sent`);
}

async function run(values: Values, network: Network): Promise<void> {
  if (values.roots !== undefined && !isDevelopment(network.chainId))
    throw new Error(
      `--roots is for development chains: ${network.name} takes the vendors' own, leave it out`,
    );
  const roots = values.roots === undefined ? defaultTrust : readRoots(values.roots);
  const holders = readHolders(values);
  for (const note of notesOn(network)) console.log(`note: ${note}`);
  if (values["dry-run"]) {
    const deployer = values.deployer ?? keyAccount()?.address;
    const { deployment, sent } = await rehearse({
      network,
      roots,
      holders,
      ...(deployer === undefined ? {} : { deployer: getAddress(deployer) }),
      ...(values.rpc === undefined
        ? {}
        : {
            rpc: values.rpc,
            recorded: readDeployment(recordOf(values.out ?? defaultFolder, network), network.chainId),
          }),
    });
    printTransactions(sent);
    return printDeployment(deployment);
  }
  const transport = http(values.rpc ?? "http://127.0.0.1:8545");
  const pollingInterval = Math.max(200, network.blockMilliseconds / 4);
  const publicClient = createPublicClient({ transport, pollingInterval, cacheTime: 0 });
  const account: ReturnType<typeof keyAccount> | Address =
    keyAccount() ?? (await createWalletClient({ transport }).getAddresses())[0];
  if (account === undefined) throw new Error("set DEPLOYER_PRIVATE_KEY, the node has no account of its own");
  const walletClient = createWalletClient({ transport, account });
  const onTransaction = ({ step, hash }: SentTransaction) => console.log(`sent ${hash}: ${step}`);
  printDeployment(
    await deployRegistry({
      publicClient,
      walletClient,
      onTransaction,
      network,
      roots,
      ...(values.out === undefined ? {} : { folder: values.out }),
      ...holders,
    }),
  );
}

async function main(): Promise<void> {
  try {
    const { values } = parseArgs({ options });
    if (values.help) return console.log(usage);
    if (values["verification-input"] !== undefined)
      return writeVerificationInputs(values["verification-input"]).forEach((file) => console.log(file));
    const network = (networks as Record<string, Network>)[values.network];
    if (network === undefined) throw new Error(`no network ${values.network} in deployments/networks.ts`);
    await run(values, network);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
