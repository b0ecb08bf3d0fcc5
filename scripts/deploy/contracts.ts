// What is deployed, in the order in which each needs the ones before it.
import { encodeFunctionData, toHex, zeroAddress } from "viem";
import type { Address, Hex } from "viem";
import { anchorSources, mayTakeProofs } from "../../deployments/networks.ts";
import type { Network } from "../../deployments/networks.ts";
import { readArtifact } from "../artifact.ts";
import { deployContract } from "../create2.ts";
import { deploy, deployFactory } from "./factory.ts";
import type { Deploying } from "./factory.ts";
import { execute, mayConfigure } from "./governance.ts";
import type { Governance } from "./governance.ts";
import { deployProofs } from "./proofs.ts";
import type { PlacedProofs, TableEntry } from "./proofs.ts";

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

export interface Placed {
  readonly manager: Address;
  readonly registry: Address;
  readonly collateral: Address;
  readonly certificates: Address;
  readonly tpmVerifier: Address;
  readonly proofs: PlacedProofs;
  /** What the registry's table has to hold. */
  readonly entries: readonly TableEntry[];
}

// Enumerations of protocol §1: Intel TDX, verified by Solidity.
const intelTdx = 1;
const solidity = 1;

/** Deploys everything that is not there yet. */
export async function deployContracts(
  deploying: Deploying,
  { network, roots, applicationOwner }: Wanted,
): Promise<Placed> {
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
  const proofs = await deployProofs(deploying, manager, collateral);
  const direct = { tee: intelTdx, reportType: solidity, name: "TDXVerifier", verifier: tdxVerifier };
  // Elsewhere evidence would be stale before a proof of it is made (protocol §3).
  const entries = mayTakeProofs(network) ? [direct, ...proofs.entries] : [direct];
  return { manager, registry, collateral, certificates, tpmVerifier, proofs, entries };
}

/** Enters verifiers into empty places of the table. One that stands there is the governor's to replace. */
export async function configureTable(
  clients: Deploying,
  governance: Governance,
  registry: Address,
  entries: readonly TableEntry[],
): Promise<void> {
  const { abi } = readArtifact("CVMRegistry");
  const missing: TableEntry[] = [];
  const entered = (tee: number, reportType: number) =>
    clients.publicClient.readContract({
      address: registry,
      abi,
      functionName: "verifierOf",
      args: [tee, reportType],
    }) as Promise<Address>;
  for (const entry of entries) {
    const { tee, reportType, name, verifier } = entry;
    const current = await entered(tee, reportType);
    if (current === verifier) continue;
    if (current !== zeroAddress || !(await mayConfigure(clients, governance)))
      throw new Error(
        `the table holds ${current} for ${name}, not ${verifier}: the governor must schedule setVerifier on ${registry}`,
      );
    missing.push(entry);
  }
  if (missing.length === 0) return;
  await execute(clients, governance, {
    step: `enter ${missing.map(({ name }) => name).join(", ")} into the table`,
    target: registry,
    calls: missing.map(({ tee, reportType, verifier }) => {
      const args = [tee, reportType, verifier, false];
      return encodeFunctionData({ abi, functionName: "setVerifier", args });
    }),
  });
  for (const { tee, reportType, name, verifier } of missing)
    if ((await entered(tee, reportType)) !== verifier)
      throw new Error(`the table did not take ${verifier} for ${name}`);
}
