// Architecture §6, protocol §9: a guardian takes away at once, a governor acts behind the delay, the administrator too,
// and the deployer has nothing left.
import assert from "node:assert/strict";
import { before, beforeEach, describe, it } from "node:test";
import { encodeFunctionData, zeroAddress } from "viem";
import type { Hex } from "viem";
import { networks } from "../../deployments/networks.ts";
import { isDelayed, privileges, roleIds } from "../../deployments/roles.ts";
import type { Deployment } from "../../scripts/deploy.ts";
import type { Chain, Contract } from "../contracts/registry/chain.ts";
import { outcomeOf } from "./calls.ts";
import { accounts, contractOf, deployOn, holdersOn, startNetwork, passTime } from "./chain.ts";
import type { Actor } from "./chain.ts";

const delay = networks.sepolia.adminDelaySeconds;
const week = 7 * 86_400;

describe("governance of a deployment", () => {
  let chain: Chain;
  let deployment: Deployment;
  let manager: Contract;
  let registry: Contract;
  let snapshot: unknown;
  before(async () => {
    chain = await startNetwork();
    deployment = await deployOn(chain);
    manager = contractOf(deployment, "AccessManager");
    registry = contractOf(deployment, "CVMRegistry");
    snapshot = await chain.request("evm_snapshot");
  });
  beforeEach(async () => {
    await chain.request("evm_revert", snapshot);
    snapshot = await chain.request("evm_snapshot");
  });

  const encode = ({ abi }: Contract, functionName: string, args: unknown[]): Hex =>
    encodeFunctionData({ abi, functionName, args });
  /** Makes a call on a contract that AccessManager knows, or says what it is refused with. */
  const attempt = async (contract: Contract, data: Hex, actor: Actor): Promise<string> => {
    const refusal = await chain.refusalOf(contract, data, accounts[actor]);
    if (refusal !== null) return refusal;
    const { status } = await chain.sendData(contract.address, data, accounts[actor]);
    assert.equal(status, "success");
    return "done";
  };
  const schedule = (target: Contract, data: Hex, actor: Actor) =>
    attempt(manager, encode(manager, "schedule", [target.address, data, 0]), actor);

  describe("the governor", () => {
    const replacement = () => chain.addressOf(accounts.stranger);
    const data = () => encode(registry, "setTPMVerifier", [replacement()]);

    it("acts only as scheduled, after the delay, once", async () => {
      assert.equal(await attempt(registry, data(), "governor"), "AccessManagerNotScheduled");
      assert.equal(await schedule(registry, data(), "governor"), "done");
      assert.equal(await attempt(registry, data(), "governor"), "AccessManagerNotReady");
      await passTime(chain, delay - 60);
      assert.equal(await attempt(registry, data(), "governor"), "AccessManagerNotReady");
      await passTime(chain, 60);
      assert.equal(await attempt(registry, data(), "governor"), "done");
      assert.equal(await chain.read(registry, "tpmVerifier"), replacement());
      assert.equal(await attempt(registry, data(), "governor"), "AccessManagerNotScheduled");
    });

    it("cannot schedule for an earlier time than the delay", async () => {
      const { timestamp } = await chain.publicClient.getBlock();
      const call = encode(manager, "schedule", [registry.address, data(), Number(timestamp) + delay - 60]);
      assert.equal(await attempt(manager, call, "governor"), "AccessManagerUnauthorizedCall");
    });

    it("loses an operation that it leaves for a week", async () => {
      await schedule(registry, data(), "governor");
      await passTime(chain, delay + week);
      assert.equal(await attempt(registry, data(), "governor"), "AccessManagerExpired");
    });

    it("cannot do what it did not schedule", async () => {
      await schedule(registry, data(), "governor");
      await passTime(chain, delay);
      const other = encode(registry, "setTPMVerifier", [zeroAddress]);
      assert.equal(await attempt(registry, other, "governor"), "AccessManagerNotScheduled");
      assert.equal(await attempt(registry, data(), "stranger"), "AccessManagedUnauthorized");
    });

    it("is stopped by the guardian, and by nobody without a role", async () => {
      const governor = chain.addressOf(accounts.governor);
      await schedule(registry, data(), "governor");
      const cancel = encode(manager, "cancel", [governor, registry.address, data()]);
      for (const actor of ["stranger", "deployer", "owner"] as const)
        assert.equal(await attempt(manager, cancel, actor), "AccessManagerUnauthorizedCancel");
      assert.equal(await attempt(manager, cancel, "guardian"), "done");
      await passTime(chain, delay);
      assert.equal(await attempt(registry, data(), "governor"), "AccessManagerNotScheduled");
    });
  });

  describe("the guardian", () => {
    it("takes away at once and cannot give back, set, or schedule that it will", async () => {
      const platform = `0x${"11".repeat(32)}`;
      const revoke = encode(registry, "revokePlatform", [platform]);
      assert.equal(await attempt(registry, revoke, "guardian"), "done");
      const restore = encode(registry, "restorePlatform", [platform]);
      assert.equal(await attempt(registry, restore, "guardian"), "AccessManagedUnauthorized");
      assert.equal(await schedule(registry, restore, "guardian"), "AccessManagerUnauthorizedCall");
      assert.equal(await schedule(registry, restore, "governor"), "done");
      await passTime(chain, delay);
      assert.equal(await attempt(registry, restore, "governor"), "done");
    });

    it("cannot stop the administrator, who could not take a rogue guardian's role away otherwise", async () => {
      const [admin, guardian] = [chain.addressOf(accounts.admin), chain.addressOf(accounts.guardian)];
      const revoke = encode(manager, "revokeRole", [roleIds.guardian, guardian]);
      await schedule(manager, revoke, "admin");
      const cancel = encode(manager, "cancel", [admin, manager.address, revoke]);
      assert.equal(await attempt(manager, cancel, "guardian"), "AccessManagerUnauthorizedCancel");
      await passTime(chain, delay);
      assert.equal(await attempt(manager, revoke, "admin"), "done");
      const suspend = encode(registry, "suspend", [[]]);
      assert.equal(await attempt(registry, suspend, "guardian"), "AccessManagedUnauthorized");
    });
  });

  describe("the administrator", () => {
    const grant = (role: bigint, actor: Actor, executionDelay = 0) =>
      encode(manager, "grantRole", [role, chain.addressOf(accounts[actor]), executionDelay]);

    it("cannot grant itself anything, or move a function, before its delay", async () => {
      const selectors = ["0x0a784fc0"];
      for (const data of [
        grant(roleIds.governor, "admin"),
        grant(roleIds.guardian, "admin"),
        grant(roleIds.admin, "admin"),
        encode(manager, "setTargetFunctionRole", [registry.address, selectors, roleIds.admin]),
        encode(manager, "updateAuthority", [registry.address, chain.addressOf(accounts.admin)]),
        encode(manager, "setTargetAdminDelay", [registry.address, 0]),
        encode(manager, "setGrantDelay", [roleIds.admin, 0]),
      ]) {
        assert.equal(await attempt(manager, data, "admin"), "AccessManagerNotScheduled");
        assert.equal(await schedule(manager, data, "admin"), "done");
        await passTime(chain, delay - 60);
        assert.equal(await attempt(manager, data, "admin"), "AccessManagerNotReady");
      }
    });

    it("keeps its own delay for as long again when it asks for a shorter one", async () => {
      const shorten = grant(roleIds.admin, "admin", 0);
      await schedule(manager, shorten, "admin");
      await passTime(chain, delay);
      assert.equal(await attempt(manager, shorten, "admin"), "done");
      const next = grant(roleIds.governor, "admin");
      assert.equal(await attempt(manager, next, "admin"), "AccessManagerNotScheduled");
      await passTime(chain, delay - 60);
      assert.equal(await attempt(manager, next, "admin"), "AccessManagerNotScheduled");
      await passTime(chain, 60);
      assert.equal(await attempt(manager, next, "admin"), "done");
    });

    it("makes a new administrator who waits for the grant delay once the first five days are over", async () => {
      await passTime(chain, 5 * 86_400);
      const data = grant(roleIds.admin, "stranger", 0);
      await schedule(manager, data, "admin");
      await passTime(chain, delay);
      assert.equal(await attempt(manager, data, "admin"), "done");
      const next = grant(roleIds.governor, "stranger");
      assert.equal(await attempt(manager, next, "stranger"), "AccessManagerUnauthorizedAccount");
      await passTime(chain, delay);
      assert.equal(await attempt(manager, next, "stranger"), "done");
    });

    it("cannot act on the contracts themselves", async () => {
      const data = encode(registry, "setTPMVerifier", [zeroAddress]);
      assert.equal(await attempt(registry, data, "admin"), "AccessManagedUnauthorized");
      assert.equal(await schedule(registry, data, "admin"), "AccessManagerUnauthorizedCall");
    });
  });

  it("leaves every privileged function to its holder and to nobody else", async () => {
    const actors = Object.keys(accounts) as Actor[];
    for (const privilege of privileges)
      for (const actor of actors) {
        const holder = privilege.holder === "publisher" ? "owner" : privilege.holder;
        const expected = actor !== holder ? "forbidden" : isDelayed(holder) ? "to be scheduled" : "allowed";
        const outcome = await outcomeOf(chain, contractOf(deployment, privilege.contract), privilege, actor);
        assert.equal(outcome, expected, `${actor}: ${privilege.contract}.${privilege.signature}`);
      }
  });

  it("leaves the deployer no role", async () => {
    const deployer = chain.addressOf(accounts.deployer);
    for (const id of Object.values(roleIds))
      assert.deepEqual(await chain.read(manager, "hasRole", id, deployer), [false, 0]);
  });

  it("is written down as the chain has it", async () => {
    const { admin, governor, guardian, applicationOwner } = deployment.roles;
    const holders = holdersOn(chain);
    const of = (role: typeof admin) => [role.holder, role.executionDelaySeconds, role.grantDelay.seconds];
    assert.deepEqual(of(admin), [holders.admin, delay, delay]);
    assert.deepEqual(of(governor), [holders.governor, delay, delay]);
    assert.deepEqual(of(guardian), [holders.guardian, 0, 0]);
    assert.equal(applicationOwner, holders.applicationOwner);
    await passTime(chain, admin.grantDelay.from);
    for (const [role, id] of Object.entries(roleIds)) {
      const expected = role === "guardian" ? 0 : delay;
      assert.equal(await chain.read(manager, "getRoleGrantDelay", id), expected);
    }
    for (const [name, { seconds }] of Object.entries(deployment.targetAdminDelays)) {
      assert.equal(seconds, delay);
      const target = deployment.contracts[name]!.address;
      assert.equal(await chain.read(manager, "getTargetAdminDelay", target), delay);
    }
  });
});
