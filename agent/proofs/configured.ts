// What the configuration says of provers, as settings. Keys are read from their files here and nowhere shown.
import { secretFromFile } from "../../proving/index.ts";
import type { ServicePath } from "../../proving/index.ts";
import { createCollateralSource } from "../../sdk/collateral/index.ts";
import type { AgentConfig } from "../config.ts";
import type { DocumentSource, ProofSettings } from "./settings.ts";

function pathOf(config: AgentConfig, prover: "sp1-prover" | "risc0-prover"): ServicePath | null {
  const url = config[`${prover}-url`];
  if (url === null) return null;
  const keyFile = config[`${prover}-key-file`];
  return {
    url,
    version: config[`${prover}-version`],
    apiKey: keyFile === null ? null : secretFromFile(keyFile),
  };
}

// Four documents of some 20 KB: a service that takes longer is not waited for, a caller waits behind it.
const documentsAt = (baseUrl: string): DocumentSource =>
  createCollateralSource({
    baseUrl,
    timeoutMilliseconds: 10_000,
    retries: 2,
    now: () => BigInt(Math.floor(Date.now() / 1_000)),
  });

/** @param documents of the platform itself, where no service is configured */
export function proofSettingsOf(config: AgentConfig, documents: DocumentSource | null): ProofSettings {
  const collateralUrl = config["collateral-url"];
  return {
    allowedUrls: config["proving-urls"],
    paths: { sp1: pathOf(config, "sp1-prover"), risc0: pathOf(config, "risc0-prover") },
    documents: collateralUrl === null ? documents : documentsAt(collateralUrl),
    timeoutMs: config["proving-timeout-ms"],
  };
}
