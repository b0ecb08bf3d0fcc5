// deployments/<network>.json: what stands where on a chain and who may change it, as read from the chain after
// deployment. Its JSON Schema is deployments/schema.json, made from the one here (scripts/generated.ts).
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { z } from "zod";
import type { Address, Hex } from "viem";
import { anchorSources } from "../../deployments/networks.ts";
import { managedContracts } from "../../deployments/roles.ts";

const hex = (pattern: RegExp) => z.stringFormat("hex", pattern) as unknown as z.ZodType<Hex, Hex>;
const address: z.ZodType<Address, Address> = hex(/^0x[0-9a-fA-F]{40}$/);
const hash = hex(/^0x[0-9a-f]{64}$/);
const count = z.int().min(0);

const contract = z.strictObject({
  address,
  /** keccak256 of the runtime code. */
  codeHash: hash,
  /** Constructor's arguments; structs as objects, bytes as hex. */
  args: z.array(z.json()).readonly(),
  /** Null where nothing remembers the deployment. */
  tx: hash.nullable(),
  block: count.nullable(),
});

const delay = z.strictObject({
  seconds: count,
  /** Unix seconds from which it counts; 0: never set. */
  from: count,
});

const role = z.strictObject({
  id: z.string().regex(/^\d+$/),
  holder: address,
  executionDelaySeconds: count,
  grantDelay: delay,
});

const external = z.strictObject({
  address,
  what: z.string().min(1),
  /** Who can change it; "none" where nobody can. */
  owner: z.string().min(1),
});

export const deploymentSchema = z.strictObject({
  network: z.string().min(1),
  chainId: count.min(1),
  deployer: address,
  compiler: z.strictObject({ version: z.string(), evmVersion: z.string(), optimizerRuns: count }),
  contracts: z.record(z.string(), contract),
  external: z.record(z.string(), external),
  anchor: z.strictObject({
    source: z.enum(anchorSources),
    maxBlocks: count.min(1),
    depth: count,
    blockSeconds: count.min(1),
  }),
  roots: z.strictObject({
    /** Intel SGX Root CA, x‖y. */
    intelRoot: hex(/^0x[0-9a-f]{128}$/),
    akRoots: z.array(z.strictObject({ cloud: count, sha256: hash })).readonly(),
  }),
  roles: z.strictObject({ admin: role, governor: role, guardian: role, applicationOwner: address }),
  /** How long the administrator's acts on a contract's functions and authority wait, whoever it is. */
  targetAdminDelays: z.strictObject(
    Object.fromEntries(managedContracts.map((name) => [name, delay])) as Record<
      (typeof managedContracts)[number],
      typeof delay
    >,
  ),
});

export type Deployment = z.infer<typeof deploymentSchema>;

/** The text of deployments/schema.json. */
export const deploymentJsonSchema = (): string =>
  `${JSON.stringify({ title: "Deployment of cvm-registry", ...z.toJSONSchema(deploymentSchema) }, null, 2)}\n`;

/** What an earlier run wrote; null when there is nothing for this chain. Throws when it is not what it should be. */
export function readDeployment(file: string, chainId: number): Deployment | null {
  if (!existsSync(file)) return null;
  const parsed = deploymentSchema.safeParse(JSON.parse(readFileSync(file, "utf8")));
  if (!parsed.success)
    throw new Error(`${file} is no deployment, move it away: ${z.prettifyError(parsed.error)}`);
  if (parsed.data.chainId !== chainId)
    throw new Error(`${file} tells of chain ${parsed.data.chainId}, not of ${chainId}: move it away`);
  return parsed.data;
}

/** Writes a deployment in its one form. Throws when it does not fit its schema. */
export function writeDeployment(folder: string, deployment: Deployment): void {
  mkdirSync(folder, { recursive: true });
  const checked = deploymentSchema.parse(deployment);
  writeFileSync(`${folder}/${deployment.network}.json`, `${JSON.stringify(checked, null, 2)}\n`);
}
