// Configures AccessManager from deployments/roles.ts: what differs from the data is changed in one transaction, read
// back, and only then the deployer gives its own right away.
import { encodeFunctionData } from "viem";
import type { Address, Hex } from "viem";
import { managedContracts, privileges, roleIds } from "../../deployments/roles.ts";
import type { Role } from "../../deployments/roles.ts";
import { readArtifact } from "../artifact.ts";
import {
  functionRoleOf,
  grantDelayOf,
  guardianOf,
  membershipOf,
  selectorOf,
  targetAdminDelayOf,
} from "./manager.ts";
import type { Manager } from "./manager.ts";
import { transact } from "./transact.ts";
import type { Clients } from "./transact.ts";

export type RoleHolders = Readonly<Record<Role, Address>>;

export interface Governance {
  readonly deployer: Address;
  readonly manager: Address;
  /** Addresses of the contracts it guards, by name. */
  readonly targets: Readonly<Record<(typeof managedContracts)[number], Address>>;
  readonly holders: RoleHolders;
  /** Of administrator and governor. */
  readonly delaySeconds: number;
}

/** One call on AccessManager that is still to be made. */
interface Change {
  readonly functionName: string;
  readonly args: readonly unknown[];
  /** The same for people. */
  readonly words: string;
}

async function functionRoleChanges(manager: Manager, targets: Governance["targets"]): Promise<Change[]> {
  const changes: Change[] = [];
  for (const contract of managedContracts)
    for (const role of ["governor", "guardian"] as const) {
      const missing: string[] = [];
      for (const { signature, ...privilege } of privileges) {
        if (privilege.contract !== contract || privilege.holder !== role) continue;
        const current = await functionRoleOf(manager, targets[contract], selectorOf(signature));
        if (current !== roleIds[role]) missing.push(signature);
      }
      if (missing.length === 0) continue;
      const args = [targets[contract], missing.map(selectorOf), roleIds[role]];
      const names = missing.map((signature) => signature.replace(/\(.*/, "")).join(", ");
      const words = `${role} of ${contract}: ${names}`;
      changes.push({ functionName: "setTargetFunctionRole", args, words });
    }
  return changes;
}

async function delayChanges(manager: Manager, governance: Governance): Promise<Change[]> {
  const { targets, delaySeconds } = governance;
  const changes: Change[] = [];
  // A guardian only takes away: one that was lost must be replaced without a second wait.
  for (const role of ["admin", "governor"] as const)
    if ((await grantDelayOf(manager, roleIds[role])).seconds !== delaySeconds)
      changes.push({
        functionName: "setGrantDelay",
        args: [roleIds[role], delaySeconds],
        words: `${role} is granted after ${delaySeconds} s`,
      });
  for (const contract of managedContracts)
    if ((await targetAdminDelayOf(manager, targets[contract])).seconds !== delaySeconds)
      changes.push({
        functionName: "setTargetAdminDelay",
        args: [targets[contract], delaySeconds],
        words: `administration of ${contract} waits ${delaySeconds} s`,
      });
  return changes;
}

/** Grants, the administrator's last: from then on its own delay counts. */
async function grantChanges(manager: Manager, governance: Governance): Promise<Change[]> {
  const { holders, delaySeconds } = governance;
  const changes: Change[] = [];
  if ((await guardianOf(manager, roleIds.governor)) !== roleIds.guardian)
    changes.push({
      functionName: "setRoleGuardian",
      args: [roleIds.governor, roleIds.guardian],
      words: "guardian cancels what the governor scheduled",
    });
  for (const role of ["guardian", "governor", "admin"] as const) {
    const executionDelay = role === "guardian" ? 0 : delaySeconds;
    const { since, executionDelaySeconds } = await membershipOf(manager, roleIds[role], holders[role]);
    if (since === 0 || executionDelaySeconds !== executionDelay)
      changes.push({
        functionName: "grantRole",
        args: [roleIds[role], holders[role], executionDelay],
        words: `${holders[role]} is ${role} and acts after ${executionDelay} s`,
      });
  }
  return changes;
}

async function missingChanges(manager: Manager, governance: Governance): Promise<Change[]> {
  return [
    ...(await functionRoleChanges(manager, governance.targets)),
    ...(await delayChanges(manager, governance)),
    ...(await grantChanges(manager, governance)),
  ];
}

const isAdmin = async (manager: Manager, account: Address): Promise<boolean> =>
  (await membershipOf(manager, roleIds.admin, account)).since !== 0;

/** Whether the deployer may still configure; false once it has handed over. */
export const mayConfigure = (
  { publicClient }: Clients,
  { manager, deployer }: Governance,
): Promise<boolean> => isAdmin({ publicClient, address: manager }, deployer);

/** Calls one contract as often as there are `calls`, in one transaction, by the right the deployer still has. */
export async function execute(
  clients: Clients,
  { manager }: Governance,
  {
    step,
    target,
    calls,
  }: { readonly step: string; readonly target: Address; readonly calls: readonly Hex[] },
): Promise<void> {
  const { abi } = readArtifact("AccessManager");
  const executions = calls.map((data) =>
    encodeFunctionData({ abi, functionName: "execute", args: [target, data] }),
  );
  const data = encodeFunctionData({ abi, functionName: "multicall", args: [executions] });
  await transact(clients, { step, to: manager, data });
}

const describe = (changes: readonly Change[]): string => changes.map(({ words }) => words).join("; ");

/** Brings AccessManager to what the data say, in one transaction. */
export async function configureRoles(clients: Clients, governance: Governance): Promise<void> {
  const { abi } = readArtifact("AccessManager");
  const manager = { publicClient: clients.publicClient, address: governance.manager };
  const changes = await missingChanges(manager, governance);
  if (changes.length === 0) return;
  if (!(await mayConfigure(clients, governance)))
    throw new Error(
      `AccessManager differs from deployments/roles.ts and the parameters, and the deployer has handed over; its ` +
        `administrator must schedule: ${describe(changes)}`,
    );
  const calls = changes.map(({ functionName, args }) => encodeFunctionData({ abi, functionName, args }));
  await transact(clients, {
    step: `configure roles and delays: ${describe(changes)}`,
    to: governance.manager,
    data: encodeFunctionData({ abi, functionName: "multicall", args: [calls] }),
  });
  const left = await missingChanges(manager, governance);
  if (left.length > 0) throw new Error(`AccessManager did not take over: ${describe(left)}`);
}

/** Takes the deployer's administration away, unless it is the administrator of a development chain. */
export async function handOver(
  clients: Clients,
  { deployer, holders, ...governance }: Governance,
): Promise<void> {
  const manager = { publicClient: clients.publicClient, address: governance.manager };
  if (deployer !== holders.admin && (await isAdmin(manager, deployer)))
    await transact(clients, {
      step: "renounce the deployer's administration",
      to: governance.manager,
      data: encodeFunctionData({
        abi: readArtifact("AccessManager").abi,
        functionName: "renounceRole",
        args: [roleIds.admin, deployer],
      }),
    });
  for (const role of ["admin", "governor", "guardian"] as const) {
    const { since } = await membershipOf(manager, roleIds[role], deployer);
    if (since !== 0 && holders[role] !== deployer) throw new Error(`the deployer is still ${role}`);
  }
}
