// What the keeper brings for a proof, which wants the source's documents to be the chain's: those that differ, and no more.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";
import { simulatedCollateralSource } from "../../agent/platforms/simulated/collateral.ts";
import { simulatedQuote } from "../../agent/platforms/simulated/simulated-quote.ts";
import { chainOf, httpRpc } from "../../relayer/chain.ts";
import { collateralKeeper } from "../../relayer/collateral/keeper.ts";
import type { ProvenDocument } from "../../relayer/collateral/proven.ts";
import { newCollateralWatch } from "../../relayer/collateral/watch.ts";
import { newLog } from "../../relayer/log.ts";
import { newMetrics } from "../../relayer/metrics.ts";
import { contract, everything, now, playContract } from "./support/collateral.ts";
import { sampleCalldata } from "./support/evidence.ts";
import { FakeNode } from "./support/fake-node.ts";

/** A chain that holds everything for long, and what is sent to it. */
async function setUp(t: TestContext) {
  const node = await new FakeNode().listen();
  t.after(() => node.close());
  playContract(node, everything, () => null);
  const sent: string[] = [];
  const keeper = collateralKeeper({
    chain: chainOf(httpRpc(node.url, 2_000)),
    contract,
    source: simulatedCollateralSource(() => now),
    upserts: {
      send: (steps) => {
        sent.push(...steps.map(({ functionName }) => functionName));
        return Promise.resolve(sent);
      },
      conclude: () => Promise.resolve(),
    },
    marginSeconds: 1n,
    attempts: 3,
    watch: newCollateralWatch(() => now),
    log: newLog("silent"),
    metrics: newMetrics(),
  });
  const calldata = sampleCalldata(99n, 0, await simulatedQuote({ seed: 1 }));
  const prepare = (...others: ProvenDocument[]) => keeper.prepare(calldata, new Set(others));
  return { prepare, sent };
}

describe("documents of which the source has others than the chain", () => {
  for (const [others, steps] of [
    [["pckCrl"], ["upsertPCKCRL"]],
    [
      ["rootCrl", "qeIdentity", "tcbInfo"],
      ["upsertRootCRL", "upsertTCBInfo", "upsertQEIdentity"],
    ],
    // Its chain ends in the root, which the contract takes from it.
    [["signer"], ["upsertSigner"]],
    [["root"], ["upsertSigner"]],
    [
      ["signer", "tcbInfo"],
      ["upsertSigner", "upsertTCBInfo"],
    ],
  ] as const)
    it(`are brought, and waited for: ${others.join(", ")}`, async (t) => {
      const { prepare, sent } = await setUp(t);
      assert.equal(await prepare(...others), `Intel's collateral is under way: ${steps.join(", ")}`);
      assert.deepEqual(sent, steps);
    });

  it("are none for a registration without a proof", async (t) => {
    const { prepare, sent } = await setUp(t);
    assert.equal(await prepare(), null);
    assert.deepEqual(sent, []);
  });
});
