// Calls of privileged functions with arguments that say nothing: only who may make them is asked.
import { encodeFunctionData, getAbiItem, toFunctionSelector } from "viem";
import type { AbiFunction, AbiParameter, Hex } from "viem";
import type { Privilege } from "../../deployments/roles.ts";
import { selectorOf } from "../../scripts/deploy/manager.ts";
import type { Chain, Contract } from "../contracts/registry/chain.ts";
import { accounts } from "./chain.ts";
import type { Actor } from "./chain.ts";

function zeroOf(parameter: AbiParameter): unknown {
  if (parameter.type.endsWith("[]")) return [];
  if (parameter.type.startsWith("uint")) return Number(parameter.type.slice(4)) > 48 ? 0n : 0;
  if (parameter.type === "bool") return false;
  if (parameter.type === "string") return "";
  if (parameter.type === "address") return `0x${"00".repeat(20)}`;
  if (parameter.type.startsWith("bytes")) return `0x${"00".repeat(Number(parameter.type.slice(5)))}`;
  const { components } = parameter as { components?: readonly AbiParameter[] };
  if (components === undefined) throw new Error(`no value for ${parameter.type}`);
  return Object.fromEntries(components.map((each) => [each.name, zeroOf(each)]));
}

/** Calldata of a privileged function with zeros for arguments. */
export function emptyCall({ abi }: Contract, { signature }: Privilege): Hex {
  const item = getAbiItem({ abi, name: selectorOf(signature) }) as AbiFunction | undefined;
  if (item === undefined) throw new Error(`no function ${signature}`);
  const args = item.inputs.map(zeroOf);
  return encodeFunctionData({ abi: [item], functionName: item.name, args });
}

// A role that does not hold, an owner who is another, a publisher who is none.
const unauthorized = [
  "AccessManagedUnauthorized",
  "AccessManagerUnauthorizedAccount",
  "OwnableUnauthorizedAccount",
  "NotPublisher",
];

/** What becomes of a privileged call made at once. */
export async function outcomeOf(
  chain: Chain,
  contract: Contract,
  privilege: Privilege,
  actor: Actor,
): Promise<"allowed" | "to be scheduled" | "forbidden"> {
  const error = await chain.refusalOf(contract, emptyCall(contract, privilege), accounts[actor]);
  if (error !== null && unauthorized.includes(error)) return "forbidden";
  return error === "AccessManagerNotScheduled" ? "to be scheduled" : "allowed";
}

export const selectorsOf = ({ abi }: Contract): Hex[] =>
  abi.filter((item) => item.type === "function").map((item) => toFunctionSelector(item));
