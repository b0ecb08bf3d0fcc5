// The services of the configuration, as proving clients take them. API keys come from files that nobody else may read.
import { defaultWaits, secretFromFile } from "../../proving/index.ts";
import type { ProofSystem, ProvingPath, ProvingPolicy, ServicePath } from "../../proving/index.ts";
import { boundlessPath } from "./boundless.ts";
import { readMarketFile } from "./market-file.ts";

/** Where proofs come from; null proves nothing for that system. */
export interface ProverSettings {
  /** Base URL of a side-car before the Succinct network (docs/proving.md). */
  readonly sp1ProverUrl: string | null;
  /** Of the SP1 that the program was built for. */
  readonly sp1ProverVersion: string;
  readonly sp1ProverKeyFile: string | null;
  /** Base URL of a service that speaks Bonsai's REST protocol, as Bento. */
  readonly risc0ProverUrl: string | null;
  /** Of the zkVM that the program was built for. */
  readonly risc0ProverVersion: string;
  readonly risc0ProverKeyFile: string | null;
  /** Origins besides the prover's own that it may send uploads and downloads to. */
  readonly risc0StorageOrigins: readonly string[];
  /** JSON file of the Boundless market (docs/proving.md), instead of a RISC Zero prover. */
  readonly marketFile: string | null;
}

export const defaultProverSettings: ProverSettings = {
  sp1ProverUrl: null,
  sp1ProverVersion: "v5.0.0",
  sp1ProverKeyFile: null,
  risc0ProverUrl: null,
  risc0ProverVersion: "3.0.5",
  risc0ProverKeyFile: null,
  risc0StorageOrigins: [],
  marketFile: null,
};

const serviceAt = (url: string, version: string, keyFile: string | null): ServicePath => ({
  url,
  version,
  apiKey: keyFile === null ? null : secretFromFile(keyFile),
});

function risc0Path(settings: ProverSettings): ProvingPath | null {
  const { risc0ProverUrl: url, marketFile } = settings;
  if (url !== null && marketFile !== null)
    throw new TypeError("give a RISC Zero prover or a market file, not both");
  if (marketFile !== null) return boundlessPath(readMarketFile(marketFile));
  if (url === null) return null;
  const service = serviceAt(url, settings.risc0ProverVersion, settings.risc0ProverKeyFile);
  return { kind: "bento", storageOrigins: settings.risc0StorageOrigins, ...service };
}

function sp1Path({ sp1ProverUrl: url, sp1ProverVersion, sp1ProverKeyFile }: ProverSettings) {
  return url === null
    ? null
    : ({ kind: "sidecar", ...serviceAt(url, sp1ProverVersion, sp1ProverKeyFile) } as const);
}

/** Null when nothing is configured. Throws on what cannot be used: a relayer does not start with half a prover. */
export function provingPolicyOf(settings: ProverSettings): ProvingPolicy | null {
  const paths: Record<ProofSystem, ProvingPath | null> = {
    sp1: sp1Path(settings),
    risc0: risc0Path(settings),
  };
  if (paths.sp1 === null && paths.risc0 === null) return null;
  const { sp1ProverUrl, risc0ProverUrl, marketFile } = settings;
  const stream = marketFile === null ? null : readMarketFile(marketFile).orderStreamUrl;
  return {
    // Nobody but the operator names a service, so what is configured is what is allowed.
    allowedUrls: [sp1ProverUrl, risc0ProverUrl, stream].filter((url) => url !== null),
    paths,
    loadProgram: null,
    waits: defaultWaits,
    fetch,
  };
}
