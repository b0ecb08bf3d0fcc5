// The parity rule on anchored evidence of both simulated machines: accepted alike with full assurance, and the same
// check for seeded mutations. A copyist's change ends in a refusal or in the identical record.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { p256 } from "@noble/curves/nist.js";
import { startAgent } from "../../agent/agent.ts";
import { startSimulatedMachine } from "../../agent/platforms/simulated/machine.ts";
import { collectRegistration } from "../../agent/registration.ts";
import type { FrozenChain } from "../../scripts/local-chain.ts";
import { concat, fromHex, toHex, uint } from "../../sdk/evidence/bytes.ts";
import { decodeAttestCvm, encodeAttestCvm } from "../../sdk/evidence/calldata.ts";
import type { AnchorBlock, Registration } from "../../sdk/evidence/registration.ts";
import { cvmRegistryAbi } from "../../sdk/registry/abi/CVMRegistry.ts";
import type { RegistrationContext } from "../../sdk/verify/context.ts";
import { verifyCalldata } from "../../sdk/verify/registration.ts";
import { capturedAt } from "../support/captured.ts";
import { createSimulatorChain } from "../support/chain-collateral.ts";
import { mutateCalldata } from "../support/mutations.ts";
import { count, newTally, verdictOnChain } from "../support/referee.ts";

const mutationsPerMachine = 100;

/** 0018 000b 0020 r 0020 (n − s) of a TPMT_SIGNATURE: as valid as s. */
function twinOf(signature: Uint8Array): Uint8Array {
  const s = BigInt(toHex(signature.subarray(40)));
  return concat(signature.subarray(0, 40), uint(p256.Point.Fn.ORDER - s, 32));
}

/** What a copyist can change of a registration without making anything up. */
function copiesOf(calldata: Uint8Array): { name: string; calldata: Uint8Array }[] {
  const registration = decodeAttestCvm(calldata);
  if ("check" in registration) throw new Error(registration.check);
  const { teeAttestationReport, workloadCollaterals: wc } = registration;
  const zeros = new Uint8Array(64);
  const isEcdsa = wc.tpmSignature.length === 72;
  const copies: Record<string, Partial<Registration>> = {
    "report padded": { teeAttestationReport: concat(teeAttestationReport, zeros) },
    "quote signature's twin": {
      workloadCollaterals: { ...wc, tpmSignature: isEcdsa ? twinOf(wc.tpmSignature) : wc.tpmSignature },
    },
    "certification dropped": { certification: null },
    "last certificate dropped": { workloadCollaterals: { ...wc, certs: wc.certs.slice(0, -1) } },
    "certificates dropped": { workloadCollaterals: { ...wc, certs: [] } },
    "selection changed": {
      workloadCollaterals: { ...wc, pcrs: wc.pcrs.map((pcr) => ({ ...pcr, measurePcr: !pcr.measurePcr })) },
    },
    "events dropped": {
      workloadCollaterals: { ...wc, pcrs: wc.pcrs.map((pcr) => ({ ...pcr, allEvents: [] })) },
    },
    "report id brought": { workloadCollaterals: { ...wc, reportId: zeros.subarray(0, 16) } },
    "cloud changed": { cloud: 4 },
    "TEE changed": { tee: 2 },
    "report type changed": { reportType: 2 },
  };
  return Object.entries(copies).map(([name, change]) => ({
    name,
    calldata: encodeAttestCvm({ ...registration, ...change }),
  }));
}

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

    it("leaves the identical record and events behind wherever a copyist's change is accepted", async () => {
      const registry = chain.address("CVMRegistry");
      const id = verifyCalldata(calldata, context).claims!.identityHash;
      const effectOf = async (data: Uint8Array) => {
        const snapshot = await chain.testClient.snapshot();
        const receipt = await chain.send(registry, toHex(data));
        const args = [toHex(id)] as const;
        const at = { address: registry, abi: cvmRegistryAbi, args };
        const record = await chain.publicClient.readContract({ ...at, functionName: "getCvm" });
        await chain.testClient.revert({ id: snapshot });
        return { record, events: receipt.logs.map(({ address, topics, data }) => [address, topics, data]) };
      };
      const wanted = await effectOf(calldata);
      let accepted = 0;
      for (const { name, calldata: changed } of copiesOf(calldata)) {
        if ((await verdictOnChain(chain, registry, changed)) !== null) continue;
        assert.deepEqual(await effectOf(changed), wanted, name);
        accepted += 1;
      }
      assert.ok(accepted >= 2, `${accepted} accepted`);
    });
  });
