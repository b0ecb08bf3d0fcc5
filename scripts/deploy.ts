// Deploys the registry and everything it needs, and writes deployments/<network>.json. Idempotent: a second run
// changes nothing. `deployRegistry` is also what tests and the demo start from.
//   node scripts/deploy.ts --roots roots.json [--network local] [--rpc http://127.0.0.1:8545]
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createPublicClient, createWalletClient, fromHex, getAbiItem, http, sha256, toHex } from "viem";
import { toFunctionSelector, zeroAddress } from "viem";
import type { Abi, AbiFunction, Address, Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import {
  anchorSources,
  cloudRootFingerprints,
  developmentChainIds,
  intelSgxRootKey,
  networks,
} from "../deployments/networks.ts";
import type { Anchor, Network } from "../deployments/networks.ts";
import { readArtifact } from "./artifact.ts";
import { deployContract, mustHaveProxy } from "./create2.ts";
import type { Clients, DeployedContract } from "./create2.ts";

/** Trust roots: everything in which a simulated deployment differs from a real one. */
export interface Roots {
  /** Intel SGX Root CA public key, x‖y (64 bytes). */
  readonly intelRoot: Uint8Array;
  /** Root certificates of the clouds, DER. */
  readonly akRoots: readonly { readonly cloud: number; readonly der: Uint8Array }[];
}

export interface Deployment {
  readonly chainId: number;
  readonly contracts: Record<string, DeployedContract>;
  readonly anchor: Anchor;
  readonly roots: { readonly intelRoot: Hex; readonly akRoots: readonly { cloud: number; sha256: Hex }[] };
  readonly roles: {
    readonly admin: Address;
    readonly adminDelaySeconds: number;
    readonly guardian: Address;
    readonly applicationOwner: Address;
  };
}

export interface DeployRegistryParameters extends Clients {
  readonly network: Network;
  readonly roots: Roots;
  /** Suspends and revokes at once, never admits; the deployer when absent. */
  readonly guardian?: Address;
  /** Folder of <network>.json, read and written; null keeps the result in memory. Default: deployments/. */
  readonly folder?: string | null;
}

const guardianRole = 1n;
const guardianActs = {
  CVMRegistry: ["suspend", "revokeAk", "revokePlatform", "bumpEpoch"],
  IntelCollateral: ["deny"],
  AKCertificates: ["revokeCertificate"],
} as const;
// Enumerations of protocol §1: Intel TDX, verified by Solidity.
const intelTdx = 1;
const solidity = 1;

const isDevelopment = (chainId: number): boolean => developmentChainIds.includes(chainId);

/** Throws when these roots must not reach this chain. */
export function requireDeployable(chainId: number, roots: Roots): void {
  if (isDevelopment(chainId)) return;
  const isSimulated =
    toHex(roots.intelRoot) !== intelSgxRootKey ||
    roots.akRoots.some(({ der }) => !cloudRootFingerprints.includes(sha256(der)));
  if (isSimulated)
    throw new Error(`chain ${chainId} takes the vendors' own trust roots only, never simulated ones`);
  throw new Error(`chain ${chainId} is no development chain: the delays of governance are not built yet`);
}

const defaultFolder = fileURLToPath(new URL("../deployments", import.meta.url));

function readKnown(file: string | null, chainId: number): Record<string, DeployedContract> {
  if (file === null || !existsSync(file)) return {};
  const known = JSON.parse(readFileSync(file, "utf8")) as Deployment;
  return known.chainId === chainId ? known.contracts : {};
}

/** Sends one call of the owner or administrator and waits for it. */
async function act(
  { publicClient, walletClient }: Clients,
  call: { address: Address; abi: Abi; functionName: string; args: readonly unknown[] },
): Promise<void> {
  const account = walletClient.account ?? null;
  const hash = await walletClient.writeContract({ ...call, account, chain: null });
  const receipt = await publicClient.waitForTransactionReceipt({ hash });
  if (receipt.status !== "success") throw new Error(`${call.functionName} reverted: ${hash}`);
}

async function configureGuardian(
  clients: Clients,
  contracts: Record<string, DeployedContract>,
  guardian: Address,
): Promise<void> {
  const manager = { address: contracts["AccessManager"]!.address, abi: readArtifact("AccessManager").abi };
  for (const [name, acts] of Object.entries(guardianActs)) {
    const { abi } = readArtifact(name);
    const target = contracts[name]!.address;
    const selectors = acts.map((act) => toFunctionSelector(getAbiItem({ abi, name: act }) as AbiFunction));
    const role = await clients.publicClient.readContract({
      ...manager,
      functionName: "getTargetFunctionRole",
      args: [target, selectors[0]],
    });
    if (role === guardianRole) continue;
    const args = [target, selectors, guardianRole];
    await act(clients, { ...manager, functionName: "setTargetFunctionRole", args });
  }
  const [isMember] = (await clients.publicClient.readContract({
    ...manager,
    functionName: "hasRole",
    args: [guardianRole, guardian],
  })) as readonly [boolean, number];
  if (!isMember)
    await act(clients, { ...manager, functionName: "grantRole", args: [guardianRole, guardian, 0] });
}

async function configureTable(clients: Clients, registry: Address, verifier: Address): Promise<void> {
  const abi = readArtifact("CVMRegistry").abi;
  const current = (await clients.publicClient.readContract({
    address: registry,
    abi,
    functionName: "verifierOf",
    args: [intelTdx, solidity],
  })) as Address;
  if (current.toLowerCase() === verifier.toLowerCase()) return;
  await act(clients, {
    address: registry,
    abi,
    functionName: "setVerifier",
    args: [intelTdx, solidity, verifier, current !== zeroAddress],
  });
}

export async function deployRegistry(parameters: DeployRegistryParameters): Promise<Deployment> {
  const { publicClient, walletClient, network, roots } = parameters;
  const clients = { publicClient, walletClient };
  const chainId = await publicClient.getChainId();
  if (chainId !== network.chainId)
    throw new Error(`${network.name} is chain ${network.chainId}, not ${chainId}`);
  requireDeployable(chainId, roots);
  const deployer = walletClient.account?.address;
  if (deployer === undefined) throw new Error("the wallet client has no account");
  const guardian = parameters.guardian ?? deployer;
  const folder = parameters.folder === undefined ? defaultFolder : parameters.folder;
  const file = folder === null ? null : `${folder}/${network.name}.json`;
  const contracts = readKnown(file, chainId);
  await mustHaveProxy(clients, isDevelopment(chainId));

  const deploy = (name: string, args: readonly unknown[]) => deployContract(clients, contracts, name, args);
  const intelRoot = toHex(roots.intelRoot);
  const rootX: Hex = `0x${intelRoot.slice(2, 66)}`;
  const rootY: Hex = `0x${intelRoot.slice(66)}`;
  const akRoots = roots.akRoots.map(({ cloud, der }) => ({ cloud, der: toHex(der) }));
  const { anchor } = network;

  const manager = await deploy("AccessManager", [deployer]);
  const certificates = await deploy("AKCertificates", [manager, akRoots]);
  const documents = await deploy("IntelDocuments", []);
  const { tcbInfo, qeIdentity } = network.evaluation;
  const collateral = await deploy("IntelCollateral", [rootX, rootY, manager, documents, tcbInfo, qeIdentity]);
  const tdxVerifier = await deploy("TDXVerifier", [rootX, rootY, collateral, network.hostMaxAgeSeconds]);
  const tpmVerifier = await deploy("TPMVerifier", []);
  const source = anchorSources.indexOf(anchor.source);
  const registry = await deploy("CVMRegistry", [
    manager,
    tpmVerifier,
    certificates,
    source,
    anchor.maxBlocks,
    anchor.blockSeconds,
  ]);
  await deploy("AttestedOracle", [registry, deployer]);

  await configureGuardian(clients, contracts, guardian);
  await configureTable(clients, registry, tdxVerifier);

  const deployment: Deployment = {
    chainId,
    contracts,
    anchor,
    roots: {
      intelRoot,
      akRoots: roots.akRoots.map(({ cloud, der }) => ({ cloud, sha256: sha256(der) })),
    },
    roles: {
      admin: deployer,
      adminDelaySeconds: network.adminDelaySeconds,
      guardian,
      applicationOwner: deployer,
    },
  };
  if (file !== null && folder !== null) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, `${JSON.stringify(deployment, null, 2)}\n`);
  }
  return deployment;
}

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

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      network: { type: "string", default: "local" },
      rpc: { type: "string", default: "http://127.0.0.1:8545" },
      roots: { type: "string" },
      guardian: { type: "string" },
    },
  });
  if (values.roots === undefined) throw new Error("--roots <file.json> with intelRoot and akRoots is needed");
  const network = (networks as Record<string, Network>)[values.network];
  if (network === undefined) throw new Error(`no network named ${values.network} in deployments/networks.ts`);
  const transport = http(values.rpc);
  const publicClient = createPublicClient({ transport, pollingInterval: 200, cacheTime: 0 });
  const key = process.env["DEPLOYER_PRIVATE_KEY"] as Hex | undefined;
  // A development node holds unlocked accounts.
  const account = key
    ? privateKeyToAccount(key)
    : (await createWalletClient({ transport }).getAddresses())[0];
  if (account === undefined) throw new Error("set DEPLOYER_PRIVATE_KEY, the node has no account of its own");
  const walletClient = createWalletClient({ transport, account });
  const deployment = await deployRegistry({
    publicClient,
    walletClient,
    network,
    roots: readRoots(values.roots),
    ...(values.guardian === undefined ? {} : { guardian: values.guardian as Address }),
  });
  for (const [name, { address, tx }] of Object.entries(deployment.contracts))
    console.log(`${name.padEnd(16)} ${address}  ${tx ?? "was there"}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
