// What the holders of roles are told to send does what it says, for every act of the table, and what is scheduled is seen.
import assert from "node:assert/strict";
import { before, beforeEach, describe, it } from "node:test";
import type { AbiFunction, Hex } from "viem";
import { managedContracts, privileges, roleIds } from "../../deployments/roles.ts";
import { networks } from "../../deployments/networks.ts";
import { readArtifact } from "../../scripts/artifact.ts";
import { selectorOf } from "../../scripts/deploy/manager.ts";
import { actOf } from "../../scripts/roles/act.ts";
import type { Call, DelayedAct, ImmediateAct } from "../../scripts/roles/act.ts";
import { readArguments } from "../../scripts/roles/arguments.ts";
import { pendingOperations } from "../../scripts/roles/pending.ts";
import type { Deployment } from "../../scripts/deploy.ts";
import type { Chain } from "../contracts/registry/chain.ts";
import { accounts, contractOf, deployOn, startNetwork, passTime } from "./chain.ts";
import type { Actor } from "./chain.ts";

const delay = networks.sepolia.adminDelaySeconds;
const week = 7 * 86_400;
const ak: Hex = `0x${"a1".repeat(32)}`;
const managed: readonly string[] = ["AccessManager", ...managedContracts];

describe("acts of the roles", () => {
  let chain: Chain;
  let deployment: Deployment;
  let snapshot: unknown;
  before(async () => {
    chain = await startNetwork();
    deployment = await deployOn(chain);
    snapshot = await chain.request("evm_snapshot");
  });
  beforeEach(async () => {
    await chain.request("evm_revert", snapshot);
    snapshot = await chain.request("evm_snapshot");
  });

  const delayed = (name: string, ...texts: string[]) => actOf(deployment, name, texts) as DelayedAct;
  const immediate = (name: string, ...texts: string[]) => actOf(deployment, name, texts) as ImmediateAct;
  /** Sends it, or says what it is refused with. */
  const attempt = async ({ to, data }: Omit<Call, "from">, actor: Actor): Promise<string> => {
    const { abi } = contractOf(deployment, "CVMRegistry");
    const refusal = await chain.refusalOf({ abi, address: to }, data, accounts[actor]);
    if (refusal !== null) return refusal;
    const { status } = await chain.sendData(to, data, accounts[actor]);
    assert.equal(status, "success");
    return "done";
  };
  const pending = () => pendingOperations(chain.publicClient, deployment);
  const read = (functionName: string, ...args: unknown[]) =>
    chain.read(contractOf(deployment, "CVMRegistry"), functionName, ...args);

  it("are one call of the guardian's", async () => {
    const { call, role, act } = immediate("CVMRegistry.revokePlatform", ak);
    assert.deepEqual([role, act], ["guardian", `CVMRegistry.revokePlatform(${ak})`]);
    assert.equal(call.from, chain.addressOf(accounts.guardian));
    assert.equal(await attempt(call, "guardian"), "done");
    assert.equal(await read("platformRevoked", ak), true);
    assert.equal(await attempt(call, "governor"), "AccessManagedUnauthorized");
  });

  it("are scheduled by the governor, seen, and made after the delay", async () => {
    assert.equal(await attempt(immediate("CVMRegistry.revokePlatform", ak).call, "guardian"), "done");
    const { act, schedule, execute, operation, delaySeconds } = delayed("CVMRegistry.restorePlatform", ak);
    assert.equal(delaySeconds, delay);
    assert.equal(await attempt(execute, "governor"), "AccessManagerNotScheduled");
    assert.equal(await attempt(schedule, "governor"), "done");
    const { timestamp } = await chain.publicClient.getBlock();
    const from = Number(timestamp) + delay;
    assert.deepEqual(
      (await pending()).map(({ operation, act, caller, from, until }) => ({
        operation,
        act,
        caller,
        from,
        until,
      })),
      [{ operation, act, caller: chain.addressOf(accounts.governor), from, until: from + week }],
    );
    assert.equal(await attempt(execute, "governor"), "AccessManagerNotReady");
    await passTime(chain, delay);
    assert.equal(await attempt(execute, "governor"), "done");
    assert.equal(await read("platformRevoked", ak), false);
    assert.deepEqual(await pending(), []);
  });

  it("are taken back by the guardian, with what the list says", async () => {
    const { schedule, execute, cancel } = delayed("CVMRegistry.setTPMVerifier", accountOf("stranger"));
    assert.equal(await attempt(schedule, "governor"), "done");
    const [seen] = await pending();
    assert.deepEqual(seen!.cancel, { to: cancel.to, data: cancel.data });
    assert.equal(await attempt(seen!.cancel, "stranger"), "AccessManagerUnauthorizedCancel");
    assert.equal(await attempt(seen!.cancel, "guardian"), "done");
    assert.deepEqual(await pending(), []);
    await passTime(chain, delay);
    assert.equal(await attempt(execute, "governor"), "AccessManagerNotScheduled");
  });

  it("are no longer seen when they were left for a week, and once when they were scheduled again", async () => {
    const { schedule, operation } = delayed("CVMRegistry.setTPMVerifier", accountOf("stranger"));
    assert.equal(await attempt(schedule, "governor"), "done");
    await passTime(chain, delay + week);
    assert.deepEqual(await pending(), []);
    assert.equal(await attempt(schedule, "governor"), "done");
    assert.deepEqual(
      (await pending()).map((seen) => seen.operation),
      [operation],
    );
  });

  it("are seen in the order in which they can be made, and raw where their target is unknown", async () => {
    const stranger = accountOf("stranger");
    const label = delayed("AccessManager.labelRole", "7", "seven");
    assert.equal(await attempt(label.schedule, "admin"), "done");
    const open = delayed("AccessManager.setTargetFunctionRole", stranger, "0x12345678", "2");
    assert.equal(await attempt(open.schedule, "admin"), "done");
    await passTime(chain, delay);
    assert.equal(await attempt(open.execute, "admin"), "done");
    const manager = contractOf(deployment, "AccessManager");
    const foreign = await chain.send(manager, "schedule", [stranger, "0x12345678ff", 0], accounts.governor);
    assert.equal(foreign.status, "success");
    assert.deepEqual(
      (await pending()).map(({ act }) => act),
      ["AccessManager.labelRole(7, seven)", `${stranger} 0x12345678ff`],
    );
  });

  it("of the administrator change roles, through AccessManager itself", async () => {
    const stranger = accountOf("stranger");
    const grant = delayed("AccessManager.grantRole", String(roleIds.guardian), stranger, "0");
    assert.equal(grant.role, "admin");
    assert.equal(await attempt(grant.schedule, "admin"), "done");
    await passTime(chain, delay);
    assert.equal(await attempt(grant.execute, "admin"), "done");
    const access = await chain.read<readonly [number]>(
      contractOf(deployment, "AccessManager"),
      "getAccess",
      roleIds.guardian,
      stranger,
    );
    assert.ok(access[0] > 0);
  });

  it("of the administrator on a contract wait for that contract's delay, where it is longer", () => {
    const registry = deployment.contracts["CVMRegistry"]!.address;
    const longer = {
      ...deployment,
      targetAdminDelays: {
        ...deployment.targetAdminDelays,
        CVMRegistry: { seconds: delay + 5, from: 0 },
      },
    };
    const waits = (name: string, ...texts: string[]) =>
      (actOf(longer, name, texts) as DelayedAct).delaySeconds;
    for (const [name, ...more] of [
      ["setTargetClosed", "true"],
      ["setTargetFunctionRole", "0x12345678", "2"],
    ] as const)
      assert.equal(waits(`AccessManager.${name}`, registry, ...more), delay + 5);
    assert.equal(
      waits("AccessManager.updateAuthority", registry.toLowerCase(), accountOf("owner")),
      delay + 5,
    );
    // Which AccessManager itself takes for an act on roles.
    assert.equal(waits("AccessManager.setTargetAdminDelay", registry, "7"), delay);
    assert.equal(waits("AccessManager.setTargetClosed", accountOf("owner"), "true"), delay);
    assert.equal(waits("AccessManager.labelRole", "7", "x"), delay);
  });

  const accountOf = (actor: Actor) => chain.addressOf(accounts[actor]);

  const inputsOf = (contract: string, signature: string) =>
    readArtifact(contract).abi.find(
      (item): item is AbiFunction =>
        item.type === "function" &&
        selectorOf(`${item.name}(${item.inputs.map(({ type }) => type).join()})`) === selectorOf(signature),
    )!.inputs;
  const sampleOf = (type: string): string => {
    if (type.endsWith("[]")) return sampleOf(type.slice(0, -2));
    if (type.startsWith("bytes")) return `0x${"5a".repeat(Number(type.slice(5)))}`;
    if (type === "address") return accountOf("stranger");
    return type === "bool" ? "true" : "3";
  };

  for (const { contract, signature, holder } of privileges.filter((each) => managed.includes(each.contract)))
    it(`can all be said: ${contract}.${signature}`, async () => {
      const name = `${contract}.${signature.replace(/\(.*/, "")}`;
      const texts = inputsOf(contract, signature).map(({ type }) => sampleOf(type));
      const act = actOf(deployment, name, texts);
      assert.equal(act.role, holder);
      const first = "call" in act ? act.call : act.schedule;
      const target = deployment.contracts[contract]!.address;
      const data = "call" in act ? act.call.data : act.execute.data;
      assert.ok(data.includes(selectorOf(signature).slice(2)));
      if (!("call" in act)) {
        assert.equal(await attempt(first, holder as Actor), "done");
        assert.equal(act.execute.to, deployment.contracts["AccessManager"]!.address);
        assert.deepEqual(
          (await pending()).map(({ operation }) => operation),
          [act.operation],
        );
      } else assert.equal(first.to, target);
    });

  it("of nobody's and of an application's are refused, with those there are", () => {
    for (const name of ["CVMRegistry.attestCvm", "AttestedOracle.setFloor", "resume", ""])
      assert.throws(
        () => actOf(deployment, name, []),
        /no role of AccessManager makes .*CVMRegistry\.resume/s,
      );
  });
});

describe("arguments of an act", () => {
  const one = (type: string, text: string) => readArguments([{ name: "it", type }], [text])[0];

  it("are numbers in digits, hex of its length, addresses and lists", () => {
    assert.equal(one("uint8", "255"), 255n);
    assert.equal(one("bytes4", "0xa4594c59"), "0xa4594c59");
    assert.equal(one("bool", "false"), false);
    assert.equal(one("bool", "true"), true);
    assert.equal(one("string", "a, b"), "a, b");
    assert.deepEqual(one("bytes2[]", "0x0102,0xABcd"), ["0x0102", "0xABcd"]);
    assert.equal(
      one("address", "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"),
      "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
    );
  });

  for (const [type, text] of [
    ["uint8", "256"],
    ["uint8", "-1"],
    ["uint8", "0x01"],
    ["uint8", ""],
    ["uint256", `1${"0".repeat(78)}`],
    ["bytes4", "0xa4594c"],
    ["bytes4", "0xa4594c5900"],
    ["bytes4", "a4594c59"],
    ["bytes4", "0xa4594c5g"],
    ["bool", "yes"],
    ["bool", ""],
    ["bytes2[]", ""],
    ["bytes2[]", "0x0102,"],
    ["address", "0xF39fd6e51aad88f6f4ce6ab8827279cfffb92266"],
  ] as const)
    it(`are never guessed: "${text}" is no ${type}`, () => {
      assert.throws(() => one(type, text), /^Error: it is .*, not "/);
    });

  it("are as many as the function has, named in the message", () => {
    assert.throws(
      () => readArguments([{ name: "akIds", type: "bytes32[]" }], []),
      /0 arguments given, 1 wanted: akIds: bytes32\[\]/,
    );
    assert.throws(() => one("int8", "1"), /no argument of type int8/);
  });
});
