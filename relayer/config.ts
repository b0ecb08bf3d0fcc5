// Configuration of the service: flag > environment > file > default. Every flag has its variable
// (`--rpc-url`, CVM_RELAYER_RPC_URL) and its file key (`rpcUrl`); secrets also come from files (`…_FILE`). What is unknown
// is refused: a misspelt CVM_RELAYER_AGENT_HOST must not silently mean every host.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { getAddress, isAddress } from "viem";
import type { Address } from "viem";
import { originOf } from "./log.ts";
import { defaultProverSettings } from "./proving/policy.ts";
import type { ProverSettings } from "./proving/policy.ts";
import { defaultSettings, reportTypeNames } from "./settings.ts";
import type { Settings } from "./settings.ts";

/** A mistake of whoever configured the service: exit code 2, no stack. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

export interface Config extends Settings, ProverSettings {
  readonly rpcUrl: string;
  readonly registry: Address;
  readonly signerKey: string | null;
  readonly signerKeyFile: string | null;
  /** JSON file {intelRoot, akRoots: [{cloud, der}]}, hex; for development networks. */
  readonly trustFile: string | null;
}

type Reader = (text: string, name: string) => unknown;

const text: Reader = (value) => value;

const whole: Reader = (value, name) => {
  const number = Number(value);
  if (!/^[0-9]+$/.test(value) || !Number.isSafeInteger(number))
    throw new ConfigError(`${name} is not a whole number`);
  return number;
};

const wholeBig: Reader = (value, name) => {
  if (!/^[0-9]+$/.test(value)) throw new ConfigError(`${name} is not a whole number`);
  return BigInt(value);
};

const url: Reader = (value, name) => {
  if (!URL.canParse(value) || !/^https?:/.test(value)) throw new ConfigError(`${name} is no http(s) URL`);
  return value;
};

const contract: Reader = (value, name) => {
  if (!isAddress(value, { strict: false })) throw new ConfigError(`${name} is not an address`);
  return getAddress(value.toLowerCase());
};

const list: Reader = (value) =>
  value
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");

const reportTypes: Reader = (value, name) => {
  const names = list(value, name) as string[];
  const isKnown = (each: string) => (reportTypeNames as readonly string[]).includes(each);
  if (names.length === 0 || new Set(names).size !== names.length || !names.every(isKnown))
    throw new ConfigError(`${name} is no list of ${reportTypeNames.join(", ")}`);
  return names;
};

const programs: Reader = (value, name) => {
  const ids = (list(value, name) as string[]).map((id) => `0x${id.replace(/^0x/, "").toLowerCase()}`);
  if (!ids.every((id) => /^0x[0-9a-f]{64}$/.test(id)))
    throw new ConfigError(`${name} is no list of program ids, 64 hex digits each`);
  return ids;
};

const readers = {
  rpcUrl: url,
  registry: contract,
  signerKey: text,
  signerKeyFile: text,
  trustFile: text,
  host: text,
  port: whole,
  storeFolder: text,
  databaseUrl: text,
  chainId: wholeBig,
  akCertificates: contract,
  intelCollateral: contract,
  collateralUrl: url,
  collateralMarginSeconds: wholeBig,
  collateralAttempts: whole,
  collateralDeadlineSeconds: wholeBig,
  collateralPauseMs: whole,
  reportTypes,
  provingPrograms: programs,
  provingTimeoutSeconds: whole,
  provingConcurrency: whole,
  sp1ProverUrl: url,
  sp1ProverVersion: text,
  sp1ProverKeyFile: text,
  risc0ProverUrl: url,
  risc0ProverVersion: text,
  risc0ProverKeyFile: text,
  risc0StorageOrigins: list,
  marketFile: text,
  agentHosts: list,
  anchorDepth: wholeBig,
  maxAnchorBlocks: wholeBig,
  blockSeconds: wholeBig,
  agentTimeoutMs: whole,
  agentMaxBytes: whole,
  agentAttempts: whole,
  maxRounds: whole,
  rpcTimeoutMs: whole,
  confirmations: wholeBig,
  bumpAfterMs: whole,
  retryAfterMs: whole,
  maxBumps: whole,
  nonceUsedLimit: whole,
  maxFeePerGas: wholeBig,
  minBalance: wholeBig,
  pollMs: whole,
  retryMs: whole,
  concurrency: whole,
  maxOpenRegistrations: whole,
  maxBodyBytes: whole,
  requestTimeoutMs: whole,
  logLevel: text,
} as const satisfies Record<keyof Config, Reader>;

type Key = keyof Config;
const keys = Object.keys(readers) as Key[];

const kebab = (key: string): string => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
export const flagOf = (key: string): string => `--${kebab(key)}`;
export const variableOf = (key: string): string =>
  `CVM_RELAYER_${kebab(key).replaceAll("-", "_").toUpperCase()}`;

const databaseUrlFile = `${variableOf("databaseUrl")}_FILE`;
const configVariable = "CVM_RELAYER_CONFIG";
const variables: ReadonlySet<string> = new Set([...keys.map(variableOf), databaseUrlFile, configVariable]);

function requireKnownVariables(env: NodeJS.ProcessEnv): void {
  const unknown = Object.keys(env).find((name) => name.startsWith("CVM_RELAYER_") && !variables.has(name));
  if (unknown !== undefined) throw new ConfigError(`unknown environment variable ${unknown}`);
}

function fromFile(path: string | undefined): Partial<Record<Key, unknown>> {
  if (path === undefined) return {};
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new ConfigError(`configuration file ${path} cannot be read as JSON`, { cause });
  }
  if (typeof json !== "object" || json === null) throw new ConfigError(`${path} is no JSON object`);
  const unknown = Object.keys(json).find((key) => !(key in readers));
  if (unknown !== undefined) throw new ConfigError(`${path}: there is no setting ${unknown}`);
  return json;
}

function fromEnvironment(key: Key, env: NodeJS.ProcessEnv): string | undefined {
  const value = env[variableOf(key)];
  const file = key === "databaseUrl" ? env[databaseUrlFile] : undefined;
  if (value !== undefined) return value;
  return file === undefined ? undefined : readFileSync(file, "utf8").trim();
}

function flagsOf(args: readonly string[]) {
  const options = Object.fromEntries(
    [...keys.map(kebab), "config"].map((name) => [name, { type: "string" as const }]),
  );
  const switches = { "print-config": { type: "boolean" as const }, help: { type: "boolean" as const } };
  try {
    return parseArgs({ args: [...args], options: { ...options, ...switches }, strict: true }).values;
  } catch (cause) {
    throw new ConfigError((cause as Error).message, { cause });
  }
}

export interface ReadConfig {
  readonly config: Config;
  readonly isPrintOnly: boolean;
  readonly isHelp: boolean;
}

const textOf = (value: unknown): string => {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.join(",");
  return typeof value === "number" ? value.toString() : JSON.stringify(value);
};

export function readConfig(args: readonly string[], env: NodeJS.ProcessEnv): ReadConfig {
  const flags = flagsOf(args) as Record<string, string | boolean | undefined>;
  const isHelp = flags["help"] === true;
  if (!isHelp) requireKnownVariables(env);
  const file = fromFile((flags["config"] as string | undefined) ?? env[configVariable]);
  const values: Record<string, unknown> = {
    ...defaultSettings,
    ...defaultProverSettings,
    signerKey: null,
    signerKeyFile: null,
    trustFile: null,
  };
  for (const key of keys) {
    const given = flags[kebab(key)] ?? fromEnvironment(key, env) ?? file[key];
    if (given !== undefined && given !== null) values[key] = readers[key](textOf(given), flagOf(key));
  }
  if (!isHelp)
    for (const key of ["rpcUrl", "registry"])
      if (values[key] === undefined)
        throw new ConfigError(`${flagOf(key)} (or ${variableOf(key)}) is missing`);
  if (!isHelp && values["signerKey"] === null && values["signerKeyFile"] === null)
    throw new ConfigError(`${flagOf("signerKeyFile")} (or ${variableOf("signerKeyFile")}) is missing`);
  return { config: values as unknown as Config, isPrintOnly: flags["print-config"] === true, isHelp };
}

/** The configuration as it may be shown: no key, of URLs the origin only. */
export function maskedConfig(config: Config): string {
  const shown = Object.entries(config).map(([key, value]: [string, unknown]) => {
    if (value === null || value === undefined) return [key, null];
    if (key === "signerKey") return [key, "[masked]"];
    if (key === "databaseUrl" || readers[key as Key] === url) return [key, originOf(value as string)];
    if (key === "risc0StorageOrigins") return [key, (value as readonly string[]).map(originOf)];
    return [key, typeof value === "bigint" ? value.toString() : value];
  });
  return JSON.stringify(Object.fromEntries(shown), null, 2);
}

export function helpText(): string {
  const lines = keys.map((key) => `  ${flagOf(key).padEnd(24)} ${variableOf(key)}`);
  return `cvm-relayer: registers confidential VMs\n\n${lines.join("\n")}\n  --config FILE            CVM_RELAYER_CONFIG\n  --print-config           show the settings, secrets masked, and end\n`;
}
