// Networks that the contracts may be deployed to, as data. What differs between networks stands here and nowhere
// in code: a deployment flag never weakens a rule (protocol §9).
import type { Hex } from "viem";
import { cloudTypes } from "../sdk/evidence/registration.ts";

/** Index is the value of the contract's enum. */
export const anchorSources = ["EIP2935", "BLOCKHASH", "ARBSYS"] as const;
export type AnchorSource = (typeof anchorSources)[number];

export interface Anchor {
  readonly source: AnchorSource;
  /** How old an anchor may be, in blocks: about one hour, never above the source's window. */
  readonly maxBlocks: number;
  /** Agents anchor this many blocks below the head. */
  readonly depth: number;
  /** Seconds between two blocks, rounded up. */
  readonly blockSeconds: number;
}

/** tcbEvaluationDataNumber that verdicts rest on at first; governance raises it (IntelCollateral.setActiveEvaluation). */
export interface Evaluation {
  readonly tcbInfo: number;
  /** Intel numbers both alike, but not always on the same day. */
  readonly qeIdentity: number;
}

export interface Network {
  readonly name: string;
  readonly chainId: number;
  readonly anchor: Anchor;
  /** Time between two blocks as the chain's rules have it. */
  readonly blockMilliseconds: number;
  /** P256VERIFY answers at 0x100; where it does not, P256Fallback is deployed first. Probed at deployment. */
  readonly p256Precompile: boolean;
  /** The contract of EIP-2935 answers with hashes of the chain's own blocks. Probed at deployment. */
  readonly eip2935: boolean;
  readonly evaluation: Evaluation;
  /** How long a TDX host is remembered at most, in seconds. */
  readonly hostMaxAgeSeconds: number;
  /** Delay of administrator and governor through AccessManager, in seconds. */
  readonly adminDelaySeconds: number;
}

/** Chains that run on somebody's desk: simulated trust roots are accepted here and nowhere else, ever. */
export const developmentChainIds: readonly number[] = [31337, 1337];

export const isDevelopment = (chainId: number): boolean => developmentChainIds.includes(chainId);

const day = 86_400;

/** Blocks that each source remembers, as contracts/freshness/RecentBlock.sol has them. */
export const anchorWindows: Readonly<Record<AnchorSource, number>> = {
  EIP2935: 8191,
  BLOCKHASH: 256,
  ARBSYS: 393_168,
};

// Intel's own "standard" number since 2026-06, where the recovery of 19 was a year old. Governance only raises it.
const standardEvaluation: Evaluation = { tcbInfo: 19, qeIdentity: 19 };

// Time to see what governance scheduled and to leave: a day where nothing of value stands, a week elsewhere, which is
// how long a withdrawal from an optimistic rollup takes.
const common = { evaluation: standardEvaluation, hostMaxAgeSeconds: 90 * day } as const;
const testnet = { ...common, adminDelaySeconds: day } as const;
const mainnet = { ...common, adminDelaySeconds: 7 * day } as const;

// An OP Stack chain makes a block every two seconds and has EIP-2935 since Isthmus, P256VERIFY since Fjord. Its
// sequencer rarely takes blocks back, and then a few.
const opStack = {
  anchor: { source: "EIP2935", maxBlocks: 1800, depth: 5, blockSeconds: 2 },
  blockMilliseconds: 2000,
  p256Precompile: true,
  eip2935: true,
} as const;

// Slots of 12 s, EIP-2935 since Prague, EIP-7951 since Osaka. Reorganisations deeper than three blocks are not seen
// while the chain finalises.
const ethereum = {
  anchor: { source: "EIP2935", maxBlocks: 300, depth: 3, blockSeconds: 12 },
  blockMilliseconds: 12_000,
  p256Precompile: true,
  eip2935: true,
} as const;

export const networks = {
  // EDR holds no EIP-2935 contract (it reverts), so local chains use the opcode; they mine on an interval.
  local: {
    name: "local",
    chainId: 31337,
    anchor: { source: "BLOCKHASH", maxBlocks: 256, depth: 1, blockSeconds: 1 },
    blockMilliseconds: 1000,
    p256Precompile: true,
    eip2935: false,
    // The simulator's documents carry this number.
    evaluation: { tcbInfo: 19, qeIdentity: 19 },
    hostMaxAgeSeconds: 90 * day,
    adminDelaySeconds: 0,
  },
  // https://github.com/eth-clients/sepolia: chain 11155111, Prague 2025-03-05, Osaka 2025-10-14.
  sepolia: { name: "sepolia", chainId: 11_155_111, ...ethereum, ...testnet },
  // https://github.com/eth-clients/hoodi: chain 560048, Prague 2025-03-26, Osaka 2025-10-28.
  hoodi: { name: "hoodi", chainId: 560_048, ...ethereum, ...testnet },
  // https://docs.base.org/base-chain/specs/upgrades: Fjord 2024-07-10, Isthmus 2025-05-09; blocks of 2 s by
  // ethereum-optimism/superchain-registry, superchain/configs/mainnet/base.toml.
  base: { name: "base", chainId: 8453, ...opStack, ...mainnet },
  // ethereum-optimism/superchain-registry, superchain/configs/mainnet/op.toml: block_time 2, fjord_time 2024-07-10,
  // isthmus_time 2025-05-09.
  optimism: { name: "optimism", chainId: 10, ...opStack, ...mainnet },
  // P256VERIFY since ArbOS 31 "Bianca" (https://forum.arbitrum.foundation/t/25904), the history contract since ArbOS 40
  // "Callisto" (docs.arbitrum.io, ArbOS releases): it counts L2 blocks, as ArbSys does and the opcodes do not. A block
  // every 0.25 s, so an hour is 14,400; rounded up to whole seconds, an evidence time is up to three hours too early.
  arbitrum: {
    name: "arbitrum",
    chainId: 42_161,
    anchor: { source: "ARBSYS", maxBlocks: 14_400, depth: 20, blockSeconds: 1 },
    blockMilliseconds: 250,
    p256Precompile: true,
    eip2935: true,
    ...mainnet,
  },
  // Chain id by ethereum-lists/chains, eip155-1398243. OP Stack, block time 2 s, as docs.ata.network says of its
  // mainnet, whose configuration (superchain-registry, automata.toml) has Fjord from genesis and no Isthmus: so no
  // EIP-2935, and the opcode's 256 blocks are 8.5 minutes. Inferred for the testnet; the probe decides.
  "automata-testnet": {
    name: "automata-testnet",
    chainId: 1_398_243,
    anchor: { source: "BLOCKHASH", maxBlocks: 256, depth: 5, blockSeconds: 2 },
    blockMilliseconds: 2000,
    p256Precompile: true,
    eip2935: false,
    ...testnet,
  },
} as const satisfies Record<string, Network>;

/** Proofs take minutes to make: their report types need a window that is longer (protocol §3, last rule). */
export const mayTakeProofs = ({ chainId, anchor }: Network): boolean =>
  isDevelopment(chainId) || anchor.source !== "BLOCKHASH";

// Protocol §3, last rule: a window shorter than this is over before an honest registration is mined.
const leastWindowMilliseconds = 5 * 60_000;
const hourMilliseconds = 3_600_000;

/** Throws where a network's data break a rule of protocol §3. */
export function requireNetworkRules(network: Network): void {
  const { name, anchor, blockMilliseconds } = network;
  const window = anchorWindows[anchor.source];
  const anchorMilliseconds = anchor.maxBlocks * blockMilliseconds;
  const refuse = (reason: string): never => {
    throw new Error(`network ${name}: ${reason}; correct deployments/networks.ts`);
  };
  if (anchor.maxBlocks < 1 || anchor.maxBlocks > window)
    refuse(`an anchor may be ${anchor.maxBlocks} blocks old, but ${anchor.source} remembers ${window}`);
  if (anchor.depth >= anchor.maxBlocks)
    refuse(`agents anchor ${anchor.depth} blocks below the head, but only ${anchor.maxBlocks} count`);
  if (anchor.blockSeconds !== Math.ceil(blockMilliseconds / 1000))
    refuse(`${anchor.blockSeconds} s per block is not ${blockMilliseconds} ms rounded up`);
  if (anchor.source === "EIP2935" && !network.eip2935) refuse("EIP2935 is its anchor source and not there");
  if (isDevelopment(network.chainId)) return;
  if (anchorMilliseconds > hourMilliseconds)
    refuse(`an anchor of ${anchorMilliseconds / 60_000} minutes is older than an hour`);
  if (anchor.source === "BLOCKHASH" && window * blockMilliseconds < leastWindowMilliseconds)
    refuse(`BLOCKHASH remembers ${(window * blockMilliseconds) / 60_000} minutes, fewer than 5`);
  if (network.adminDelaySeconds < day)
    refuse(`governance acts after ${network.adminDelaySeconds} s, which is less than a day`);
}

/** Intel SGX Root CA, x‖y. */
export const intelSgxRootKey: Hex =
  "0x0ba9c4c0c0c86193a3fe23d6b02cda10a8bbd4e88e48b4458561a36e705525f567918e2edc88e40d860bd0cc4ee26aacc988e505a953558c453f6b0904ae7394";

/** A root certificate that a cloud publishes for its vTPMs' keys. */
export interface CloudRoot {
  /** CloudType of protocol §1: the only one whose keys it may certify. */
  readonly cloud: number;
  /** Of the DER. */
  readonly sha256: Hex;
}

const { gcp, azure } = cloudTypes;

/** A production deployment pins of these and no others, each for its own cloud. */
export const cloudRoots: readonly CloudRoot[] = [
  // Google LLC, EK/AK CA Root
  { cloud: gcp, sha256: "0x594759594b9b61524f6c8ef668f7177f7b9066bc0674f2f49fe9e052be78beb2" },
  // Google LLC, tpm_ek_v1_cloud_host_root: machines from before 2022
  { cloud: gcp, sha256: "0x9bd5285f8fb18502a7947e621ffd470266f49fcd3b73e19a190f690ad32a7caf" },
  // Microsoft, Azure Virtual TPM Root Certificate Authority 2023
  { cloud: azure, sha256: "0xe6c596b17f8ffefba5c300f714cfb1260c6028704ecf7becc4ab5018efb00e95" },
  // Microsoft RSA Devices Root CA 2021: older machines
  { cloud: azure, sha256: "0x8c2bb9144d4970c94fb8105cc5d860a58e2e675eb360fdd8c14b30833aaaec1d" },
];
