// Orders to the Boundless market that go out off chain: against a deposit, and to be paid once however often they arrive.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeRequest } from "../../../relayer/proving/boundless-request.ts";
import { sessionOf } from "../../../proving/journal.ts";
import { setUpMarket, streamUrl, tdx, terms, wish } from "./support/market-scene.ts";
import type { MarketScene } from "./support/market-scene.ts";
import { mustFail } from "../../proving/support/scene.ts";
import type { WireFault } from "../../proving/support/wire.ts";

function setUpStream(): MarketScene & { readonly startStream: () => ReturnType<MarketScene["start"]> } {
  const scene = setUpMarket();
  scene.chain.deposited = terms.maxPrice;
  let looks = 0;
  scene.chain.onLogs = () => {
    if (++looks !== 3) return;
    const { remote } = sessionOf(scene.journal.texts.at(-1)!);
    scene.chain.deliver(decodeRequest(remote["request"]!), tdx);
  };
  return { ...scene, startStream: () => scene.start({ orderStreamUrl: `${streamUrl}/` }) };
}

describe("order stream", () => {
  it("gets the signed order, and the chain no transaction", async () => {
    const { startStream, chain, orders, wire, journal } = setUpStream();
    assert.deepEqual((await startStream().prove(wish)).proof, tdx.proof);
    assert.equal(wire.sent[0]!.url, `${streamUrl}/api/v1/submit_order`);
    assert.deepEqual(Object.keys(wire.sent[0]!.headers), ["content-type"]);
    assert.equal(orders.length, 1);
    assert.equal(chain.raws.size, 0);
    assert.deepEqual(journal.steps, ["signed", "posting", "submitted"]);
  });

  it("proving.funds: takes no order that the deposit does not cover", async () => {
    const { startStream, chain, orders } = setUpStream();
    chain.deposited = terms.maxPrice - 1n;
    await mustFail(startStream().prove(wish), "proving.funds");
    assert.equal(orders.length, 0);
  });

  const faults: readonly WireFault[] = [
    { kind: "status", status: 429 },
    { kind: "status", status: 502 },
    { kind: "hang" },
    { kind: "reset" },
    { kind: "lost-answer" },
  ];
  for (const fault of faults)
    it(`gets the very same order again after ${"status" in fault ? fault.status : fault.kind}`, async () => {
      const { startStream, wire, orders } = setUpStream();
      wire.fault("POST /api/v1/submit_order", fault, fault);
      assert.deepEqual((await startStream().prove(wish)).proof, tdx.proof);
      const bodies = new Set(orders.map(({ body }) => Buffer.from(body).toString("hex")));
      assert.equal(bodies.size, 1);
    });

  it("may say that it has the order", async () => {
    const { startStream, wire } = setUpStream();
    wire.fault("POST /api/v1/submit_order", { kind: "status", status: 409 });
    assert.deepEqual((await startStream().prove(wish)).proof, tdx.proof);
  });

  it("may refuse an order that came twice: the market tells", async () => {
    const { startStream, wire } = setUpStream();
    const refused = { kind: "status", status: 400, body: '{"msg":"exists"}' } as const;
    wire.fault("POST /api/v1/submit_order", { kind: "lost-answer" }, refused);
    assert.deepEqual((await startStream().prove(wish)).proof, tdx.proof);
  });

  it("proving.rejected: refuses an order that came once", async () => {
    const { startStream, wire } = setUpStream();
    wire.fault("POST /api/v1/submit_order", { kind: "status", status: 400, body: '{"msg":"bad signature"}' });
    const error = await mustFail(startStream().prove(wish), "proving.rejected");
    assert.match(error.message, /bad signature/);
    // Nothing came of it, and the next try is not taken for a second.
    const refused = { kind: "status", status: 400 } as const;
    wire.fault("POST /api/v1/submit_order", refused);
    await mustFail(startStream().prove(wish), "proving.rejected");
  });

  for (const kind of ["crash-before", "crash-after"] as const)
    it(`gets the same order when the process dies ${kind === "crash-before" ? "before" : "after"} it`, async () => {
      const { startStream, wire, orders, timer } = setUpStream();
      wire.fault("POST /api/v1/submit_order", { kind });
      const alive = timer.onSleep!;
      timer.onSleep = () => assert.fail("dead");
      await assert.rejects(startStream().prove(wish));
      wire.isDown = false;
      timer.onSleep = alive;
      assert.deepEqual((await startStream().prove(wish)).proof, tdx.proof);
      assert.equal(new Set(orders.map(({ body }) => Buffer.from(body).toString("hex"))).size, 1);
    });
});
