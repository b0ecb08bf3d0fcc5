// What the configuration says of provers, as settings. Keys are read from their files here and nowhere shown.
import { readFileSync } from "node:fs";
import { secretOf } from "../../proving/index.ts";
import type { Secret, ServicePath } from "../../proving/index.ts";
import { createCollateralSource } from "../../sdk/collateral/index.ts";
import type { AgentConfig } from "../config.ts";
import type { DocumentSource, ProofSettings } from "./settings.ts";

function keyIn(file: string | null): Secret | null {
  if (file === null) return null;
  const key = secretOf(readFileSync(file, "utf8").trim());
  if (key === null) throw new Error(`${file} is no key: it is empty or has other characters`);
  return key;
}

function pathOf(config: AgentConfig, prover: "sp1-prover" | "risc0-prover"): ServicePath | null {
  const [url, version] = [config[`${prover}-url`], config[`${prover}-version`]];
  if (url === null || version === null) return null;
  return { url, version, apiKey: keyIn(config[`${prover}-key-file`]) };
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
