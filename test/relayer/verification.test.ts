// The relayer's off-chain verdict with Intel's collateral of a source, and what it leaves to the chain without.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { startAgent } from "../../agent/agent.ts";
import { simulatedCollateralSource } from "../../agent/platforms/simulated/collateral.ts";
import { startSimulatedMachine } from "../../agent/platforms/simulated/machine.ts";
import type { SimulatedTcb } from "../../agent/platforms/simulated/tcb.ts";
import { collectRegistration } from "../../agent/registration.ts";
import { collateralReader } from "../../relayer/collateral/judged.ts";
import type { CollateralQuery, CollateralSource } from "../../relayer/collateral/offered.ts";
import { newLog } from "../../relayer/log.ts";
import { sdkVerifier } from "../../relayer/registration/verification.ts";
import type { ChainFacts } from "../../relayer/registration/verification.ts";
import { toHex } from "../../sdk/evidence/bytes.ts";
import { encodeAttestCvm } from "../../sdk/evidence/calldata.ts";
import { block, chain, context, now } from "../agent/chain.ts";

const facts: ChainFacts = {
  chainId: block.chainId,
  registry: toHex(block.registry),
  head: chain.head - 1n,
  timestamp: now,
  anchor: { number: block.blockNumber, hash: toHex(block.blockHash) },
};

async function evidenceOf(tcb: SimulatedTcb): Promise<Uint8Array> {
  const platform = await startSimulatedMachine({ flavour: "gcp-tdx", tpm: "software", tcb });
  const agent = await startAgent({ platform, workload: { host: "127.0.0.1", port: 0 } });
  const registration = await collectRegistration(platform, agent.identity, { reportType: 1, block });
  await agent.close();
  return encodeAttestCvm(registration);
}

function verifierOf(source: CollateralSource | null, evaluation: number | null = null) {
  const { trust } = context;
  const options = { trust, maxAnchorBlocks: chain.maxAnchorBlocks, blockSeconds: chain.blockSeconds };
  const { intelRoot } = trust;
  const readEvaluation = () =>
    Promise.resolve(evaluation === null ? null : { tcbInfo: evaluation, qeIdentity: evaluation });
  const read = source && collateralReader({ source, intelRoot, readEvaluation, log: newLog("silent") });
  return sdkVerifier({ ...options, ...(read && { readCollateral: read }) });
}

const dated = (seconds: bigint) => simulatedCollateralSource(() => new Date(Number(seconds) * 1000));

describe("off-chain verdict", () => {
  const evidence = new Map<SimulatedTcb, Uint8Array>();
  before(async () => {
    for (const tcb of ["UpToDate", "OutOfDate", "PckRevoked"] as const)
      evidence.set(tcb, await evidenceOf(tcb));
  });
  after(() => evidence.clear());
  const judge = async (tcb: SimulatedTcb, source: CollateralSource | null) =>
    verifierOf(source)(evidence.get(tcb)!, facts);

  it("is drawn with the collateral of the evidence's platform", async () => {
    const verdict = await judge("UpToDate", dated(now));
    assert.deepEqual([verdict.verdict, verdict.explanation], ["accepted", "every check passed"]);
    assert.match(verdict.identityHash ?? "", /^0x[0-9a-f]{64}$/);
  });

  it("is drawn with the collateral of the TCB evaluation that the chain goes by", async () => {
    const asked: CollateralQuery[] = [];
    const tdxCollateral: CollateralSource["tdxCollateral"] = (query) => {
      asked.push(query);
      return dated(now).tdxCollateral(query);
    };
    const verdict = await verifierOf({ tdxCollateral }, 19)(evidence.get("UpToDate")!, facts);
    assert.equal(verdict.explanation, "every check passed");
    assert.deepEqual(
      asked.map(({ evaluation }) => evaluation),
      [{ tcbInfo: 19, qeIdentity: 19 }],
    );
  });

  it("accepts a platform that is out of date: policies judge that", async () => {
    assert.equal((await judge("OutOfDate", dated(now))).verdict, "accepted");
  });

  it("refuses a platform whose PCK certificate is revoked", async () => {
    const { verdict, check } = await judge("PckRevoked", dated(now));
    assert.deepEqual([verdict, check], ["rejected", "tdx.pck-revoked"]);
  });

  for (const [why, source] of [
    ["there is no source", null],
    ["the source does not answer", { tdxCollateral: () => Promise.reject(new Error("no answer")) }],
    ["the source's collateral has expired", dated(now - 40n * 86_400n)],
    ["the source's collateral is of the future", dated(now + 40n * 86_400n)],
  ] as const)
    it(`is left to the chain when ${why}`, async () => {
      const verdict = await judge("PckRevoked", source);
      assert.equal(verdict.verdict, "accepted");
      assert.match(verdict.explanation, /chain judges by its own/);
      assert.equal(verdict.identityHash, null);
    });

  it("names what fails before the collateral without any", async () => {
    const calldata = evidence.get("UpToDate")!;
    const foreign = { ...facts, registry: `0x${"22".repeat(20)}` as const };
    const { verdict, check } = await verifierOf(dated(now))(calldata, foreign);
    assert.deepEqual([verdict, check], ["rejected", "anchor.mismatch"]);
    const forged = Uint8Array.from(calldata);
    // In the certificates of the PCK chain, whose text ends the quote.
    forged[Buffer.from(calldata).indexOf("-----END CERTIFICATE-----") - 10]! ^= 1;
    assert.equal((await verifierOf(null)(forged, facts)).verdict, "rejected");
  });
});
