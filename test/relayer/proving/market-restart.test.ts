// A process that dies while it buys at the Boundless market, around every save and every question to the chain: it goes on,
// and one transaction with one deposit is all that ever leaves the wallet.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setUpMarket, tdx, terms, wish } from "./support/market-scene.ts";
import type { MarketScene } from "./support/market-scene.ts";

function setUpDelivery(): MarketScene {
  const scene = setUpMarket();
  // A prover delivers once the request is known, whoever looks.
  let looks = 0;
  scene.chain.onLogs = () => {
    if (looks++ === 1) scene.chain.deliver(scene.chain.submitted[0]!.request, tdx);
  };
  const alive = scene.timer.onSleep!;
  scene.timer.onSleep = (milliseconds) => {
    if (scene.chain.isDown) throw new Error("dead");
    alive(milliseconds);
  };
  return scene;
}

async function mustGoOn({ start, chain }: MarketScene): Promise<void> {
  chain.isDown = false;
  assert.deepEqual((await start().prove(wish)).proof, tdx.proof);
  assert.deepEqual([chain.raws.size, chain.submitted.length, chain.deposited], [1, 1, terms.maxPrice]);
}

async function methodsOfARun(): Promise<readonly string[]> {
  const scene = setUpDelivery();
  await scene.start().prove(wish);
  return scene.chain.requests;
}

const methods = await methodsOfARun();

describe("boundless: a process that dies", () => {
  for (const save of [1, 2, 3])
    for (const isWritten of [false, true])
      it(`at save ${save}, ${isWritten ? "after" : "before"} it is written`, async () => {
        const scene = setUpDelivery();
        scene.journal.crashAt = { save, isWritten };
        await assert.rejects(scene.start().prove(wish), { name: "Crash" });
        await mustGoOn(scene);
      });

  for (const [at, method] of methods.entries())
    for (const kind of ["crash-before", "crash-after"] as const)
      it(`${kind === "crash-before" ? "before" : "after"} question ${at + 1}, ${method}`, async () => {
        const scene = setUpDelivery();
        const earlier = methods.slice(0, at).filter((each) => each === method).length;
        scene.chain.fault(method, ...Array.from({ length: earlier }, () => "pass" as const), kind);
        await assert.rejects(scene.start().prove(wish));
        await mustGoOn(scene);
      });

  it("has the signed offer and the signed transaction in its journal before the chain hears of either", async () => {
    const scene = setUpDelivery();
    scene.chain.fault("eth_sendRawTransaction", "crash-before");
    await assert.rejects(scene.start().prove(wish));
    assert.deepEqual(scene.journal.steps, ["signed", "sending"]);
    assert.equal(scene.chain.raws.size, 0);
  });
});
