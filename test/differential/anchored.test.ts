// The parity rule on anchored evidence of both simulated machines: accepted alike with full assurance, and the same
// check for seeded mutations. A copyist's change ends in a refusal or in the identical record.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { startAgent } from "../../agent/agent.ts";
import { startSimulatedMachine } from "../../agent/platforms/simulated/machine.ts";
import { collectRegistration } from "../../agent/registration.ts";
import type { FrozenChain } from "../../scripts/local-chain.ts";
import { fromHex, toHex } from "../../sdk/evidence/bytes.ts";
import { encodeAttestCvm } from "../../sdk/evidence/calldata.ts";
import type { AnchorBlock } from "../../sdk/evidence/registration.ts";
import { cvmRegistryAbi } from "../../sdk/registry/abi/CVMRegistry.ts";
import type { RegistrationContext } from "../../sdk/verify/context.ts";
import { verifyCalldata } from "../../sdk/verify/registration.ts";
import { capturedAt } from "../support/captured.ts";
import { createSimulatorChain } from "../support/chain-collateral.ts";
import { mutateCalldata } from "../support/mutations.ts";
import { count, newTally, verdictOnChain } from "../support/referee.ts";

const mutationsPerMachine = 100;

for (const flavour of ["gcp-tdx", "azure-tdx"] as const)
  describe(`anchored evidence of a ${flavour} machine, contract and SDK`, () => {
    let chain: FrozenChain;
    let calldata: Uint8Array;
    let context: RegistrationContext;
    before(async () => {
      const simulator = await createSimulatorChain(capturedAt);
      chain = simulator.chain;
      const block = await chain.publicClient.getBlock();
      const anchorBlock: AnchorBlock = {
        chainId: BigInt(chain.deployment.chainId),
        registry: fromHex(chain.address("CVMRegistry")),
        blockNumber: block.number,
        blockHash: fromHex(block.hash),
      };
      await chain.testClient.setNextBlockTimestamp({ timestamp: capturedAt });
      await chain.testClient.mine({ blocks: 1 });
      const platform = await startSimulatedMachine({ flavour, tpm: "software" });
      const agent = await startAgent({ platform, workload: { host: "127.0.0.1", port: 0 } });
      try {
        const request = { reportType: 1, block: anchorBlock };
        calldata = encodeAttestCvm(await collectRegistration(platform, agent.identity, request));
      } finally {
        await agent.close();
      }
      const { anchor, chainId } = chain.deployment;
      const view = {
        chainId: BigInt(chainId),
        registry: anchorBlock.registry,
        // A call at `latest` runs in the head block itself.
        head: block.number + 1n,
        blockSeconds: BigInt(anchor.blockSeconds),
        maxAnchorBlocks: BigInt(anchor.maxBlocks),
        blockHash: (number: bigint) => (number === block.number ? anchorBlock.blockHash : null),
      };
      context = {
        now: capturedAt,
        trust: simulator.roots,
        tdxCollateral: simulator.collateral,
        chain: view,
      };
    });
    after(() => chain.close());

    it("is accepted with full assurance on both sides", async () => {
      assert.equal(await verdictOnChain(chain, chain.address("CVMRegistry"), calldata), null);
      const report = verifyCalldata(calldata, context);
      assert.equal(report.error, null);
      assert.deepEqual(report.acceptance!.failed, []);
      assert.equal(report.claims!.assurance.tcbStatus, 1);
      const snapshot = await chain.testClient.snapshot();
      await chain.send(chain.address("CVMRegistry"), toHex(calldata));
      const record = await chain.publicClient.readContract({
        address: chain.address("CVMRegistry"),
        abi: cvmRegistryAbi,
        functionName: "getCvm",
        args: [toHex(report.claims!.identityHash)],
      });
      await chain.testClient.revert({ id: snapshot });
      assert.deepEqual({ ...record.assurance }, { ...report.claims!.assurance });
      assert.equal(record.measurementHash, toHex(report.claims!.measurementHash));
      assert.equal(BigInt(record.validUntil), report.claims!.validUntil);
    });

    it(`gives the same check for ${mutationsPerMachine} seeded mutations`, async () => {
      const tally = newTally();
      for (const mutation of mutateCalldata(calldata, mutationsPerMachine, 17)) {
        const contract = await verdictOnChain(chain, chain.address("CVMRegistry"), mutation.calldata);
        count(tally, mutation.name, contract, verifyCalldata(mutation.calldata, context).error);
      }
      assert.deepEqual(tally.disagreements, []);
      assert.ok(tally.verdicts.size >= 12, [...tally.verdicts.keys()].join(", "));
    });
  });
