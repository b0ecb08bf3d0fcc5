// Who may change what is believed: the guardian takes away at once, the governor gives behind the delay, nobody else.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { encodeFunctionData, toFunctionSelector } from "viem";
import type { Address } from "viem";
import { networks } from "../../../deployments/networks.ts";
import { roleIds } from "../../../deployments/roles.ts";
import { readArtifact } from "../../../scripts/artifact.ts";
import type { Target } from "../../support/intel-chain.ts";
import { startJudge, states } from "./judge.ts";
import type { Judge } from "./judge.ts";
import { formats, mustFind, releaseOf, systems, tees } from "./proofs.ts";

const delay = networks.sepolia.adminDelaySeconds;
const delayed = ["admitRelease", "retireRelease", "admitProgram"] as const;
const immediate = ["freezeRelease", "withdrawProgram"] as const;
type Act = (typeof delayed)[number] | (typeof immediate)[number];
const proof = mustFind("automata-snp-gcp-sp1-5.0");
const release = releaseOf(proof);
const { SP1 } = systems;
const { AmdSevSnp } = tees;

let j: Judge;
let guarded: Target;
let goBack: () => Promise<void>;
let [admin, guardian, governor, stranger]: Address[] = [];
before(async () => {
  j = await startJudge();
  [admin, guardian, governor, stranger] = j.zk.accounts;
  const { abi, address } = j.judge;
  guarded = {
    address,
    abi: [...abi, ...readArtifact("AccessManager").abi.filter(({ type }) => type === "error")],
  };
  const selectorOf = (name: string) =>
    toFunctionSelector(abi.find((item) => "name" in item && item.name === name) as never);
  const configure = async (name: string, ...args: unknown[]) => {
    const { error } = await j.zk.sendFrom(admin!, j.manager, name, ...args);
    assert.equal(error, null);
  };
  await configure("setTargetFunctionRole", address, delayed.map(selectorOf), roleIds.governor);
  await configure("setTargetFunctionRole", address, immediate.map(selectorOf), roleIds.guardian);
  await configure("grantRole", roleIds.governor, governor, delay);
  await configure("grantRole", roleIds.guardian, guardian, 0);
  await configure("setRoleGuardian", roleIds.governor, roleIds.guardian);
  goBack = await j.zk.mark();
});
beforeEach(() => goBack());
after(() => j.zk.connection.close());

const argsOf = (name: Act): unknown[] =>
  ({
    admitRelease: j.argsOf(release),
    retireRelease: [SP1, release.selector],
    admitProgram: [AmdSevSnp, SP1, proof.program, formats.SNPv3],
    freezeRelease: [SP1, release.selector],
    withdrawProgram: [AmdSevSnp, SP1, proof.program],
  })[name];
const act = async (from: Address, name: Act) =>
  (await j.zk.sendFrom(from, guarded, name, ...argsOf(name))).error;
const operation = (name: Act) =>
  encodeFunctionData({ abi: j.judge.abi, functionName: name, args: argsOf(name) });
const schedule = async (name: Act) =>
  (await j.zk.sendFrom(governor!, j.manager, "schedule", j.judge.address, operation(name), 0)).error;
/** What the governor does, announced and waited for. */
async function actLater(name: Act): Promise<void> {
  assert.equal(await schedule(name), null);
  await j.zk.moveTo(j.zk.now() + delay);
  assert.equal(await act(governor!, name), null);
}
const nameOf = (error: string | null) => error?.slice(0, error.indexOf("("));

describe("governance of proofs", () => {
  it("is nobody's without the function's own role: AccessManagedUnauthorized", async () => {
    for (const name of delayed)
      for (const from of [guardian, admin, stranger])
        assert.equal(nameOf(await act(from!, name)), "AccessManagedUnauthorized", name);
    for (const name of immediate)
      for (const from of [governor, admin, stranger])
        assert.equal(nameOf(await act(from!, name)), "AccessManagedUnauthorized", name);
  });

  it("gives behind the delay only", async () => {
    for (const name of ["admitRelease", "admitProgram", "retireRelease"] as const) {
      assert.equal(nameOf(await act(governor!, name)), "AccessManagerNotScheduled", name);
      assert.equal(await schedule(name), null);
      await j.zk.moveTo(j.zk.now() + delay - 1);
      assert.equal(nameOf(await act(governor!, name)), "AccessManagerNotReady", name);
      await j.zk.moveTo(j.zk.now() + 1);
      assert.equal(await act(governor!, name), null, name);
      assert.equal(nameOf(await act(governor!, name)), "AccessManagerNotScheduled", name);
    }
    assert.equal((await j.stateOf(SP1, release.selector))[1], states.Retired);
  });

  it("takes away at once, and for ever what was frozen", async () => {
    await actLater("admitRelease");
    await actLater("admitProgram");
    assert.equal(await j.refusal(AmdSevSnp, proof), null);
    assert.equal(await act(guardian!, "freezeRelease"), null);
    assert.equal(await j.refusal(AmdSevSnp, proof), "ProofReleaseStopped(0xa4594c59)");
    assert.equal(await act(guardian!, "withdrawProgram"), null);
    assert.equal(await j.refusal(AmdSevSnp, proof), `ProofProgramUnknown(${proof.program})`);
    await actLater("admitProgram");
    assert.equal(await schedule("admitRelease"), null);
    await j.zk.moveTo(j.zk.now() + delay);
    assert.equal(await act(governor!, "admitRelease"), "ProofReleaseStopped(0xa4594c59)");
  });

  it("is cancelled by the guardian while it waits", async () => {
    assert.equal(await schedule("admitRelease"), null);
    const call = operation("admitRelease");
    const cancelled = await j.zk.sendFrom(guardian!, j.manager, "cancel", governor, j.judge.address, call);
    assert.equal(cancelled.error, null);
    await j.zk.moveTo(j.zk.now() + delay);
    assert.equal(nameOf(await act(governor!, "admitRelease")), "AccessManagerNotScheduled");
  });
});
