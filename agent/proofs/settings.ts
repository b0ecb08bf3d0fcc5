// Which provers the agent may ask, and where the documents come from that a proof of a quote needs.
import { defaultWaits } from "../../proving/index.ts";
import type {
  ProofSystem,
  ProvingJournal,
  ProvingPath,
  ProvingPolicy,
  ServicePath,
  Timer,
  VerifyProof,
} from "../../proving/index.ts";
import type { CollateralSource } from "../../sdk/collateral/index.ts";

export type DocumentSource = Pick<CollateralSource, "tdxCollateral">;

export interface ProofSettings {
  /** Base URLs that a request's `zk_config` may name, beside those of `paths`. */
  readonly allowedUrls: readonly string[];
  /** Who is asked when a request names no URL. Null: nobody. */
  readonly paths: Readonly<Record<ProofSystem, ServicePath | null>>;
  /** Intel's documents; null: no quote can be proved. */
  readonly documents: DocumentSource | null;
  /** From the request to its answer. */
  readonly timeoutMs: number;
  /** The network, the pairing check, time and the journals: parameters for tests. */
  readonly fetch?: ProvingPolicy["fetch"];
  readonly verify?: VerifyProof;
  readonly timer?: Timer;
  readonly newJournal?: () => ProvingJournal;
}

export const defaultTimeoutMs = 900_000;
/** Of the newest known programs (specs/zk.md §4). */
export const proverVersions = { sp1: "v5.0.0", risc0: "3.0.5" } as const;

/** The agent's default: nobody is asked. */
export const noProvers: ProofSettings = {
  allowedUrls: [],
  paths: { sp1: null, risc0: null },
  documents: null,
  timeoutMs: defaultTimeoutMs,
};

export function policyOf({ allowedUrls, paths, fetch }: ProofSettings): ProvingPolicy {
  const configured = Object.values(paths).flatMap((path) => (path === null ? [] : [path.url]));
  const sp1: ProvingPath | null = paths.sp1 && { kind: "sidecar", ...paths.sp1 };
  const risc0: ProvingPath | null = paths.risc0 && { kind: "bento", storageOrigins: [], ...paths.risc0 };
  return {
    allowedUrls: [...allowedUrls, ...configured],
    paths: { sp1, risc0 },
    loadProgram: null,
    waits: defaultWaits,
    fetch: fetch ?? ((url, init) => globalThis.fetch(url, init)),
  };
}
