// The table of roles is what the contracts ask and what AccessManager answers.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, it } from "node:test";
import { networks } from "../../deployments/networks.ts";
import { isDelayed, managedContracts, privileges, roleIds } from "../../deployments/roles.ts";
import { readArtifact } from "../../scripts/artifact.ts";
import { selectorOf } from "../../scripts/deploy/manager.ts";
import { deployedContracts } from "../../scripts/deploy/verification.ts";
import type { Deployment } from "../../scripts/deploy.ts";
import { rolesDocument } from "../../scripts/generated.ts";
import type { Chain } from "../contracts/registry/chain.ts";
import { selectorsOf } from "../deployments/calls.ts";
import { contractOf, deployOn, holdersOn, startNetwork } from "../deployments/chain.ts";
import { holdersByModifier, privilegedFunctions } from "./privileged.ts";

describe("table of roles", () => {
  for (const contract of deployedContracts())
    it(`has every privileged function of ${contract} and no other`, () => {
      const listed = privileges.filter((privilege) => privilege.contract === contract);
      const functions = privilegedFunctions(contract);
      assert.deepEqual(
        listed.map(({ signature }) => selectorOf(signature)).toSorted(),
        functions.map(({ selector }) => selector).toSorted(),
      );
      for (const { selector, name, modifier } of functions) {
        const { holder } = listed.find(({ signature }) => selectorOf(signature) === selector)!;
        assert.ok(holdersByModifier[modifier]!.includes(holder), `${name} is ${modifier}, not for ${holder}`);
      }
    });

  it("names functions that the ABI has", () => {
    for (const { contract, signature } of privileges) {
      const { abi } = readArtifact(contract);
      const selectors = selectorsOf({ abi, address: "0x" });
      assert.ok(selectors.includes(selectorOf(signature)), `${contract}.${signature}`);
    }
  });

  it("knows every contract that obeys AccessManager", () => {
    const managed = deployedContracts().filter((name) =>
      readArtifact(name).abi.some((item) => item.type === "function" && item.name === "setAuthority"),
    );
    assert.deepEqual(managed.toSorted(), [...managedContracts].toSorted());
  });

  it("is in docs/roles.md as deployments/roles.ts has it", () => {
    assert.equal(readFileSync("docs/roles.md", "utf8"), rolesDocument());
  });

  it("gives every row a reason", () => {
    for (const { why, signature } of privileges) assert.ok(why.length > 10, signature);
  });
});

describe("AccessManager of a deployment", () => {
  const delay = networks.sepolia.adminDelaySeconds;
  let chain: Chain;
  let deployment: Deployment;
  before(async () => {
    chain = await startNetwork();
    deployment = await deployOn(chain);
  });

  it("answers for each function with the role of the table", async () => {
    const manager = contractOf(deployment, "AccessManager");
    for (const { contract, signature, holder } of privileges) {
      if (!(managedContracts as readonly string[]).includes(contract)) continue;
      const target = deployment.contracts[contract]!.address;
      const role = await chain.read(manager, "getTargetFunctionRole", target, selectorOf(signature));
      assert.equal(role, roleIds[holder as keyof typeof roleIds], `${contract}.${signature}`);
    }
  });

  it("gives the holder of each role the delay of the table", async () => {
    const manager = contractOf(deployment, "AccessManager");
    const holders = holdersOn(chain);
    for (const role of ["admin", "governor", "guardian"] as const) {
      type Access = readonly [since: number, current: number, pending: number, effect: number];
      const access = await chain.read<Access>(manager, "getAccess", roleIds[role], holders[role]);
      assert.ok(access[0] > 0);
      assert.deepEqual(access.slice(1), [isDelayed(role) ? delay : 0, 0, 0], role);
    }
    assert.equal(await chain.read(manager, "getRoleGuardian", roleIds.governor), roleIds.guardian);
    for (const id of Object.values(roleIds))
      assert.equal(await chain.read(manager, "getRoleAdmin", id), roleIds.admin);
  });
});
