// Releases of the proof systems as their contracts take them, and where their makers have routers. The SDK says which there are,
// how they stand and what they are verified by.
import { bn254 } from "@noble/curves/bn254.js";
import { slice, toHex } from "viem";
import type { Address, Hex } from "viem";
import { riscZeroReleases as riscZero, sp1Releases as sp1 } from "../sdk/verify/zk/releases.ts";
import type { KeyedRelease, ReleaseState } from "../sdk/verify/zk/releases.ts";
import type { G1, G2, Groth16Key } from "../sdk/verify/zk/keys.ts";

export interface Point {
  readonly x: bigint;
  readonly y: bigint;
}

/** A point of G2 as the pairing precompile reads it: x imaginary, x real, y imaginary, y real. */
export type Point2 = readonly [bigint, bigint, bigint, bigint];

/** SP1 publishes the points of G2 negative, as `SP1Groth16` takes them. */
export interface NegatedKey {
  readonly alpha: Point;
  readonly betaNeg: Point2;
  readonly gammaNeg: Point2;
  readonly deltaNeg: Point2;
  readonly ic: readonly Point[];
}

export const toPoint = ([x, y]: G1): Point => ({ x, y });
export const toPoint2 = ([x0, x1, y0, y1]: G2): Point2 => [x1, x0, y1, y0];

const { Fp } = bn254.fields;
const negate = ([x1, x0, y1, y0]: Point2): Point2 => [x1, x0, Fp.neg(y1), Fp.neg(y0)];

export const toNegatedKey = ({ alpha, beta, gamma, delta, ic }: Groth16Key): NegatedKey => ({
  alpha: toPoint(alpha),
  betaNeg: negate(toPoint2(beta)),
  gammaNeg: negate(toPoint2(gamma)),
  deltaNeg: negate(toPoint2(delta)),
  ic: ic.map(toPoint),
});

interface Release {
  readonly version: string;
  /** First bytes of `verifierHash`. */
  readonly selector: Hex;
  /** What the contract states as VERIFIER_HASH. */
  readonly verifierHash: Hex;
  readonly state: ReleaseState;
}

export interface RiscZeroRelease extends Release {
  readonly system: "RiscZero";
  readonly controlRoot: Hex;
  /** In Solidity's byte order. */
  readonly bn254ControlId: Hex;
}

export interface SP1Release extends Release {
  readonly system: "SP1";
  readonly key: NegatedKey;
  /** Root of the recursion keys; zero until v5, whose proofs name none. */
  readonly vkRoot: Hex;
}

function releaseOf({ version, state, verifierHash: bytes }: KeyedRelease): Release {
  const verifierHash = toHex(bytes);
  return { version, selector: slice(verifierHash, 0, 4), verifierHash, state };
}

export const riscZeroReleases: readonly RiscZeroRelease[] = riscZero.map((release) => ({
  system: "RiscZero",
  ...releaseOf(release),
  controlRoot: toHex(release.parameters.controlRoot),
  bn254ControlId: toHex(release.parameters.bn254ControlId),
}));

export const sp1Releases: readonly SP1Release[] = sp1.map((release) => ({
  system: "SP1",
  ...releaseOf(release),
  key: toNegatedKey(release.parameters.key),
  vkRoot: toHex(release.parameters.vkRoot ?? new Uint8Array(32)),
}));

export const proofReleases: readonly (RiscZeroRelease | SP1Release)[] = [...riscZeroReleases, ...sp1Releases];

const riscZeroElsewhere: Address = "0x0b144E07A0826182B6b59788c34b32Bfa86Fb711";

/** RiscZeroVerifierRouter by chain id (risc0-ethereum@6329676, contracts/deployment.toml). */
export const riscZeroRouters: Readonly<Record<number, Address>> = {
  1: "0x8EaB2D97Dfce405A1692a21b3ff3A172d593D319",
  10: riscZeroElsewhere,
  137: "0xdBAD523786971B75A7b1c1CFdCfECDeb59A764B9",
  8453: riscZeroElsewhere,
  42161: riscZeroElsewhere,
  43114: riscZeroElsewhere,
  59144: riscZeroElsewhere,
  84532: riscZeroElsewhere,
  421614: riscZeroElsewhere,
  560048: "0x32Db7dc407AC886807277636a1633A1381748DD8",
  11155111: "0x925d8331ddc0a1F0d96E68CF073DFE1d92b69187",
  11155420: "0xB369b4dd27FBfb59921d3A4a3D23AC2fc32FB908",
};

const sp1Elsewhere: Address = "0x397A5f7f3dBd538f23DE225B51f532c34448dA9B";

/** SP1VerifierGateway of Groth16 proofs by chain id (sp1-contracts@d362972, contracts/deployments). */
export const sp1Gateways: Readonly<Record<number, Address>> = {
  1: sp1Elsewhere,
  10: sp1Elsewhere,
  8453: sp1Elsewhere,
  42161: sp1Elsewhere,
  84532: sp1Elsewhere,
  560048: "0x7DA83eC4af493081500Ecd36d1a72c23F8fc2abd",
  11155111: sp1Elsewhere,
};
