// What a node says of the Boundless market, and deliveries that are not the proof asked for.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fromHex, toHex } from "../../../sdk/evidence/bytes.ts";
import { fulfillmentData } from "./support/fake-market.ts";
import { setUpMarket, tdx, wallet, wish } from "./support/market-scene.ts";
import { mustFail } from "../../proving/support/scene.ts";

describe("Boundless: a node that lies", () => {
  const word = `0x${"00".repeat(32)}`;
  const answers = [
    ["no list", {}],
    ["logs that are none", [{}]],
    ["logs of another event", [{ topics: [word], data: "0x" }]],
    ["more logs than there can be", Array.from({ length: 65 }, () => ({}))],
  ] as const;
  for (const [name, answer] of answers)
    it(`proving.answer-malformed: ${name}`, async () => {
      const { start, chain } = setUpMarket();
      chain.logsResult = () => answer;
      const error = await mustFail(start().prove(wish), "proving.answer-malformed");
      assert.equal(/list of few/.test(error.message), !name.startsWith("logs"));
    });

  it("proving.answer-malformed: logs of another request", async () => {
    const { start, chain } = setUpMarket();
    chain.logsResult = () => {
      const { request } = chain.submitted[0]!;
      return [chain.deliver({ ...request, id: request.id + 1n }, tdx)];
    };
    const error = await mustFail(start().prove(wish), "proving.answer-malformed");
    assert.match(error.message, /is not of request/);
  });
});

describe("Boundless: a delivery that is not the proof asked for", () => {
  const otherProgram = `0x${"ab".repeat(32)}` as const;
  const flipped = tdx.proof.map((byte, at) => (at === 100 ? byte ^ 1 : byte));
  const deliveries = [
    [
      "proving.wrong-program",
      "another image id",
      { fulfillmentData: fulfillmentData(otherProgram, tdx.output) },
    ],
    ["proving.wrong-program", "another claim", { claimDigest: otherProgram }],
    ["proving.receipt-malformed", "data of another type", { fulfillmentDataType: 2 }],
    ["proving.receipt-malformed", "no journal", { fulfillmentDataType: 0, fulfillmentData: "0x" }],
    ["proving.receipt-malformed", "data that cannot be read", { fulfillmentData: "0x1234" }],
    ["proving.receipt-malformed", "a set-inclusion seal", { seal: `0x242f9d5b${"00".repeat(256)}` }],
    ["proving.receipt-malformed", "a seal of another length", { seal: toHex(tdx.proof.subarray(0, 259)) }],
    ["proving.receipt-wrong", "a seal that does not verify", { seal: toHex(flipped) }],
  ] as const;
  for (const [code, name, changes] of deliveries)
    it(`${code}: ${name}`, async () => {
      const { start, deliverAfter } = setUpMarket();
      deliverAfter(1, changes);
      await mustFail(start().prove(wish), code);
    });

  it("proving.wrong-program: a journal that the claim is not about", async () => {
    const { start, deliverAfter } = setUpMarket();
    const journal = fromHex(`0x${"00".repeat(8)}`);
    deliverAfter(1, { fulfillmentData: fulfillmentData(tdx.program, journal) });
    await mustFail(start().prove(wish), "proving.wrong-program");
  });

  it("waits on when it is of another request with the same id", async () => {
    const { start, chain, deliverAfter } = setUpMarket();
    deliverAfter(1, { requestDigest: otherProgram });
    await mustFail(start().prove(wish), "proving.expired");
    assert.equal(chain.raws.size, 1);
  });

  it("is signed for by the wallet alone", async () => {
    const { start, chain, deliverAfter } = setUpMarket();
    deliverAfter(0);
    await start().prove(wish);
    const { request, signature } = chain.submitted[0]!;
    await chain.requireSigned(request, signature, wallet.address);
  });
});
