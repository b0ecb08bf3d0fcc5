// Contract and SDK give the same verdict and the same check id: captured registrations and seeded mutations of them.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { collateralCalldata, collateralSteps } from "../../scripts/collateral.ts";
import { createLocalChain } from "../../scripts/local-chain.ts";
import type { FrozenChain } from "../../scripts/local-chain.ts";
import { toHex } from "../../sdk/evidence/bytes.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import type { TdxCollateral } from "../../sdk/evidence/tdx-collateral.ts";
import { attestedOracleAbi } from "../../sdk/registry/abi/AttestedOracle.ts";
import { cvmRegistryAbi } from "../../sdk/registry/abi/CVMRegistry.ts";
import { verifyCalldata } from "../../sdk/verify/registration.ts";
import { defaultTrust } from "../../sdk/verify/roots.ts";
import { judgeTdxCollateral } from "../../sdk/verify/tdx/index.ts";
import { captured, capturedAt } from "../support/captured.ts";
import { capturedEvaluation, createCapturedChain } from "../support/chain-collateral.ts";
import { mutateCalldata } from "../support/mutations.ts";
import { count, newTally, verdictOnChain } from "../support/referee.ts";
import type { Verdict } from "../support/referee.ts";
import { mustJudge } from "../support/tdx-vectors.ts";

const mutationsPerCapture = 180;

/** Sends documents until one is refused. */
async function firstRefusal(chain: FrozenChain, collateral: TdxCollateral): Promise<Verdict> {
  const to = chain.address("IntelCollateral");
  for (const data of collateralSteps(collateral).map(collateralCalldata)) {
    const verdict = await verdictOnChain(chain, to, data);
    if (verdict !== null) return verdict;
    await chain.send(to, data);
  }
  return null;
}

describe("registration, contract and SDK", () => {
  let chain: FrozenChain;
  before(async () => {
    chain = await createCapturedChain();
  });
  after(() => chain.close());

  for (const { name, calldata, collateral } of captured) {
    const { intelRoot } = defaultTrust;
    const tdxCollateral = mustJudge(collateral, { intelRoot, now: capturedAt });
    const context = { now: capturedAt, trust: defaultTrust, tdxCollateral, chain: null };
    const judge = (bytes: Uint8Array) => verifyCalldata(bytes, context);

    it(`records the ${name} registration alike, value by value`, async () => {
      const report = judge(calldata);
      assert.equal(report.error, null);
      const claims = report.claims!;
      const snapshot = await chain.testClient.snapshot();
      const receipt = await chain.send(chain.address("CVMRegistry"), toHex(calldata));
      assert.equal(receipt.status, "success");
      const record = await chain.publicClient.readContract({
        address: chain.address("CVMRegistry"),
        abi: cvmRegistryAbi,
        functionName: "getCvm",
        args: [toHex(claims.identityHash)],
      });
      const explained = await chain.publicClient.readContract({
        address: chain.address("AttestedOracle"),
        abi: attestedOracleAbi,
        functionName: "explain",
        args: [toHex(claims.identityHash), "0x", "0x"],
      });
      await chain.testClient.revert({ id: snapshot });
      // Nothing was signed and no golden measurement is published: those three are not the record's.
      const notOfRecord = ["policy.measurement", "policy.message-format", "policy.signature"];
      const failed = explained.filter(({ passed }) => !passed).map(({ check }) => check);
      assert.deepEqual(
        failed.filter((id) => !notOfRecord.includes(id)),
        report.acceptance!.failed,
      );
      assert.ok(failed.includes("policy.tpm-fresh") && !failed.includes("policy.tcb-status"));
      assert.equal(record.assurance.tcbStatus, 1);
      assert.equal(record.registered, true);
      assert.equal(record.measurementHash, toHex(claims.measurementHash));
      assert.equal(record.platformId, toHex(claims.platformId));
      assert.deepEqual({ ...record.assurance }, { ...claims.assurance });
      assert.equal(BigInt(record.validUntil), claims.validUntil);
      assert.equal(BigInt(record.teeTime), claims.teeTime);
      assert.equal(BigInt(record.tpmTime), claims.tpmTime);
      assert.equal(record.measuredPcrs, claims.measuredPcrs);
    });

    it(`gives the same check for ${mutationsPerCapture} seeded mutations of the ${name} registration`, async () => {
      const tally = newTally();
      for (const mutation of mutateCalldata(calldata, mutationsPerCapture, 20260205)) {
        const contract = await verdictOnChain(chain, chain.address("CVMRegistry"), mutation.calldata);
        count(tally, mutation.name, contract, judge(mutation.calldata).error);
      }
      assert.deepEqual(tally.disagreements, []);
      assert.ok(tally.verdicts.size >= 15, `only ${[...tally.verdicts.keys()].join(", ")}`);
    });
  }
});

// Protocol §12: no documents of Intel's that cover the days of the captures are known.
describe("registration on the day of its capture", () => {
  for (const { name, calldata, collateral, day } of captured)
    it(`refuses the ${name} one for the want of collateral, on both sides`, async () => {
      const now = BigInt(Date.parse(`${day}T12:00:00Z`) / 1000);
      const { intelRoot } = defaultTrust;
      const chain = await createLocalChain({ roots: defaultTrust, at: now, evaluation: capturedEvaluation });
      try {
        const report = verifyCalldata(calldata, { now, trust: defaultTrust, chain: null });
        const contract = await verdictOnChain(chain, chain.address("CVMRegistry"), calldata);
        assert.deepEqual([contract, report.error], ["tdx.root-crl-missing", "tdx.root-crl-missing"]);
        // Documents of later cannot be brought.
        const judged = judgeTdxCollateral(collateral, { intelRoot, now });
        assert.equal(isRefusal(judged) ? judged.check : null, "tdx.pck-crl-dates");
        assert.equal(await firstRefusal(chain, collateral), "tdx.pck-crl-dates");
      } finally {
        await chain.close();
      }
    });
});
