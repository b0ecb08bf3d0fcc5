// What every step of a registration works with.
import type { Address, Hex } from "viem";
import type { TdxCollateral } from "../../sdk/evidence/tdx-collateral.ts";
import type { CvmRegistryClient } from "../../sdk/registry/client.ts";
import type { Chain } from "../chain.ts";
import type { Prepare } from "../collateral/keeper.ts";
import type { FindForeign } from "../collateral/proven.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { CheckAdmission } from "../proving/admission.ts";
import type { Prover } from "../proving/prover.ts";
import type { ReportTypeName } from "../settings.ts";
import type { Database } from "../store/database.ts";
import type { Lease } from "../store/lease.ts";
import type { Sender } from "../transactions/sender.ts";
import type { FindKnownCertificates } from "./known-ak.ts";
import type { FindKnownHost } from "./known-host.ts";
import type { VerifyEvidence } from "./verification.ts";

export interface RegistrationPolicy {
  /** Blocks below the head at which evidence is anchored (protocol §3). */
  readonly anchorDepth: bigint;
  /** The registry's own limit for the age of an anchor. */
  readonly maxAnchorBlocks: bigint;
  readonly agentTimeoutMs: number;
  readonly agentMaxBytes: number;
  /** How often an agent that does not answer is asked before the registration fails. */
  readonly agentAttempts: number;
  /** What agents are asked for, in order, unless a registration names one. */
  readonly reportTypes: readonly ReportTypeName[];
  readonly provingTimeoutSeconds: number;
  /** How often stale evidence is asked for anew. */
  readonly maxRounds: number;
}

/** How evidence gets its proof. */
export interface ProvingParts {
  readonly prover: Prover;
  /** Held by the one process on this store that asks proving services. */
  readonly lease: Lease;
  /** Program ids to prefer. */
  readonly programs: readonly Hex[];
  readonly checkAdmission: CheckAdmission;
  /** Intel's documents for a quote, null when there are none to be had; null without a source: no quote is proved. */
  readonly readDocuments: ((quote: Uint8Array) => Promise<TdxCollateral | null>) | null;
  /** Which documents of a proof the chain does not hold: it would refuse it. */
  readonly findForeign: FindForeign;
}

export interface RegistrarContext {
  readonly db: Database;
  readonly chain: Chain;
  readonly chainId: bigint;
  readonly registry: CvmRegistryClient;
  readonly signer: Address;
  readonly sender: Sender;
  /** Held by the one process that acts for this signer. */
  readonly lease: Lease;
  readonly verify: VerifyEvidence;
  /** Brings what the chain lacks of Intel's collateral; null where nobody keeps it. */
  readonly prepareCollateral: Prepare | null;
  /** What the chain remembers of the host behind a quote: its registrations are sent in a shorter form. */
  readonly findKnownHost: FindKnownHost;
  /** What it knows of an AK and its certificates, which need not be sent again. */
  readonly findKnownCertificates: FindKnownCertificates;
  /** Null where nothing is proved. */
  readonly proving: ProvingParts | null;
  readonly policy: RegistrationPolicy;
  readonly now: () => Date;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Aborts at shutdown. */
  readonly signal: AbortSignal;
}

/** What a step came to: the registration moved, it ended, or it has to be tried again later. */
export type Progress =
  | { readonly kind: "moved" }
  | { readonly kind: "ended" }
  | { readonly kind: "waiting"; readonly reason: string };

export const moved: Progress = { kind: "moved" };
export const ended: Progress = { kind: "ended" };
export const waiting = (reason: string): Progress => ({ kind: "waiting", reason });
