// Deploys and configures what judges zero-knowledge proofs: the live releases of the proof systems, which programs are
// believed, and a verifier for each TEE and proof system.
import { encodeFunctionData, toHex } from "viem";
import type { Address, Hex } from "viem";
import { riscZeroReleases, sp1Releases } from "../../deployments/proof-releases.ts";
import type { RiscZeroRelease, SP1Release } from "../../deployments/proof-releases.ts";
import { defaultSnpMinimumTcb, snpProducts } from "../../sdk/verify/snp/index.ts";
import { defaultPrograms } from "../../sdk/verify/zk/programs.ts";
import { readArtifact } from "../artifact.ts";
import { deploy } from "./factory.ts";
import type { Deploying } from "./factory.ts";
import { execute, mayConfigure } from "./governance.ts";
import type { Governance } from "./governance.ts";

/** A row of the registry's table. */
export interface TableEntry {
  readonly tee: number;
  readonly reportType: number;
  /** Name under which the verifier is deployed. */
  readonly name: string;
  readonly verifier: Address;
}

export interface PlacedProofs {
  readonly proofVerifier: Address;
  readonly minimums: Address;
  readonly releases: readonly PlacedRelease[];
  readonly entries: readonly TableEntry[];
}

interface PlacedRelease {
  /** TeeReportType of protocol §1. */
  readonly system: number;
  readonly version: string;
  readonly selector: Hex;
  readonly verifierHash: Hex;
  readonly verifier: Address;
}

// Enumerations of protocol §1.
const tees = { TDX: 1, SNP: 2 } as const;
const systems = { SP1: 2, RiscZero: 3 } as const;

const entryName = (tee: keyof typeof tees, system: keyof typeof systems): string =>
  `${tee}ProofVerifier-${system}`;
const releaseName = (release: SP1Release | RiscZeroRelease): string =>
  `${contractOfRelease(release).name}-${release.version}`;

const liveReleases = [...sp1Releases, ...riscZeroReleases].filter(({ state }) => state === "live");

/** What verifies a release: `SP1Groth16` or `RiscZeroGroth16`, and its constructor's arguments. */
export function contractOfRelease(release: SP1Release | RiscZeroRelease) {
  const args =
    release.system === "SP1"
      ? [release.key, release.verifierHash, release.vkRoot]
      : [release.controlRoot, release.bn254ControlId];
  return { name: `${release.system}Groth16`, args };
}

async function deployRelease(deploying: Deploying, release: SP1Release | RiscZeroRelease) {
  const { system, version, selector, verifierHash } = release;
  const { args } = contractOfRelease(release);
  const verifier = await deploy(deploying, releaseName(release), args);
  return { system: systems[system], version, selector, verifierHash, verifier };
}

/** Names under which several of one contract are deployed. */
export const proofNames = (): readonly string[] => [
  ...liveReleases.map(releaseName),
  ...(["TDX", "SNP"] as const).flatMap((tee) =>
    (["SP1", "RiscZero"] as const).map((system) => entryName(tee, system)),
  ),
];

/** AMD's minimums in the constructor's order: Milan, Genoa, Turin. */
export const firstMinimums = (): Hex[] => {
  const { milan, genoa, turin } = snpProducts;
  return [milan, genoa, turin].map((product) => toHex(defaultSnpMinimumTcb[product]!));
};

export async function deployProofs(
  deploying: Deploying,
  manager: Address,
  collateral: Address,
): Promise<PlacedProofs> {
  const proofVerifier = await deploy(deploying, "ProofVerifier", [manager]);
  const minimums = await deploy(deploying, "AMDMinimums", [manager, firstMinimums()]);
  const releases: PlacedRelease[] = [];
  for (const release of liveReleases) releases.push(await deployRelease(deploying, release));
  const entries: TableEntry[] = [];
  for (const [tee, rests] of [
    ["TDX", collateral],
    ["SNP", minimums],
  ] as const)
    for (const system of ["SP1", "RiscZero"] as const) {
      const name = entryName(tee, system);
      const verifier = await deploy(deploying, name, [proofVerifier, rests, systems[system]]);
      entries.push({ tee: tees[tee], reportType: systems[system], name, verifier });
    }
  return { proofVerifier, minimums, releases, entries };
}

interface Admission {
  readonly words: string;
  readonly functionName: "admitRelease" | "admitProgram";
  readonly args: readonly unknown[];
}

const live = 1;

async function missingAdmissions(
  { publicClient }: Deploying,
  { proofVerifier, releases }: PlacedProofs,
): Promise<Admission[]> {
  const { abi } = readArtifact("ProofVerifier");
  const read = <T>(functionName: string, args: readonly unknown[]) =>
    publicClient.readContract({ address: proofVerifier, abi, functionName, args }) as Promise<T>;
  const missing: Admission[] = [];
  for (const { system, version, selector, verifierHash, verifier } of releases) {
    const [held, state] = await read<[Address, number]>("releaseOf", [system, selector]);
    if (held === verifier && state === live) continue;
    const args = [system, selector, verifier, verifierHash];
    missing.push({ words: `release ${version}`, functionName: "admitRelease", args });
  }
  for (const { tee, system, id, format } of defaultPrograms) {
    const args = [tee, system, toHex(id)];
    if ((await read<number>("formatOf", args)) === format) continue;
    const words = `program ${toHex(id).slice(0, 10)}`;
    missing.push({ words, functionName: "admitProgram", args: [...args, format] });
  }
  return missing;
}

/** Admits releases and programs in one transaction. What differs once the deployer has handed over is the governor's. */
export async function configureProofs(
  clients: Deploying,
  governance: Governance,
  placed: PlacedProofs,
): Promise<void> {
  const missing = await missingAdmissions(clients, placed);
  if (missing.length === 0) return;
  const words = missing.map((admission) => admission.words).join(", ");
  if (!(await mayConfigure(clients, governance)))
    throw new Error(`ProofVerifier does not believe ${words}: the governor must schedule what admits them`);
  const { abi } = readArtifact("ProofVerifier");
  await execute(clients, governance, {
    step: `admit proofs: ${words}`,
    target: placed.proofVerifier,
    calls: missing.map(({ functionName, args }) => encodeFunctionData({ abi, functionName, args })),
  });
  if ((await missingAdmissions(clients, placed)).length > 0)
    throw new Error("ProofVerifier did not take what was admitted");
}
