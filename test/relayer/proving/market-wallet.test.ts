// Proofs that are bought side by side from one wallet: its transactions go one after the other.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseTransaction } from "viem";
import type { TransactionSerializedEIP1559 } from "viem";
import { mustFail } from "../../proving/support/scene.ts";
import { setUpMarket, tdx, wish } from "./support/market-scene.ts";
import type { MarketScene } from "./support/market-scene.ts";

const otherWish = { ...wish, input: Uint8Array.from([...wish.input, 1]) };

/** What is known to the market is mined with the next pause, and delivered with the next look. */
function setUpSideBySide(): MarketScene {
  const scene = setUpMarket();
  const { chain, timer } = scene;
  const pass = timer.onSleep!;
  const delivered = new Set<bigint>();
  chain.isAutomine = false;
  timer.onSleep = (milliseconds) => {
    pass(milliseconds);
    chain.mine();
  };
  chain.onLogs = () => {
    for (const { request } of chain.submitted) {
      if (!delivered.has(request.id)) chain.deliver(request, tdx);
      delivered.add(request.id);
    }
  };
  return scene;
}

const noncesOf = ({ chain }: MarketScene) =>
  [...chain.raws.values()].map((raw) => parseTransaction(raw as TransactionSerializedEIP1559).nonce ?? 0);

describe("Boundless: two proofs at once from one wallet", () => {
  it("take one nonce each, the second when the first is in a block", async () => {
    const scene = setUpSideBySide();
    const proofs = await Promise.all([wish, otherWish].map((each) => scene.start().prove(each)));
    assert.deepEqual(
      proofs.map(({ proof }) => proof),
      [tdx.proof, tdx.proof],
    );
    assert.deepEqual(noncesOf(scene), [0, 1]);
  });

  it("go on when the first fails, or whoever asked for it gives up", async () => {
    for (const reason of ["rejected", "aborted"] as const) {
      const scene = setUpSideBySide();
      const { chain, timer } = scene;
      const giveUp = new AbortController();
      if (reason === "rejected") chain.fault("eth_estimateGas", { message: "execution reverted" });
      else chain.fault("eth_sendRawTransaction", { message: "busy" }, { message: "busy" });
      const asleep = timer.onSleep!;
      timer.onSleep = (milliseconds) => {
        if (reason === "aborted" && timer.pauses.length === 1) giveUp.abort(new Error("shutting down"));
        asleep(milliseconds);
      };
      const first = scene.start().prove({ ...wish, signal: giveUp.signal });
      const second = scene.start().prove(otherWish);
      if (reason === "rejected") await mustFail(first, "proving.rejected");
      else await assert.rejects(first, /shutting down/);
      assert.deepEqual((await second).proof, tdx.proof);
    }
  });
});
