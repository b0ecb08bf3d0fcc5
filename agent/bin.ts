#!/usr/bin/env node
// The executable. Exit codes: 0 stopped by a signal, 1 failed, 2 misconfigured.
import { pino } from "pino";
import { startAgent, type AgentOptions } from "./agent.ts";
import { configure, type AgentConfig } from "./config.ts";
import { simulatedCollateralSource } from "./platforms/simulated/collateral.ts";
import { startSimulatedMachine } from "./platforms/simulated/machine.ts";
import { proofSettingsOf } from "./proofs/configured.ts";

async function optionsOf(config: AgentConfig): Promise<AgentOptions> {
  const operatorPort = config["operator-port"];
  // Before the machine: a key file that is not there must not leave a TPM behind.
  const proofs = proofSettingsOf(
    config,
    simulatedCollateralSource(() => new Date()),
  );
  return {
    platform: await startSimulatedMachine({
      flavour: config.platform === "simulated-azure-tdx" ? "azure-tdx" : "gcp-tdx",
      tpm: config.tpm,
    }),
    workload: { host: config.host, port: config.port },
    operator: operatorPort === null ? null : { host: config["operator-host"], port: operatorPort },
    allowUnanchored: config["allow-unanchored"],
    allowRemoteWorkload: config["allow-remote-workload"],
    callerTokenHashes: config["caller-token-hashes"],
    stateFolder: config["state-folder"],
    maxBodyBytes: config["max-body-bytes"],
    requestTimeoutMs: config["request-timeout-ms"],
    proofs,
  };
}

function run(config: AgentConfig): Promise<unknown> {
  const logger = pino({ level: config["log-level"], base: { service: "cvm-agent" } });
  const starting = optionsOf(config).then((options) => startAgent({ ...options, logger }));
  // From the first moment on: a signal during the start must not leave a TPM process or its folder behind.
  const stop = (signal: NodeJS.Signals): void => {
    logger.info({ signal }, "stopping");
    starting
      .then((agent) => agent.close())
      .then(
        () => process.exit(0),
        (error: unknown) => {
          logger.error({ err: error }, "stopping failed");
          process.exit(1);
        },
      );
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  logger.warn({ platform: config.platform }, "simulated machine: its trust roots are public");
  return starting;
}

const configured = configure(process.argv.slice(2), process.env);
if ("usage" in configured) {
  (configured.isError ? process.stderr : process.stdout).write(configured.usage);
  process.exitCode = configured.isError ? 2 : 0;
} else if (configured.printConfig) {
  process.stdout.write(`${JSON.stringify(configured.config, null, 2)}\n`);
} else {
  run(configured.config).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}
