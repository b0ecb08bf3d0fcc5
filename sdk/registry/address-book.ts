// Addresses of a deployment, from the JSON objects of `deployments/`. The caller brings the objects: a browser
// imports them, a service reads them; nothing here touches a disk.
import { getAddress, isAddress } from "viem";
import type { Address } from "viem";

export interface DeployedContract {
  readonly address: Address;
}

/** What the anchor source of a network can do (protocol §3). */
export interface AnchorParameters {
  /** How old an anchor may be, in blocks. */
  readonly maxBlocks: number;
  /** Agents anchor this many blocks below the head. */
  readonly depth: number;
  readonly blockSeconds: number;
}

export interface Deployment {
  readonly chainId: number;
  readonly network: string | null;
  readonly anchor: AnchorParameters;
  readonly contracts: Readonly<Record<string, DeployedContract>>;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function contractOf(name: string, value: unknown): DeployedContract {
  const address = isRecord(value) ? value["address"] : value;
  if (typeof address !== "string" || !isAddress(address))
    throw new TypeError(`deployment: ${name} has no address`);
  return { address: getAddress(address) };
}

function anchorOf(value: unknown): AnchorParameters {
  if (!isRecord(value)) throw new TypeError("deployment: anchor is not an object");
  const positive = (name: string): number => {
    const number = value[name];
    if (typeof number === "number" && Number.isSafeInteger(number) && number > 0) return number;
    throw new TypeError(`deployment: anchor.${name} is not a positive integer`);
  };
  return {
    maxBlocks: positive("maxBlocks"),
    depth: positive("depth"),
    blockSeconds: positive("blockSeconds"),
  };
}

/** A deployment from its JSON. Throws on an object that is none: a wrong file must not look like an empty one. */
export function parseDeployment(json: unknown): Deployment {
  if (!isRecord(json)) throw new TypeError("deployment: not an object");
  const { chainId, network, anchor, contracts } = json;
  if (typeof chainId !== "number" || !Number.isSafeInteger(chainId) || chainId <= 0)
    throw new TypeError("deployment: chainId is not a positive integer");
  if (!isRecord(contracts)) throw new TypeError("deployment: contracts is not an object");
  return {
    chainId,
    network: typeof network === "string" ? network : null,
    anchor: anchorOf(anchor),
    contracts: Object.fromEntries(
      Object.entries(contracts).map(([name, value]) => [name, contractOf(name, value)]),
    ),
  };
}

/** Address book over several deployments, one per chain. */
export function addressBook(deployments: readonly unknown[]) {
  const byChain = new Map<number, Deployment>();
  for (const json of deployments) {
    const deployment = parseDeployment(json);
    if (byChain.has(deployment.chainId))
      throw new TypeError(`two deployments for chain ${deployment.chainId}`);
    byChain.set(deployment.chainId, deployment);
  }
  return {
    deployment: (chainId: number): Deployment | undefined => byChain.get(chainId),
    /** Address of a contract, e.g. `addressOf(31337, "CVMRegistry")`. */
    addressOf: (chainId: number, contract: string): Address | undefined =>
      byChain.get(chainId)?.contracts[contract]?.address,
  };
}
