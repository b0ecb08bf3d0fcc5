// What AccessManager is configured to, whole: its events name every member, function, delay and operation there may be, the
// state says which of them hold.
import { getAddress } from "viem";
import type { Address, Hex } from "viem";
import { managedContracts, privileges, roleIds } from "../../../deployments/roles.ts";
import type { Governance } from "../governance.ts";
import {
  functionRoleOf,
  grantDelayOf,
  guardianOf,
  membershipOf,
  read,
  selectorOf,
  targetAdminDelayOf,
} from "../manager.ts";
import type { Manager } from "../manager.ts";
import type { Emitted } from "./logs.ts";
import { readOperations } from "./operations.ts";

/** Something that the chain says, and what it has to say. */
export interface Fact {
  readonly what: string;
  readonly found: string;
  readonly expected: string;
  /** Who may mend it where they differ, and how. */
  readonly mend: string;
}

export interface Access {
  readonly manager: Manager;
  readonly governance: Governance;
  /** Everything that the manager said. */
  readonly logs: readonly Emitted[];
  /** True until the deployer has handed over: it is a second administrator then. */
  readonly mayStay: boolean;
}

const publicRole = 2n ** 64n - 1n;

const roleNames = new Map<bigint, string>([
  ...Object.entries(roleIds).map(([name, id]) => [id, name] as const),
  [publicRole, "everybody"],
]);
const nameOf = (role: bigint): string => roleNames.get(role) ?? `role ${role}`;

/** Values of one argument in every event that has it. */
const argumentsOf = <T>(logs: readonly Emitted[], name: string): T[] =>
  logs.filter(({ args }) => name in args).map(({ args }) => args[name] as T);

const rolesIn = (logs: readonly Emitted[]): bigint[] => [
  ...new Set([...Object.values(roleIds), ...argumentsOf<bigint>(logs, "roleId")]),
];

const isDelayedRole = (role: bigint): boolean => role === roleIds.admin || role === roleIds.governor;

async function memberFact({ manager, governance, logs, mayStay }: Access, role: bigint): Promise<Fact> {
  const { holders, delaySeconds, deployer } = governance;
  const delay = isDelayedRole(role) ? delaySeconds : 0;
  const expected = Object.entries(roleIds)
    .filter(([, id]) => id === role)
    .map(([name]) => [getAddress(holders[name as keyof typeof roleIds]), delay] as const);
  if (mayStay && role === roleIds.admin) expected.push([getAddress(deployer), 0]);
  const granted = logs.filter(({ event, args }) => event === "RoleGranted" && args["roleId"] === role);
  const accounts = new Set([
    ...expected.map(([account]) => account),
    ...argumentsOf<Address>(granted, "account").map((account) => getAddress(account)),
  ]);
  const found: (readonly [Address, number])[] = [];
  for (const account of accounts) {
    const { since, executionDelaySeconds } = await membershipOf(manager, role, account);
    if (since !== 0) found.push([account, executionDelaySeconds]);
  }
  const say = (members: typeof found): string =>
    members
      .map(([account, seconds]) => `${account} acting after ${seconds} s`)
      .toSorted()
      .join(", ") || "nobody";
  return {
    what: `members of ${nameOf(role)}`,
    found: say(found),
    expected: say(expected),
    mend: "the administrator, by revokeRole and grantRole",
  };
}

async function roleFacts(access: Access): Promise<Fact[]> {
  const { manager, governance, logs } = access;
  const facts: Fact[] = [];
  for (const role of rolesIn(logs)) {
    const { seconds } = await grantDelayOf(manager, role);
    facts.push(
      await memberFact(access, role),
      {
        what: `who grants ${nameOf(role)}`,
        found: nameOf(await read(manager, "getRoleAdmin", [role])),
        expected: nameOf(roleIds.admin),
        mend: "the administrator, by setRoleAdmin",
      },
      {
        what: `who cancels what ${nameOf(role)} scheduled`,
        found: nameOf(await guardianOf(manager, role)),
        expected: nameOf(role === roleIds.governor ? roleIds.guardian : roleIds.admin),
        mend: "the administrator, by setRoleGuardian",
      },
      {
        what: `how long a grant of ${nameOf(role)} waits`,
        found: `${seconds} s`,
        expected: `${isDelayedRole(role) ? governance.delaySeconds : 0} s`,
        mend: "the administrator, by setGrantDelay",
      },
    );
  }
  return facts;
}

const key = (target: Address, selector: Hex): string => `${getAddress(target)} ${selector}`;

async function functionFacts({ manager, governance, logs }: Access): Promise<Fact[]> {
  const { targets } = governance;
  const names = new Map<string, string>();
  const expected = new Map<string, bigint>();
  for (const { contract, signature, holder } of privileges) {
    const target = (targets as Readonly<Record<string, Address>>)[contract];
    if (target === undefined || holder === "owner" || holder === "publisher") continue;
    names.set(key(target, selectorOf(signature)), `${contract}.${signature.replace(/\(.*/, "")}`);
    expected.set(key(target, selectorOf(signature)), roleIds[holder]);
  }
  const said = logs
    .filter(({ event }) => event === "TargetFunctionRoleUpdated")
    .map(({ args }) => key(args["target"] as Address, args["selector"] as Hex));
  const facts: Fact[] = [];
  for (const each of new Set([...expected.keys(), ...said])) {
    const [target, selector] = each.split(" ") as [Address, Hex];
    facts.push({
      what: `who may call ${names.get(each) ?? `${selector} of ${target}`}`,
      found: nameOf(await functionRoleOf(manager, target, selector)),
      // What nobody assigned is the administrator's.
      expected: nameOf(expected.get(each) ?? roleIds.admin),
      mend: "the administrator, by setTargetFunctionRole",
    });
  }
  return facts;
}

async function targetFacts({ manager, governance, logs }: Access): Promise<Fact[]> {
  const managed = new Map(managedContracts.map((name) => [getAddress(governance.targets[name]), name]));
  const said = argumentsOf<Address>(
    logs.filter(({ event }) => event?.startsWith("Target")),
    "target",
  );
  const facts: Fact[] = [];
  for (const target of new Set([...managed.keys(), ...said.map((each) => getAddress(each))])) {
    const name = managed.get(target);
    const { seconds } = await targetAdminDelayOf(manager, target);
    const isClosed = await read<boolean>(manager, "isTargetClosed", [target]);
    facts.push(
      {
        what: `how long the administration of ${name ?? target} waits`,
        found: `${seconds} s`,
        expected: `${name === undefined ? 0 : governance.delaySeconds} s`,
        mend: "the administrator, by setTargetAdminDelay",
      },
      {
        what: `whether ${name ?? target} is closed`,
        found: isClosed ? "closed" : "open",
        expected: "open",
        mend: "the administrator, by setTargetClosed",
      },
    );
  }
  return facts;
}

const operationFacts = async ({ manager, logs }: Access): Promise<Fact[]> =>
  (await readOperations(manager, logs)).map(({ id, caller, target, data, from }) => ({
    what: `operation ${id}`,
    found: from === 0 ? "none" : `${data.slice(0, 10)} on ${target}, scheduled by ${caller} for ${from}`,
    expected: "none",
    mend: "its scheduler, the administrator, or for the governor's the guardian, by cancel",
  }));

export const accessFacts = async (access: Access): Promise<Fact[]> => [
  ...(await roleFacts(access)),
  ...(await functionFacts(access)),
  ...(await targetFacts(access)),
  ...(await operationFacts(access)),
];
