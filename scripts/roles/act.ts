// What the holder of a role sends to make an act of deployments/roles.ts: one call where nothing waits, else what schedules it,
// what makes it once the delay is over, and what takes it back.
import { encodeAbiParameters, encodeFunctionData, isAddressEqual, keccak256, parseAbiItem } from "viem";
import type { AbiFunction, Address, Hex } from "viem";
import { managedContracts, privileges } from "../../deployments/roles.ts";
import type { Privilege, Role } from "../../deployments/roles.ts";
import { readArtifact } from "../artifact.ts";
import type { Deployment } from "../deploy/record.ts";
import { readArguments } from "./arguments.ts";

export interface Call {
  readonly from: Address;
  readonly to: Address;
  readonly data: Hex;
}

interface Act {
  /** As Solidity would write it. */
  readonly act: string;
  readonly why: string;
  readonly role: Role;
}

export interface ImmediateAct extends Act {
  readonly call: Call;
}

export interface DelayedAct extends Act {
  /** From when it is scheduled to when it can be made. */
  readonly delaySeconds: number;
  /** AccessManager's name for it, in OperationScheduled. */
  readonly operation: Hex;
  readonly schedule: Call;
  readonly execute: Call;
  readonly cancel: Call;
}

const manager = "AccessManager";
const known: readonly string[] = [manager, ...managedContracts];
const acts = privileges.filter(({ contract }) => known.includes(contract));

function privilegeOf(name: string): Privilege {
  const found = acts.find(
    ({ contract, signature }) => name === `${contract}.${signature.replace(/\(.*/, "")}`,
  );
  if (found !== undefined) return found;
  const names = acts.map(({ contract, signature }) => `  ${contract}.${signature}`).join("\n");
  throw new Error(`no role of AccessManager makes "${name}"; there are\n${names}`);
}

/** The function of the ABI, with the names of its arguments. */
function functionOf({ contract, signature }: Privilege): AbiFunction {
  const wanted = parseAbiItem(`function ${signature}`) as AbiFunction;
  const types = ({ inputs }: AbiFunction): string => inputs.map(({ type }) => type).join();
  const isIt = (item: AbiFunction): boolean => item.name === wanted.name && types(item) === types(wanted);
  return readArtifact(contract)
    .abi.filter((item) => item.type === "function")
    .find(isIt)!;
}

/** An act in words. */
export const say = (contract: string, functionName: string, args: readonly unknown[]): string =>
  `${contract}.${functionName}(${args.map((arg) => (Array.isArray(arg) ? `[${arg.join(", ")}]` : String(arg))).join(", ")})`;

/** AccessManager's id of an operation. */
export const operationOf = (caller: Address, target: Address, data: Hex): Hex =>
  keccak256(
    encodeAbiParameters(
      [{ type: "address" }, { type: "address" }, { type: "bytes" }],
      [caller, target, data],
    ),
  );

// AccessManager's acts that wait for the delay of the contract they are on, their first argument, where that is longer
// (OpenZeppelin 5.7, `_getAdminRestrictions`).
const targetDelayed = ["updateAuthority", "setTargetClosed", "setTargetFunctionRole"];

function delayOf(
  { roles, targetAdminDelays, contracts }: Deployment,
  role: Role,
  functionName: string,
  args: readonly unknown[],
): number {
  const own = roles[role].executionDelaySeconds;
  if (role !== "admin" || !targetDelayed.includes(functionName)) return own;
  const target = managedContracts.find((name) =>
    isAddressEqual(contracts[name]!.address, args[0] as Address),
  );
  return target === undefined ? own : Math.max(own, targetAdminDelays[target].seconds);
}

/**
 * @param name CONTRACT.FUNCTION
 * @param texts its arguments, as `readArguments` takes them
 * Throws on a function that no role of AccessManager makes, and on arguments it does not take.
 */
export function actOf(
  deployment: Deployment,
  name: string,
  texts: readonly string[],
): ImmediateAct | DelayedAct {
  const privilege = privilegeOf(name);
  const { contract, why } = privilege;
  const role = privilege.holder as Role;
  const item = functionOf(privilege);
  const args = readArguments(item.inputs, texts);
  const from = deployment.roles[role].holder;
  const target = deployment.contracts[contract]!.address;
  const data = encodeFunctionData({ abi: [item], functionName: item.name, args });
  const act = { act: say(contract, item.name, args), why, role };
  const delaySeconds = delayOf(deployment, role, item.name, args);
  if (delaySeconds === 0) return { ...act, call: { from, to: target, data } };
  const onManager = (functionName: string, ...values: readonly unknown[]): Call => ({
    from,
    to: deployment.contracts[manager]!.address,
    data: encodeFunctionData({ abi: readArtifact(manager).abi, functionName, args: values }),
  });
  return {
    ...act,
    delaySeconds,
    operation: operationOf(from, target, data),
    // 0: as soon as the delay allows.
    schedule: onManager("schedule", target, data, 0),
    execute: onManager("execute", target, data),
    cancel: onManager("cancel", from, target, data),
  };
}
