// Networks that the contracts may be deployed to, as data. What differs between networks stands here and nowhere
// in code: a deployment flag never weakens a rule (protocol §9).
import type { Hex } from "viem";

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
  readonly evaluation: Evaluation;
  /** How long a TDX host is remembered at most, in seconds. */
  readonly hostMaxAgeSeconds: number;
  /** Delay of the administrator's acts through AccessManager, in seconds. */
  readonly adminDelaySeconds: number;
}

/** Chains that run on somebody's desk: simulated trust roots are accepted here and nowhere else, ever. */
export const developmentChainIds: readonly number[] = [31337, 1337];

export const networks = {
  // EDR holds no EIP-2935 contract (it reverts), so local chains use the opcode; they mine on an interval.
  local: {
    name: "local",
    chainId: 31337,
    anchor: { source: "BLOCKHASH", maxBlocks: 256, depth: 1, blockSeconds: 1 },
    // The simulator's documents carry this number.
    evaluation: { tcbInfo: 19, qeIdentity: 19 },
    hostMaxAgeSeconds: 90 * 86_400,
    adminDelaySeconds: 0,
  },
} as const satisfies Record<string, Network>;

/** Intel SGX Root CA, x‖y. */
export const intelSgxRootKey: Hex =
  "0x0ba9c4c0c0c86193a3fe23d6b02cda10a8bbd4e88e48b4458561a36e705525f567918e2edc88e40d860bd0cc4ee26aacc988e505a953558c453f6b0904ae7394";

/** sha256 of the DER of the roots that the clouds publish; a production deployment pins of these and no others. */
export const cloudRootFingerprints: readonly Hex[] = [
  // Google LLC, EK/AK CA Root
  "0x594759594b9b61524f6c8ef668f7177f7b9066bc0674f2f49fe9e052be78beb2",
  // Google LLC, tpm_ek_v1_cloud_host_root: machines from before 2022
  "0x9bd5285f8fb18502a7947e621ffd470266f49fcd3b73e19a190f690ad32a7caf",
  // Microsoft, Azure Virtual TPM Root Certificate Authority 2023
  "0xe6c596b17f8ffefba5c300f714cfb1260c6028704ecf7becc4ab5018efb00e95",
  // Microsoft RSA Devices Root CA 2021: older machines
  "0x8c2bb9144d4970c94fb8105cc5d860a58e2e675eb360fdd8c14b30833aaaec1d",
];
