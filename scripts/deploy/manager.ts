// What AccessManager says of itself, read from the chain: members, roles of functions, and delays with those that are
// still to take effect.
import { encodeAbiParameters, hexToBigInt, keccak256, numberToHex, toFunctionSelector, toHex } from "viem";
import type { Address, Hex, PublicClient } from "viem";
import { readArtifact } from "../artifact.ts";

export interface Manager {
  readonly publicClient: PublicClient;
  readonly address: Address;
  /** Block whose state is read; default: the latest. */
  readonly blockNumber?: bigint;
}

export interface Membership {
  /** Unix seconds; 0: no member. */
  readonly since: number;
  readonly executionDelaySeconds: number;
}

/** A delay that AccessManager was told, and from when it counts: it lets five days pass before it believes a new one. */
export interface Delay {
  readonly seconds: number;
  /** Unix seconds; 0: it was never set. */
  readonly from: number;
}

export const selectorOf = (signature: string): Hex => toFunctionSelector(`function ${signature}`);

/** What a getter of AccessManager answers. */
export async function read<T>(
  { publicClient, ...where }: Manager,
  functionName: string,
  args: readonly unknown[],
): Promise<T> {
  const { abi } = readArtifact("AccessManager");
  return (await publicClient.readContract({ ...where, abi, functionName, args })) as T;
}

export async function membershipOf(manager: Manager, role: bigint, account: Address): Promise<Membership> {
  const access = await read<readonly [number, number, number, number]>(manager, "getAccess", [role, account]);
  const [since, current, pending, effect] = access.map(Number) as [number, number, number, number];
  return { since, executionDelaySeconds: effect === 0 ? current : pending };
}

export const functionRoleOf = (manager: Manager, target: Address, selector: Hex): Promise<bigint> =>
  read(manager, "getTargetFunctionRole", [target, selector]);

export const guardianOf = (manager: Manager, role: bigint): Promise<bigint> =>
  read(manager, "getRoleGuardian", [role]);

// OpenZeppelin 5.7 AccessManager, storage: `_targets` in slot 0, `_roles` in slot 1
// (deployments/storage/AccessManager.json). The getters leave out a delay that does not count yet.
const targetsSlot = 0n;
const rolesSlot = 1n;

export const grantDelayOf = (manager: Manager, role: bigint): Promise<Delay> =>
  // Role: members; then admin and guardian, 64 bits each, below the delay.
  readDelay(manager, { type: "uint64", key: role, slot: rolesSlot, offset: 128n });

export const targetAdminDelayOf = (manager: Manager, target: Address): Promise<Delay> =>
  readDelay(manager, { type: "address", key: target, slot: targetsSlot, offset: 0n });

interface DelayPlace {
  readonly type: "uint64" | "address";
  readonly key: bigint | Address;
  readonly slot: bigint;
  readonly offset: bigint;
}

async function readDelay({ publicClient, ...where }: Manager, place: DelayPlace): Promise<Delay> {
  const base = keccak256(
    encodeAbiParameters([{ type: place.type }, { type: "uint256" }], [place.key, place.slot] as never),
  );
  const slot = numberToHex(hexToBigInt(base) + 1n, { size: 32 });
  const word = hexToBigInt((await publicClient.getStorageAt({ ...where, slot })) ?? toHex(0n));
  // Time.Delay: effect u48 ‖ value before u32 ‖ value after u32.
  const delay = word >> place.offset;
  return { seconds: Number(delay & 0xffffffffn), from: Number((delay >> 64n) & 0xffffffffffffn) };
}
