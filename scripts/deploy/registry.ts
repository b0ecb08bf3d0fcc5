// Deploys the registry and everything it needs, hands it over, and writes deployments/<network>.json. Idempotent: a
// second run changes nothing, and one that was interrupted is finished by the next.
import { fileURLToPath } from "node:url";
import { sha256, toHex } from "viem";
import type { Address } from "viem";
import {
  cloudRoots,
  intelSgxRootKey,
  isDevelopment,
  requireNetworkRules,
} from "../../deployments/networks.ts";
import type { Network } from "../../deployments/networks.ts";
import { mustHaveProxy } from "../create2.ts";
import type { Clients } from "../create2.ts";
import { explain, requireNoOtherPower } from "./audit.ts";
import { configureTable, deployContracts } from "./contracts.ts";
import type { Placed, Roots } from "./contracts.ts";
import { describeDeployment } from "./describe.ts";
import { configureRoles, handOver, mayConfigure } from "./governance.ts";
import type { Governance, RoleHolders } from "./governance.ts";
import { probe, requireAsProbed } from "./probe.ts";
import { configureProofs } from "./proofs.ts";
import { readDeployment, writeDeployment } from "./record.ts";
import type { Deployment } from "./record.ts";

export type { Roots } from "./contracts.ts";
export type { Deployment } from "./record.ts";

/** Who holds what. On a development chain the deployer where one is absent; elsewhere none may be the deployer. */
export interface Holders extends Partial<RoleHolders> {
  readonly applicationOwner?: Address;
}

export interface DeployRegistryParameters extends Clients, Holders {
  readonly network: Network;
  readonly roots: Roots;
  /** Folder of <network>.json, read and written; null keeps the result in memory. Default: deployments/. */
  readonly folder?: string | null;
  /** What an earlier run wrote, where there is no folder to read it from. */
  readonly recorded?: Deployment | null;
}

const holderNames = ["admin", "governor", "guardian", "applicationOwner"] as const;

function requireRoots(chainId: number, { intelRoot, akRoots }: Roots): void {
  const takes = `chain ${chainId} takes the vendors' own trust roots only, never simulated ones`;
  if (toHex(intelRoot) !== intelSgxRootKey)
    throw new Error(`${takes}: Intel's is ${intelSgxRootKey}, not ${toHex(intelRoot)}`);
  // Without one every record is `unproven`, and a root can never be added.
  if (akRoots.length === 0) throw new Error(`${takes}: name at least one root of a cloud`);
  for (const { cloud, der } of akRoots) {
    const found = sha256(der);
    const owner = cloudRoots.find((root) => root.sha256 === found);
    if (owner === undefined)
      throw new Error(`${takes}: ${found} is none of the clouds' (deployments/networks.ts)`);
    if (owner.cloud !== cloud)
      throw new Error(`${takes}: ${found} is the root of cloud ${owner.cloud}, not of cloud ${cloud}`);
  }
}

function requireHolders(chainId: number, deployer: Address, holders: Holders): void {
  for (const name of holderNames) {
    const holder = holders[name];
    if (holder === undefined || BigInt(holder) === 0n)
      throw new Error(`chain ${chainId} is no development chain: name its ${name}`);
    if (BigInt(holder) === BigInt(deployer))
      throw new Error(`the deployer must not stay ${name} on chain ${chainId}: name another account`);
  }
  for (const name of ["admin", "governor"] as const)
    if (BigInt(holders.guardian!) === BigInt(holders[name]!))
      throw new Error(`guardian and ${name} must be two: the guardian stops what is scheduled`);
}

/** Throws when this network, these roots or these holders must not be deployed. */
export function requireDeployable(network: Network, roots: Roots, deployer: Address, holders: Holders): void {
  requireNetworkRules(network);
  if (isDevelopment(network.chainId)) return;
  requireRoots(network.chainId, roots);
  requireHolders(network.chainId, deployer, holders);
}

export const defaultFolder = fileURLToPath(new URL("../../deployments", import.meta.url));

/** File of a network's deployment. */
export const recordOf = (folder: string, { name }: Network): string => `${folder}/${name}.json`;

/** The deployer's account. Throws while transactions of it are on their way: what they do is not seen yet. */
async function requireDeployer({ publicClient, walletClient }: Clients): Promise<Address> {
  const deployer = walletClient.account?.address;
  if (deployer === undefined) throw new Error("the wallet client has no account");
  const [mined, sent] = await Promise.all([
    publicClient.getTransactionCount({ address: deployer, blockTag: "latest" }),
    publicClient.getTransactionCount({ address: deployer, blockTag: "pending" }),
  ]);
  if (sent > mined)
    throw new Error(`${sent - mined} transactions of ${deployer} are pending: run again once they are mined`);
  return deployer;
}

const governanceOf = (
  deployer: Address,
  placed: Placed,
  holders: RoleHolders,
  delaySeconds: number,
): Governance => ({
  deployer,
  manager: placed.manager,
  targets: {
    CVMRegistry: placed.registry,
    IntelCollateral: placed.collateral,
    AKCertificates: placed.certificates,
    ProofVerifier: placed.proofs.proofVerifier,
    AMDMinimums: placed.proofs.minimums,
  },
  holders,
  delaySeconds,
});

export async function deployRegistry(parameters: DeployRegistryParameters): Promise<Deployment> {
  const { publicClient, walletClient, onTransaction, network, roots } = parameters;
  const clients: Clients = { publicClient, walletClient, ...(onTransaction && { onTransaction }) };
  const chainId = await publicClient.getChainId();
  if (chainId !== network.chainId)
    throw new Error(`${network.name} is chain ${network.chainId}, not ${chainId}`);
  const deployer = await requireDeployer(clients);
  requireDeployable(network, roots, deployer, parameters);
  requireAsProbed(network, await probe(publicClient));

  const folder = parameters.folder === undefined ? defaultFolder : parameters.folder;
  const known =
    folder === null ? (parameters.recorded ?? null) : readDeployment(recordOf(folder, network), chainId);
  const { admin = deployer, governor = deployer, guardian = deployer } = parameters;
  const { applicationOwner = deployer } = parameters;
  const deploying = { ...clients, deployer, contracts: { ...known?.contracts } };
  await mustHaveProxy(clients, isDevelopment(chainId));
  const placed = await deployContracts(deploying, { network, roots, applicationOwner });

  const governance = governanceOf(deployer, placed, { admin, governor, guardian }, network.adminDelaySeconds);
  const { block } = deploying.contracts["AccessManager"]!;
  const isRecorded = known?.contracts["AccessManager"]?.address === placed.manager;
  const mayStay = deployer !== admin && (await mayConfigure(clients, governance));
  const audited = { network, governance, placed, since: BigInt(block ?? 0), isRecorded, mayStay };
  await explain(publicClient, audited, async () => {
    await configureProofs(deploying, governance, placed.proofs);
    await configureTable(deploying, governance, placed.registry, placed.entries);
    await configureRoles(clients, governance);
  });
  // Nothing is handed over to what is amiss, and while the deployer still has power it is no loss to say so.
  if (mayStay) await requireNoOtherPower(publicClient, audited);
  await handOver(clients, governance);
  await requireNoOtherPower(publicClient, { ...audited, mayStay: false });

  const deployment = await describeDeployment(publicClient, { network, roots, governance, deploying });
  if (folder !== null) writeDeployment(folder, deployment);
  return deployment;
}
