// Releases of RISC Zero and SP1 and how they stand (specs/zk.md §1, §2). A proof begins with its release's selector. What a
// registry believes is what its governance admitted there; what is deployed derives from this list.
import { fromHex, toHex } from "../../evidence/bytes.ts";
import { reportTypes } from "../../evidence/registration.ts";
import { sp1KeyV4, sp1KeyV5, sp1KeyV6, sp1KeyV61 } from "./keys.ts";
import { riscZeroParametersDigest } from "./risc-zero.ts";
import type { RiscZeroParameters } from "./risc-zero.ts";
import type { Sp1Parameters } from "./sp1.ts";

/**
 * live: believed · retired: its maker routes it no more, no flaw is known · stopped: proofs of anything can be made, refused
 * for ever · disabled: never deployed by its maker, or not verified here with a real proof.
 */
export type ReleaseState = "live" | "retired" | "stopped" | "disabled";

interface Standing {
  readonly version: string;
  /** Four bytes in hex: the first of `verifierHash`. */
  readonly selector: string;
  readonly state: ReleaseState;
}

interface Keyed extends Standing {
  /** 32 bytes: VERIFIER_HASH of SP1, the digest of the verifier parameters of RISC Zero. */
  readonly verifierHash: Uint8Array;
}

export interface RiscZeroRelease extends Keyed {
  readonly system: typeof reportTypes.riscZero;
  readonly parameters: RiscZeroParameters;
}

export interface Sp1Release extends Keyed {
  readonly system: typeof reportTypes.sp1;
  readonly parameters: Sp1Parameters;
}

export type KeyedRelease = RiscZeroRelease | Sp1Release;

/** Of which nothing but the selector is known, to refuse it. */
export interface StoppedRelease extends Standing {
  readonly system: number;
  readonly state: "stopped";
  readonly parameters: null;
}

export type ProofRelease = KeyedRelease | StoppedRelease;

const selectorOfHash = (verifierHash: Uint8Array) => toHex(verifierHash.subarray(0, 4));

/** Since 1.2 the same. */
const controlId = "04446e66d300eb7fb45c9726bb53c793dda407a62e9601618bb43c5c14657ac0";

function riscZero(
  version: string,
  state: ReleaseState,
  controlRoot: string,
  bn254ControlId = controlId,
): RiscZeroRelease {
  const parameters = { controlRoot: fromHex(controlRoot), bn254ControlId: fromHex(bn254ControlId) };
  const verifierHash = riscZeroParametersDigest(parameters);
  const selector = selectorOfHash(verifierHash);
  return { system: reportTypes.riscZero, version, selector, verifierHash, state, parameters };
}

function sp1(
  version: string,
  state: ReleaseState,
  hash: string,
  key: Sp1Parameters["key"],
  vkRoot: string | null = null,
): Sp1Release {
  const parameters = { key, vkRoot: vkRoot === null ? null : fromHex(vkRoot) };
  const verifierHash = fromHex(hash);
  const selector = selectorOfHash(verifierHash);
  return { system: reportTypes.sp1, version, selector, verifierHash, state, parameters };
}

export const developmentSelector = "0xffffffff";

/** Fake receipts of the development modes: no proof at all. */
const development = (system: number): StoppedRelease => ({
  system,
  version: "development",
  selector: developmentSelector,
  state: "stopped",
  parameters: null,
});

/**
 * Control roots and ids: contracts/src/groth16/ControlID.sol of risc0/risc0-ethereum, each tag from v1.0.0 to v3.0.1. What its
 * maker routes: contracts/deployment.toml of risc0-ethereum@6329676.
 */
export const riscZeroReleases: readonly RiscZeroRelease[] = [
  // Absent from deployment.toml.
  riscZero(
    "1.0",
    "retired",
    "a516a057c9fbf5629106300934d48e0e775d4230e41e503347cad96fcbde7e2e",
    "0eb6febcf06c5df079111be116f79bd8c7e85dc9448776ef9a59aaf2624ab551",
  ),
  // 1.1 and 1.2: unroutable since 2025-11-10.
  riscZero(
    "1.1",
    "retired",
    "8b6dcf11d463ac455361b41fb3ed053febb817491bdea00fdb340e45013b852e",
    "05a022e1db38457fb510bc347b30eb8f8cf3eda95587653d0eac19e1f10d164e",
  ),
  riscZero("1.2", "retired", "8cdad9242664be3112aba377c5425a4df735eb1c6966472b561d2855932c0469"),
  // GHSA-g3qg-6746-3mg9.
  riscZero("2.0", "stopped", "539032186827b06719244873b17b2d4c122e2d02cfb1994fe958b2523b844576"),
  // GHSA-f6rc-24x4-ppxp: division circuit.
  riscZero("2.1", "stopped", "884389273e128b32475b334dec75ee619b77cb33d41c332021fe7e44c746ee60"),
  // Routed; 2.3 is the same release.
  riscZero("2.2", "live", "ce52bf56033842021af3cf6db8a50d1b7535c125a34f1a22c6fdcf002c5a1529"),
  // Routed.
  riscZero("3.0", "live", "a54dc85ac99f851c92d7c96d7318af41dbe7c0194edfcc37eb4d422a998c1f56"),
  // In the sources, not in deployment.toml.
  riscZero("5.0-rc.1", "disabled", "b1f64013f70bbb386a8b3a3d63552c5cb5ea4a549ec7fb1ecc2a031dbf488167"),
];

/** VERIFIER_HASH and VK_ROOT: succinctlabs/sp1-contracts@d362972, contracts/src/<version>/SP1VerifierGroth16.sol. */
export const sp1Releases: readonly Sp1Release[] = [
  // Superseded by v5; no Groth16 proof of it is held.
  sp1("v4.0.0-rc.3", "retired", "11b6a09d63d255ad425ee3a7f6211d5ec63fbde9805b40551c3136275b6f4eb4", sp1KeyV4),
  // Routed by the gateways; the captured registrations of 2026-01 use it.
  sp1("v5.0.0", "live", "a4594c59bbc142f3b81c3ecb7f50a7c34bc9af7c4c444b5d48b795427e285913", sp1KeyV5),
  // Routed by the gateways; redeployed by Succinct after a fix of delta, which a real proof confirms.
  sp1(
    "v6.0.0",
    "live",
    "0e78f4db7a6771a3a6a7d9c3b0de6fe73d58781368967a7fe84d87aefffec896",
    sp1KeyV6,
    "008cd56e10c2fe24795cff1e1d1f40d3a324528d315674da45d26afb376e8670",
  ),
  // Until a real proof passes: a first deployment on Sepolia was broken (V6_1_0_BROKEN).
  sp1(
    "v6.1.0",
    "disabled",
    "4388a21c687fdd5f218d7e3d13190cac4c5355818d3605fd5fb811df468ee696",
    sp1KeyV61,
    "002f850ee998974d6cc00e50cd0814b098c05bfade466d28573240d057f25352",
  ),
];

export const knownReleases: readonly ProofRelease[] = [
  ...riscZeroReleases,
  development(reportTypes.riscZero),
  ...sp1Releases,
  development(reportTypes.sp1),
];

/**
 * What a registry knows by default: the live ones, which deployment admits, and the stopped ones, which ProofVerifier.sol
 * freezes from the first block on. It never heard of the others.
 */
export const registryReleases: readonly ProofRelease[] = knownReleases.filter(
  ({ state }) => state === "live" || state === "stopped",
);
