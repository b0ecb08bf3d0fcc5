// Everything that can be set, with its default. Times in milliseconds, fees in wei.
import type { Address, Hex } from "viem";

/** What agents are asked for: evidence that Solidity verifies, or a proof of one of two systems. */
export const reportTypeNames = ["solidity", "sp1", "risc0"] as const;
export type ReportTypeName = (typeof reportTypeNames)[number];

export interface Settings {
  readonly host: string;
  readonly port: number;
  /** PGlite folder, or `memory`. */
  readonly storeFolder: string;
  /** PostgreSQL instead of the folder. */
  readonly databaseUrl: string | null;
  /** Asked of the node when null. */
  readonly chainId: bigint | null;
  /** AKCertificates of the chain: lets agents leave out an AK chain it already knows. */
  readonly akCertificates: Address | null;
  /** IntelCollateral of the chain: the relayer then brings Intel's documents that registrations need. */
  readonly intelCollateral: Address | null;
  /** Base URL of Intel's PCS or of a PCCS, where those documents come from; null brings none. */
  readonly collateralUrl: string | null;
  /** Documents that expire within this are replaced. */
  readonly collateralMarginSeconds: bigint;
  /** How often a silent source of collateral is asked before a registration goes on without. */
  readonly collateralAttempts: number;
  /** How long the source of collateral may fail before /readyz says `degraded`. */
  readonly collateralDeadlineSeconds: bigint;
  /** How long a document that was sent or refused is not tried again, and how often a failing source is asked. */
  readonly collateralPauseMs: number;
  /** What agents are asked for, in order: the next when an agent does not make the one before. */
  readonly reportTypes: readonly ReportTypeName[];
  /** Program ids to prove with instead of the newest known, each for its TEE and proof system. */
  readonly provingPrograms: readonly Hex[];
  /** How long a proof is waited for. */
  readonly provingTimeoutSeconds: number;
  /** How many proofs are under way at once. */
  readonly provingConcurrency: number;
  /** Hosts whose agents may be asked; null for any. */
  readonly agentHosts: readonly string[] | null;
  readonly anchorDepth: bigint;
  readonly maxAnchorBlocks: bigint;
  readonly blockSeconds: bigint;
  readonly agentTimeoutMs: number;
  readonly agentMaxBytes: number;
  readonly agentAttempts: number;
  readonly maxRounds: number;
  readonly rpcTimeoutMs: number;
  readonly confirmations: bigint;
  readonly bumpAfterMs: number;
  readonly retryAfterMs: number;
  readonly maxBumps: number;
  readonly nonceUsedLimit: number;
  readonly maxFeePerGas: bigint;
  readonly minBalance: bigint;
  readonly pollMs: number;
  readonly retryMs: number;
  readonly concurrency: number;
  /** How many registrations may be under way before POST answers 503. */
  readonly maxOpenRegistrations: number;
  readonly maxBodyBytes: number;
  /** How long a client may take to send its request. */
  readonly requestTimeoutMs: number;
  readonly logLevel: string;
}

export const defaultSettings: Settings = {
  host: "127.0.0.1",
  port: 8090,
  storeFolder: "cvm-relayer-data",
  databaseUrl: null,
  chainId: null,
  akCertificates: null,
  intelCollateral: null,
  collateralUrl: null,
  // Ten days (protocol §8): Intel's documents hold for 30 and are signed anew all the time, and no record outlives them.
  collateralMarginSeconds: 864_000n,
  collateralAttempts: 3,
  // Six tries at the pause below, and a fraction of the margin above.
  collateralDeadlineSeconds: 3_600n,
  collateralPauseMs: 600_000,
  reportTypes: ["solidity"],
  provingPrograms: [],
  // Proofs take two to five minutes; an anchor on Ethereum lasts for fifty.
  provingTimeoutSeconds: 1_800,
  provingConcurrency: 4,
  agentHosts: null,
  anchorDepth: 1n,
  // BLOCKHASH reaches 256 blocks (protocol §3); networks with another source say so.
  maxAnchorBlocks: 256n,
  blockSeconds: 12n,
  // An Azure paravisor takes up to a minute to refresh its report (protocol §11).
  agentTimeoutMs: 90_000,
  // The largest captured registration is 28 kB; base64 and JSON around it.
  agentMaxBytes: 262_144,
  agentAttempts: 3,
  maxRounds: 3,
  rpcTimeoutMs: 10_000,
  confirmations: 2n,
  bumpAfterMs: 45_000,
  retryAfterMs: 5_000,
  maxBumps: 8,
  // Blocks: two minutes on Ethereum, 20 s on a chain that is faster than the poll. A receipt that comes later than that
  // is paid for twice; a nonce that somebody else took is noticed that much later.
  nonceUsedLimit: 10,
  maxFeePerGas: 200_000_000_000n,
  minBalance: 10_000_000_000_000_000n,
  pollMs: 2_000,
  retryMs: 1_000,
  concurrency: 16,
  // At most 0.2 MB of evidence each, as hex (`calldataLimit`).
  maxOpenRegistrations: 1_000,
  maxBodyBytes: 262_144,
  requestTimeoutMs: 30_000,
  logLevel: "info",
};

/** The settings among the options; what is undefined keeps its default. */
export function withDefaults(options: Partial<Settings>): Settings {
  const given = Object.entries(options).filter(
    ([key, value]) => key in defaultSettings && value !== undefined,
  );
  return { ...defaultSettings, ...(Object.fromEntries(given) as Partial<Settings>) };
}
