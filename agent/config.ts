// Configuration of the executable: flags, then CVM_AGENT_… variables, then defaults. Unknown flags and variables are
// refused: a misspelt `CVM_AGENT_ALLOW_UNANCHORD=false` must not silently mean the default.
import { parseArgs } from "node:util";
import { z } from "zod";
import { canonicalUrl, versionPattern } from "../proving/paths.ts";
import { agentDefaults } from "./agent.ts";
import { defaultTimeoutMs, proverVersions } from "./proofs/settings.ts";

const port = z
  .string()
  .regex(/^[0-9]{1,5}$/, "is a port")
  .transform(Number)
  .refine((value) => value <= 65_535, "is a port");
const flag = z.literal(["true", "false"], "is true or false").transform((text) => text === "true");
const count = z
  .string()
  .regex(/^[1-9][0-9]{0,8}$/, "is a positive number")
  .transform(Number);
const tokenHashes = z
  .string()
  // An empty list would admit everybody: a variable whose value was lost on the way must not.
  .regex(/^[0-9a-f]{64}(,[0-9a-f]{64})*$/, "is a comma-separated list of SHA-256 hashes in hex, not empty")
  .transform((text) => text.split(","));

const baseUrl = z.string().refine((text) => canonicalUrl(text) !== null, "is an http(s) base URL");
const baseUrls = z
  .string()
  .transform((text) => (text === "" ? [] : text.split(",")))
  .refine(
    (urls) => urls.every((url) => canonicalUrl(url) !== null),
    "is a comma-separated list of http(s) base URLs",
  );
const version = z.string().regex(versionPattern, "is a version, as v5.0.0");
const file = z.string().min(1);

export const platformNames = ["simulated-gcp-tdx", "simulated-azure-tdx"] as const;
export type PlatformName = (typeof platformNames)[number];

const fields = z.strictObject({
  platform: z.literal([...platformNames], `is one of ${platformNames.join(", ")}`),
  tpm: z.literal(["auto", "swtpm", "software"], "is auto, swtpm or software").default("auto"),
  host: z.string().min(1).default(agentDefaults.workload.host),
  port: port.default(agentDefaults.workload.port),
  "operator-host": z.string().min(1).default("127.0.0.1"),
  /** Without it there is no operator listener. */
  "operator-port": port.nullable().default(null),
  "allow-unanchored": flag.default(true),
  "allow-remote-workload": flag.default(false),
  "caller-token-hashes": tokenHashes.default([]),
  "state-folder": z.string().min(1).nullable().default(null),
  "max-body-bytes": count.default(agentDefaults.maxBodyBytes),
  "request-timeout-ms": count.default(agentDefaults.requestTimeoutMs),
  /** Provers that a request's zk_config may name. */
  "proving-urls": baseUrls.default([]),
  /** Who is asked when it names none; keys by file alone. */
  "sp1-prover-url": baseUrl.nullable().default(null),
  "sp1-prover-version": version.default(proverVersions.sp1),
  "sp1-prover-key-file": file.nullable().default(null),
  "risc0-prover-url": baseUrl.nullable().default(null),
  "risc0-prover-version": version.default(proverVersions.risc0),
  "risc0-prover-key-file": file.nullable().default(null),
  "proving-timeout-ms": count.default(defaultTimeoutMs),
  /** PCS or PCCS, for the documents that a proof of a TDX quote needs. */
  "collateral-url": baseUrl.nullable().default(null),
  "log-level": z.literal(["debug", "info", "warn", "error", "silent"]).default("info"),
});

/** A key without its prover would be taken for nobody. */
const schema = fields.superRefine((config, context) => {
  for (const prover of ["sp1-prover", "risc0-prover"] as const)
    if (config[`${prover}-url`] === null && config[`${prover}-key-file`] !== null)
      context.addIssue({
        code: "custom",
        path: [`${prover}-url`],
        message: `is needed with --${prover}-key-file`,
      });
});

export type AgentConfig = z.infer<typeof schema>;

export type Configured =
  | { readonly config: AgentConfig; readonly printConfig: boolean }
  | { readonly usage: string; readonly isError: boolean };

const names = Object.keys(fields.shape);
const prefix = "CVM_AGENT_";
const variableOf = (name: string): string => prefix + name.replaceAll("-", "_").toUpperCase();

const usage = `cvm-agent: attestation agent of a confidential VM

Flags (each also as an environment variable, e.g. ${variableOf("operator-port")}):
${names.map((name) => `  --${name} <value>`).join("\n")}
  --print-config   print the configuration in force as JSON and exit
  --help
`;

function fromEnvironment(environment: NodeJS.ProcessEnv): Record<string, string> | string {
  const byVariable = new Map(names.map((name) => [variableOf(name), name]));
  const values: Record<string, string> = {};
  for (const [variable, value] of Object.entries(environment)) {
    if (!variable.startsWith(prefix) || value === undefined) continue;
    const name = byVariable.get(variable);
    if (name === undefined) return `unknown environment variable ${variable}`;
    values[name] = value;
  }
  return values;
}

function fromFlags(args: readonly string[]): Record<string, string | boolean> | string {
  const text = { type: "string" } as const;
  const options = {
    ...Object.fromEntries(names.map((name) => [name, text])),
    "print-config": { type: "boolean" },
    help: { type: "boolean" },
  } as const;
  try {
    const { values } = parseArgs({ args: [...args], options, strict: true, allowPositionals: false });
    return { ...values };
  } catch (error) {
    return (error as Error).message;
  }
}

const wrong = (message: string): Configured => ({ usage: `${message}\n\n${usage}`, isError: true });

export function configure(args: readonly string[], environment: NodeJS.ProcessEnv): Configured {
  const flags = fromFlags(args);
  if (typeof flags === "string") return wrong(flags);
  if (flags.help === true) return { usage, isError: false };
  const variables = fromEnvironment(environment);
  if (typeof variables === "string") return wrong(variables);
  const { "print-config": printConfig = false, ...given } = flags;
  const result = schema.safeParse({ ...variables, ...given });
  if (!result.success)
    return wrong(result.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("\n"));
  return { config: result.data, printConfig: printConfig === true };
}
