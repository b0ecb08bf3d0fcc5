#!/usr/bin/env node
// `cvm-relayer`. Exit codes: 0 ended on request, 2 wrong usage, 3 the environment (store, port, chain) is not there.
import { readFileSync } from "node:fs";
import type { ProvingPolicy } from "../proving/index.ts";
import { createCollateralSource } from "../sdk/collateral/index.ts";
import { fromHex } from "../sdk/evidence/bytes.ts";
import type { TrustRoots } from "../sdk/verify/context.ts";
import type { CollateralSource } from "./collateral/offered.ts";
import { ConfigError, helpText, maskedConfig, readConfig } from "./config.ts";
import type { Config } from "./config.ts";
import { errorText, newLog } from "./log.ts";
import { requireProvers } from "./proving/parts.ts";
import { provingPolicyOf } from "./proving/policy.ts";
import { startRelayer } from "./server.ts";
import type { Relayer } from "./server.ts";
import { localSigner, signerFromFile } from "./signers/local.ts";

interface TrustFile {
  readonly intelRoot: string;
  readonly akRoots: readonly { readonly cloud: number; readonly der: string }[];
}

function trustOf(path: string): TrustRoots {
  const { intelRoot, akRoots } = JSON.parse(readFileSync(path, "utf8")) as TrustFile;
  return {
    intelRoot: fromHex(intelRoot),
    akRoots: akRoots.map(({ cloud, der }) => ({ cloud, der: fromHex(der) })),
  };
}

/** Deadlines well under the agent's: a silent service holds nobody up for long. */
const collateralSourceAt = (baseUrl: string): CollateralSource =>
  createCollateralSource({
    baseUrl,
    timeoutMilliseconds: 10_000,
    retries: 2,
    now: () => BigInt(Math.floor(Date.now() / 1000)),
  });

/** What is wrong with a prover's settings or files is a mistake of configuration. */
function provingOf(config: Config): ProvingPolicy | null {
  try {
    const policy = provingPolicyOf(config);
    requireProvers(config, policy);
    return policy;
  } catch (cause) {
    throw new ConfigError(errorText(cause), { cause });
  }
}

function start(config: Config): Promise<Relayer> {
  const log = newLog(config.logLevel);
  if (config.trustFile !== null)
    log.warn({ trustFile: config.trustFile }, "trust roots are not the vendors'");
  const signer =
    config.signerKeyFile === null ? localSigner(config.signerKey!) : signerFromFile(config.signerKeyFile);
  const policy = provingOf(config);
  return startRelayer({
    ...config,
    log,
    signer,
    ...(policy !== null && { proving: { policy } }),
    ...(config.collateralUrl !== null && { collateralSource: collateralSourceAt(config.collateralUrl) }),
    ...(config.trustFile !== null && { trust: trustOf(config.trustFile) }),
  });
}

/** From the first moment on: to process 1 of a container a signal without a handler is none. */
function endOnSignal(starting: Promise<Relayer>): void {
  let isEnding = false;
  const end = () => {
    // A second signal means: now.
    if (isEnding) process.exit(0);
    isEnding = true;
    starting.then(
      (relayer) =>
        relayer.stop().then(
          () => process.exit(0),
          () => process.exit(3),
        ),
      // A start that failed is told below.
      () => undefined,
    );
  };
  process.on("SIGTERM", end).on("SIGINT", end);
}

async function main(): Promise<number | null> {
  const { config, isPrintOnly, isHelp } = readConfig(process.argv.slice(2), process.env);
  if (isHelp || isPrintOnly) {
    console.log(isHelp ? helpText() : maskedConfig(config));
    return 0;
  }
  const starting = start(config);
  endOnSignal(starting);
  await starting;
  return null;
}

try {
  const code = await main();
  if (code !== null) process.exitCode = code;
} catch (error) {
  console.error(`cvm-relayer: ${errorText(error)}`);
  process.exitCode = error instanceof ConfigError ? 2 : 3;
}
