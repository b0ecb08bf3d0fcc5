// Real proofs, a chain, and the contracts that verify them.
import { network } from "hardhat";
import { sha256, size, slice, toHex } from "viem";
import type { Address, Hex } from "viem";
import { proofReleases } from "../../../deployments/proof-releases.ts";
import type { RiscZeroRelease, SP1Release } from "../../../deployments/proof-releases.ts";
import { readArtifact } from "../../../scripts/artifact.ts";
import { recordedPrograms } from "../../../sdk/evidence/proof-recoding.ts";
import { overwrite } from "../../support/proof-reports.ts";
import { frozenAccess } from "../../support/intel-chain.ts";
import type { Target } from "../../support/intel-chain.ts";
import { capturedProof } from "../../support/proof-reports.ts";
import { proofCases } from "../../support/proofs.ts";

export interface Proof {
  readonly id: string;
  readonly system: "RiscZero" | "SP1";
  readonly program: Hex;
  readonly output: Hex;
  readonly proof: Hex;
}

export type Release = RiscZeroRelease | SP1Release;

export function releaseOf({ id, system, proof }: Proof): Release {
  const found = proofReleases.find(
    (release) => release.system === system && proof.startsWith(release.selector),
  );
  if (found === undefined) throw new Error(`no release of ${id}`);
  return found;
}

/** Values of TeeReportType and TEEType. */
export const systems = { SP1: 2, RiscZero: 3 } as const;
export const tees = { IntelTDX: 1, AmdSevSnp: 2 } as const;
export const formats = { Unset: 0, SNPv1: 1, SNPv2: 2, SNPv3: 3, DCAP: 4 } as const;

const { AmdSevSnp, IntelTDX } = tees;

/** Of the captured registrations, which do not name their program. */
const captured = (
  [
    ["cvm-1.5-azure-snp-registration", "azure-snp-2026-01-21", AmdSevSnp],
    ["cvm-1.5-gcp-snp-registration", "gcp-snp-2026-01-21", AmdSevSnp],
    ["cvm-1.5-gcp-tdx-registration", "gcp-tdx-2026-01-21", IntelTDX],
  ] as const
).map(([id, folder, tee]): Proof => {
  const program = toHex(recordedPrograms[tee]);
  return { id, system: "SP1", program, ...capturedProof(folder) };
});

const published = proofCases.map(({ name, system, program, output, proof }): Proof => ({
  id: name,
  system: system === systems.SP1 ? "SP1" : "RiscZero",
  program: toHex(program),
  output: toHex(output),
  proof: toHex(proof),
}));

/** All but those of PLONK, which no release here verifies. */
export const proofs = [...published, ...captured].filter(({ id }) => !id.endsWith("plonk"));

export function mustFind(id: string): Proof {
  const found = proofs.find((proof) => proof.id === id);
  if (found === undefined) throw new Error(`no proof ${id}`);
  return found;
}

export const p = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47n;
export const r = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001n;

export const wordOf = (value: bigint): Hex => `0x${value.toString(16).padStart(64, "0")}`;

/** A, B and C are the last eight words of every Groth16 proof. */
export const pointsAt = (proof: Hex): number => size(proof) - 256;

export const readWord = (bytes: Hex, at: number): bigint => BigInt(slice(bytes, at, at + 32));

/** Adds to a word, modulo 2²⁵⁶. */
export const addTo = (bytes: Hex, at: number, amount: bigint): Hex =>
  overwrite(bytes, at, wordOf(BigInt.asUintN(256, readWord(bytes, at) + amount)));

export async function startZk() {
  const connection = await network.create({ override: { allowBlocksWithSameTimestamp: true } });
  const access = await frozenAccess(connection, Date.parse("2026-02-05T01:00:00Z") / 1000);
  const deployAny = connection.viem.deployContract as unknown as (
    name: string,
    args: readonly unknown[],
  ) => Promise<{ address: Address }>;

  async function deploy(name: string, ...args: unknown[]): Promise<Target> {
    const { address } = await deployAny(name, args);
    return { address, abi: readArtifact(name).abi };
  }

  const deployRelease = (release: Release): Promise<Target> =>
    release.system === "RiscZero"
      ? deploy("RiscZeroGroth16", release.controlRoot, release.bn254ControlId)
      : deploy("SP1Groth16", release.key, release.verifierHash, release.vkRoot);

  /** What the verifier of a proof says: null, or the error with its arguments. */
  async function judge(verifier: Target, { system, program, output, proof }: Omit<Proof, "id">) {
    const { error } = await (system === "RiscZero"
      ? access.call(verifier, "verify", proof, program, sha256(output))
      : access.call(verifier, "verifyProof", program, output, proof));
    return error;
  }

  async function read<T>(target: Target, name: string, ...args: unknown[]): Promise<T> {
    const { value, error } = await access.call<T>(target, name, ...args);
    if (error !== null) throw new Error(`${name}: ${error}`);
    return value;
  }

  const request = (method: string, ...params: unknown[]): Promise<unknown> =>
    connection.provider.request({ method, params });

  return { ...access, connection, deploy, deployRelease, judge, read, request };
}

export type Zk = Awaited<ReturnType<typeof startZk>>;
