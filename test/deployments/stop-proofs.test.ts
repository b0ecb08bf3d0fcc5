// A release of a proof system falls, or a program: the guardian's one transaction ends its proofs and the records that may
// rest on them.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { toHex } from "viem";
import type { Hex } from "viem";
import { createLocalChain } from "../../scripts/local-chain.ts";
import type { FrozenChain } from "../../scripts/local-chain.ts";
import { freezeCall, withdrawCall } from "../../scripts/roles/stop-proofs.ts";
import { call } from "../../scripts/simulate/run.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { reportTypes } from "../../sdk/evidence/registration.ts";
import { transcodeRegistration } from "../../sdk/evidence/transcode.ts";
import { cvmRegistryAbi } from "../../sdk/registry/abi/CVMRegistry.ts";
import { defaultTrust } from "../../sdk/verify/roots.ts";
import { accounts, contractOf, deployOn, startNetwork } from "./chain.ts";
import { mustReadCalldata } from "../support/captured.ts";
import { verdictOnChain } from "../support/referee.ts";

const selector: Hex = "0xa4594c59";
const { sp1 } = reportTypes;

describe("a frozen release", () => {
  const calldata = transcodeRegistration(mustReadCalldata("gcp-snp-2026-01-21/registration.json"));
  if (isRefusal(calldata)) throw new Error(calldata.detail);
  let chain: FrozenChain;
  before(async () => {
    chain = await createLocalChain({ roots: defaultTrust, at: 1_768_977_000n });
  });
  after(() => chain.close());

  it("ends its proofs and the records of its report type, and no others, in one transaction", async () => {
    const registry = chain.address("CVMRegistry");
    const { logs } = await chain.send(registry, toHex(calldata));
    const identity = logs.find(
      ({ address, topics }) => BigInt(address) === BigInt(registry) && topics.length > 2,
    )!.topics[1]!;
    const read = (functionName: string, args: readonly unknown[]) =>
      call(chain, registry, cvmRegistryAbi, functionName, args);
    assert.equal(await read("checkTEEValidity", [identity]), true);
    const { to, data } = freezeCall(chain.deployment.contracts, sp1, selector);
    await chain.send(to, data);
    assert.equal(await read("checkTEEValidity", [identity]), false);
    assert.equal(await read("checkTPMValidity", [identity]), false);
    assert.equal(await verdictOnChain(chain, registry, toHex(calldata)), "proof.release");
    for (const cloud of [1, 2, 3, 4])
      for (const tee of [1, 2])
        assert.deepEqual(
          await Promise.all([1, 2, 3].map((type) => read("classEpoch", [cloud, tee, type]))),
          [0, 1, 0],
        );
  });

  it("is not what a withdrawn program is: that ends the records of its TEE alone, and may come back", async () => {
    const fresh = await createLocalChain({ roots: defaultTrust, at: 1_768_977_000n });
    const registry = fresh.address("CVMRegistry");
    const program = "0x00d2342d2400bed28302507269281dcb2c621bae91a0626796ce637f01c928d8";
    assert.equal(await verdictOnChain(fresh, registry, toHex(calldata)), null);
    const { to, data } = withdrawCall(fresh.deployment.contracts, 2, sp1, program);
    await fresh.send(to, data);
    assert.equal(await verdictOnChain(fresh, registry, toHex(calldata)), "proof.program");
    const epochs = [1, 2].map((tee) => call(fresh, registry, cvmRegistryAbi, "classEpoch", [1, tee, sp1]));
    assert.deepEqual(await Promise.all(epochs), [0, 1]);
    await fresh.close();
  });

  it("is the guardian's to freeze, and nobody else's", async () => {
    const network = await startNetwork();
    const deployment = await deployOn(network);
    const { to, data } = freezeCall(deployment.contracts, sp1, selector);
    const manager = contractOf(deployment, "AccessManager");
    for (const actor of ["stranger", "governor", "admin"] as const)
      assert.notEqual(await network.refusalOf(manager, data, accounts[actor]), null, actor);
    const { status } = await network.sendData(to, data, accounts.guardian);
    assert.equal(status, "success");
  });
});
