// What is deployed, in the order in which each needs the ones before it.
import { encodeFunctionData, toHex, zeroAddress } from "viem";
import type { Address, Hex } from "viem";
import { anchorSources } from "../../deployments/networks.ts";
import type { Network } from "../../deployments/networks.ts";
import { readArtifact } from "../artifact.ts";
import { deployContract } from "../create2.ts";
import { deploy, deployFactory } from "./factory.ts";
import type { Deploying } from "./factory.ts";
import { mayConfigure } from "./governance.ts";
import type { Governance } from "./governance.ts";
import { transact } from "./transact.ts";

/** Trust roots: everything in which a simulated deployment differs from a real one. */
export interface Roots {
  /** Intel SGX Root CA public key, x‖y (64 bytes). */
  readonly intelRoot: Uint8Array;
  /** Root certificates of the clouds, DER. */
  readonly akRoots: readonly { readonly cloud: number; readonly der: Uint8Array }[];
}

export interface Wanted {
  readonly network: Network;
  readonly roots: Roots;
  readonly applicationOwner: Address;
}

// Enumerations of protocol §1: Intel TDX, verified by Solidity.
const intelTdx = 1;
const solidity = 1;

/** Deploys everything that is not there yet. */
export async function deployContracts(
  deploying: Deploying,
  { network, roots, applicationOwner }: Wanted,
): Promise<Record<"manager" | "registry" | "collateral" | "certificates" | "tdxVerifier", Address>> {
  const { contracts, deployer, ...clients } = deploying;
  const put = (name: string, args: readonly unknown[]) => deploy(deploying, name, args);
  const intelRoot = toHex(roots.intelRoot);
  const rootX: Hex = `0x${intelRoot.slice(2, 66)}`;
  const rootY: Hex = `0x${intelRoot.slice(66)}`;
  const akRoots = roots.akRoots.map(({ cloud, der }) => ({ cloud, der: toHex(der) }));

  await deployFactory(deploying, network.chainId);
  // Every constructor below asks whether P-256 can be verified. Its address is a constant of P256.sol: CREATE2.
  if (!network.p256Precompile) await deployContract(clients, contracts, "P256Fallback", []);
  const manager = await put("AccessManager", [deployer]);
  const certificates = await put("AKCertificates", [manager, akRoots]);
  const documents = await put("IntelDocuments", []);
  const { tcbInfo, qeIdentity } = network.evaluation;
  const collateral = await put("IntelCollateral", [rootX, rootY, manager, documents, tcbInfo, qeIdentity]);
  const tdxVerifier = await put("TDXVerifier", [rootX, rootY, collateral, network.hostMaxAgeSeconds]);
  const tpmVerifier = await put("TPMVerifier", []);
  const { source, maxBlocks, blockSeconds } = network.anchor;
  const registry = await put("CVMRegistry", [
    manager,
    tpmVerifier,
    certificates,
    anchorSources.indexOf(source),
    maxBlocks,
    blockSeconds,
  ]);
  // Of every application's CVMs: accounts name them as signers (ERC-7913), protocols ask a contract (ERC-1271).
  const signerVerifier = await put("CVMSignerVerifier", []);
  await put("CVMIdentitySigners", [signerVerifier]);
  await put("AttestedOracle", [registry, applicationOwner]);
  return { manager, registry, collateral, certificates, tdxVerifier };
}

/** Enters the TDX verifier into an empty table. A verifier that stands there is the governor's to replace. */
export async function configureTable(
  clients: Deploying,
  governance: Governance,
  registry: Address,
  verifier: Address,
): Promise<void> {
  const { abi } = readArtifact("CVMRegistry");
  const args = [intelTdx, solidity];
  const entered = async (): Promise<Address> =>
    (await clients.publicClient.readContract({
      address: registry,
      abi,
      functionName: "verifierOf",
      args,
    })) as Address;
  const current = await entered();
  if (current === verifier) return;
  if (current !== zeroAddress || !(await mayConfigure(clients, governance)))
    throw new Error(
      `the table holds ${current} for TDX, not ${verifier}: the governor must schedule setVerifier on ${registry}`,
    );
  const data = encodeFunctionData({ abi, functionName: "setVerifier", args: [...args, verifier, false] });
  await transact(clients, { step: "enter TDXVerifier into the table", to: registry, data });
  if ((await entered()) !== verifier) throw new Error(`the table did not take ${verifier} for TDX`);
}
