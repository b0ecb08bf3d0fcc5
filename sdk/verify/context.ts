// What a verification of a registration is judged against: time, trust roots, the chain and the registry's state.
// Everything is passed in; nothing here reads a clock or a network.
import { reportTypes, teeTypes } from "../evidence/registration.ts";
import type { PolicyRecord } from "./policy.ts";
import type { SnpMinimumTcb } from "./snp/minimums.ts";
import type { JudgedTdxCollateral } from "./tdx/collateral.ts";
import type { ProofProgram } from "./zk/programs.ts";
import type { ProofRelease } from "./zk/releases.ts";

/** A pinned root of one cloud. */
export interface AkRoot {
  /** CloudType of protocol §1. */
  readonly cloud: number;
  readonly der: Uint8Array;
}

export interface TrustRoots {
  /** Intel SGX Root CA public key, x‖y (64 bytes). */
  readonly intelRoot: Uint8Array;
  readonly akRoots: readonly AkRoot[];
  /** `certificateId` of AK certificates that are no longer believed; default: none. */
  readonly revokedAkCertificates?: ReadonlySet<string>;
}

/** The registry's chain as its anchor source shows it (protocol §3). */
export interface ChainView {
  readonly chainId: bigint;
  /** Address of the registry, 20 bytes. */
  readonly registry: Uint8Array;
  /** Head of the anchor source: the block the transaction runs in. */
  readonly head: bigint;
  readonly blockSeconds: bigint;
  readonly maxAnchorBlocks: bigint;
  /** 32 bytes, or null where the source no longer (or not yet) knows the block. */
  readonly blockHash: (blockNumber: bigint) => Uint8Array | null;
}

/** What AKCertificates answers for a key: only while it is known and in date. */
export interface AkTrust {
  readonly isTrusted: boolean;
  /** Unix seconds. */
  readonly notAfter: bigint;
}

/** The order slot and record of an AK; it outlives revocation (protocol §2). */
export interface AkRecord {
  readonly identityHash: Uint8Array;
  readonly recordedBlock: bigint;
  /** False once the identity was revoked: then only newer evidence with another identity helps. */
  readonly isLive: boolean;
  readonly teeTime: bigint;
  readonly tpmTime: bigint;
}

/** A live identity. */
export interface LiveIdentity {
  readonly akId: Uint8Array;
  /** `keyProtections` of protocol §13. */
  readonly keyProtection: number;
  /** Whether the evidence on record is anchored. */
  readonly isAnchored: boolean;
}

/** A record as the registry holds it: what applications look at, and what re-attestation goes on from (protocol §8). */
export interface HeldRecord extends PolicyRecord {
  /** x‖y of the identity key. */
  readonly identityKey: Uint8Array;
  /** The first 20 bytes of the AK's id: everything of an AK is keyed by them. */
  readonly akKey: Uint8Array;
  readonly recordedBlock: bigint;
  /** Of the identity's next key-signed action. */
  readonly nonce: bigint;
  readonly classEpoch: number;
}

/** The part of the registry's state that decides whether evidence may be recorded. */
export interface RegistryState {
  readonly akRevoked: (akId: Uint8Array) => boolean;
  readonly recordOfAk: (akId: Uint8Array) => AkRecord | null;
  readonly isRetired: (identityHash: Uint8Array) => boolean;
  /** The live record of an identity, or null. */
  readonly isTaken: (identityHash: Uint8Array) => LiveIdentity | null;
  /** What `getCvm` shows of an identity; null where it shows nothing. Re-attestation alone asks. */
  readonly recordOf: (identityHash: Uint8Array) => HeldRecord | null;
}

export const emptyRegistry: RegistryState = {
  akRevoked: () => false,
  recordOfAk: () => null,
  isRetired: () => false,
  isTaken: () => null,
  recordOf: () => null,
};

/** A TEE and report type for which a verifier exists. */
export interface SupportedReport {
  readonly tee: number;
  readonly reportType: number;
}

const { intelTdx, amdSevSnp } = teeTypes;
const { solidity, sp1, riscZero } = reportTypes;

/** This version verifies Intel TDX quotes directly and both TEEs by proof. */
export const defaultSupportedReports: readonly SupportedReport[] = [
  { tee: intelTdx, reportType: solidity },
  { tee: intelTdx, reportType: sp1 },
  { tee: intelTdx, reportType: riscZero },
  { tee: amdSevSnp, reportType: sp1 },
  { tee: amdSevSnp, reportType: riscZero },
];

export interface RegistrationContext {
  /** Unix seconds. */
  readonly now: bigint;
  readonly trust: TrustRoots;
  /** Intel's documents, judged; without them no TDX quote or proof of one is accepted. */
  readonly tdxCollateral?: JudgedTdxCollateral | null;
  /** Null offline: anchored evidence cannot be accepted then. */
  readonly chain: ChainView | null;
  /** What AKCertificates holds for a key; default: nothing. */
  readonly certifiedAk?: (akId: Uint8Array, cloud: number) => AkTrust | null;
  /** Default `emptyRegistry`. */
  readonly registry?: RegistryState;
  /** Default `defaultSupportedReports`. */
  readonly supportedReports?: readonly SupportedReport[];
  /** Programs whose proofs are believed; default `defaultPrograms`. */
  readonly proofPrograms?: readonly ProofProgram[];
  /** Releases of proof systems, of which the live ones are believed; default `registryReleases`. */
  readonly proofReleases?: readonly ProofRelease[];
  /** Default `defaultSnpMinimumTcb`. */
  readonly snpMinimumTcb?: SnpMinimumTcb;
}
