// Buying a proof at the Boundless market: the way, the ceilings, and what the chain and a delivery can do.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseTransaction } from "viem";
import type { TransactionSerializedEIP1559 } from "viem";
import { toHex } from "../../../sdk/evidence/bytes.ts";
import type { ChainFault } from "./support/fake-market.ts";
import { setUpMarket, tdx, terms, wish } from "./support/market-scene.ts";
import { mustFail } from "../../proving/support/scene.ts";

describe("Boundless", () => {
  it("brings the captured proof that a prover delivers", async () => {
    const { start, chain, journal, deliverAfter, progress } = setUpMarket();
    deliverAfter(2);
    const proof = await start().prove(wish);
    assert.deepEqual(proof, { program: tdx.program, output: tdx.output, proof: tdx.proof });
    assert.deepEqual(journal.steps, ["signed", "sending", "submitted"]);
    assert.equal(chain.submitted.length, 1);
    assert.equal(progress.at(-1)!.state, "awaiting a delivery");
  });

  it("offers what is configured, and deposits what the wallet lacks at the market", async () => {
    const { start, chain, deliverAfter } = setUpMarket();
    chain.deposited = 10n ** 14n;
    deliverAfter(0);
    await start().prove(wish);
    const { request } = chain.submitted[0]!;
    assert.deepEqual(request.offer, {
      minPrice: terms.minPrice,
      maxPrice: terms.maxPrice,
      rampUpStart: 1_770_000_030n,
      rampUpPeriod: 60,
      lockTimeout: 300,
      timeout: 570,
      lockCollateral: 0n,
    });
    assert.equal(request.imageUrl, `https://programs.example/${tdx.program}`);
    assert.equal(request.input.data, `0x00${toHex(wish.input).slice(2)}`);
    assert.equal(chain.deposited, terms.maxPrice);
    const [raw] = chain.raws.values();
    const { gas, chainId, maxFeePerGas } = parseTransaction(raw as TransactionSerializedEIP1559);
    assert.deepEqual([gas, chainId, maxFeePerGas], [125_000n, 8453, 2_000_001n]);
  });

  it("buys nothing when the same request comes again", async () => {
    const { start, chain, deliverAfter } = setUpMarket();
    deliverAfter(0);
    await start().prove(wish);
    assert.deepEqual((await start().prove(wish)).proof, tdx.proof);
    assert.deepEqual([chain.raws.size, chain.deposited], [1, terms.maxPrice]);
  });

  it("looks through every block since the request, in ranges that the node takes", async () => {
    const { start, chain, deliverAfter, timer } = setUpMarket();
    timer.onSleep = () => chain.pass(200);
    deliverAfter(4);
    await start({ logBlocks: 40n }).prove(wish);
    assert.equal(chain.ranges[0]![0], 1_000n);
    for (const [from, to] of chain.ranges) assert.ok(to - from < 40n);
    const seen = new Set(
      chain.ranges.flatMap(([from, to]) =>
        Array.from({ length: Number(to - from) + 1 }, (_, at) => Number(from) + at),
      ),
    );
    for (let block = 1_000; block <= Number(chain.ranges.at(-1)![1]); block++) assert.ok(seen.has(block));
  });

  it("sees a delivery that a reorganisation moved into a block already looked at", async () => {
    const { start, chain } = setUpMarket();
    let looks = 0;
    chain.onLogs = () => {
      if (looks++ !== 5) return;
      const { blockNumber } = chain;
      chain.blockNumber = blockNumber - 7n;
      chain.deliver(chain.submitted[0]!.request, tdx);
      chain.blockNumber = blockNumber;
    };
    // Its block is below the head that the look before has reached.
    assert.deepEqual((await start().prove(wish)).proof, tdx.proof);
  });
});

describe("Boundless: what it refuses to spend", () => {
  const nothing = (scene: ReturnType<typeof setUpMarket>) => {
    assert.equal(scene.chain.raws.size, 0);
    assert.equal(scene.orders.length, 0);
  };

  it("proving.price-ceiling: an offer above the ceiling of one proof", async () => {
    const scene = setUpMarket();
    await mustFail(scene.start({ priceCeiling: terms.maxPrice - 1n }).prove(wish), "proving.price-ceiling");
    assert.deepEqual(scene.chain.requests, []);
  });

  it("proving.price-ceiling: an offer above the wallet's ceiling, off chain too", async () => {
    const scene = setUpMarket();
    const options = { walletCeiling: terms.maxPrice - 1n, orderStreamUrl: "https://stream.example" };
    await mustFail(scene.start(options).prove(wish), "proving.price-ceiling");
    nothing(scene);
  });

  it("proving.price-ceiling: deposit and gas above the wallet's ceiling", async () => {
    const scene = setUpMarket();
    // 125,000 gas at 2,000,001 wei each.
    const walletCeiling = terms.maxPrice + 125_000n * 2_000_001n;
    await mustFail(scene.start({ walletCeiling: walletCeiling - 1n }).prove(wish), "proving.price-ceiling");
    nothing(scene);
    scene.deliverAfter(0);
    await scene.start({ walletCeiling }).prove(wish);
  });

  it("proving.price-ceiling: an offer signed before the ceiling came down", async () => {
    const scene = setUpMarket();
    scene.chain.deposited = terms.maxPrice;
    scene.journal.crashAt = { save: 1, isWritten: true };
    await assert.rejects(scene.start().prove(wish), { name: "Crash" });
    const lower = { priceCeiling: terms.maxPrice - 1n, terms: { ...terms, maxPrice: terms.minPrice } };
    await mustFail(scene.start(lower).prove(wish), "proving.price-ceiling");
    nothing(scene);
  });

  it("proving.price-ceiling: gas above its ceiling", async () => {
    const scene = setUpMarket();
    scene.chain.baseFeePerGas = 10n ** 9n;
    await mustFail(scene.start().prove(wish), "proving.price-ceiling");
    nothing(scene);
  });

  it("proving.funds: more than the wallet has", async () => {
    const scene = setUpMarket();
    scene.chain.balance = terms.maxPrice;
    await mustFail(scene.start().prove(wish), "proving.funds");
    scene.chain.balance = terms.maxPrice - 1n;
    await mustFail(scene.start().prove(wish), "proving.funds");
    nothing(scene);
  });

  it("proving.request: an offer that outlives the deadline", async () => {
    const scene = setUpMarket();
    // 30 s until the ramp, 570 s of offer.
    const deadline = 1_770_000_600_000;
    await mustFail(scene.start().prove({ ...wish, deadline: deadline - 1 }), "proving.request");
    nothing(scene);
    scene.deliverAfter(0);
    await scene.start().prove({ ...wish, deadline });
  });

  it("proving.config: an offer that the market would not take", async () => {
    const scene = setUpMarket();
    await mustFail(scene.start({ terms: { ...terms, rampUpPeriod: 301 } }).prove(wish), "proving.config");
    nothing(scene);
  });

  it("proving.config: a node of another chain", async () => {
    const scene = setUpMarket();
    scene.chain.chainId = 1n;
    await mustFail(scene.start().prove(wish), "proving.config");
    nothing(scene);
  });

  it("proving.outcome-unknown: an id that the market knows and the journal does not", async () => {
    const scene = setUpMarket();
    scene.deliverAfter(0);
    await scene.start().prove(wish);
    const { id } = scene.chain.submitted[0]!.request;
    const other = setUpMarket();
    other.chain.taken.add(id.toString());
    await mustFail(other.start().prove(wish), "proving.outcome-unknown");
    nothing(other);
  });

  it("proving.answer-malformed: an address that is no market", async () => {
    const scene = setUpMarket();
    scene.chain.viewResult = "0x";
    await mustFail(scene.start().prove(wish), "proving.answer-malformed");
    nothing(scene);
  });

  it("proving.rejected: a submission that would revert", async () => {
    const scene = setUpMarket();
    scene.chain.fault("eth_estimateGas", { message: "execution reverted" });
    await mustFail(scene.start().prove(wish), "proving.rejected");
    nothing(scene);
  });
});

describe("Boundless: a chain that fails", () => {
  const methods = [
    ...["eth_chainId", "eth_getBlockByNumber", "eth_call", "eth_maxPriorityFeePerGas", "eth_estimateGas"],
    ...["eth_getBalance", "eth_getTransactionCount", "eth_getTransactionReceipt", "eth_getLogs"],
    "eth_sendRawTransaction",
  ];
  const faults: readonly ChainFault[] = ["drop", "hang", "lost-answer", { message: "internal error" }];
  for (const method of methods)
    for (const fault of faults)
      it(`is asked ${method} again after ${typeof fault === "string" ? fault : fault.message}, and sent one transaction`, async () => {
        const { start, chain, deliverAfter } = setUpMarket();
        chain.fault(method, fault, fault);
        deliverAfter(1);
        assert.deepEqual((await start().prove(wish)).proof, tdx.proof);
        assert.deepEqual([chain.raws.size, chain.deposited], [1, terms.maxPrice]);
      });

  it("proving.timeout: ends at the deadline when it stays silent, and goes on later", async () => {
    const { start, chain } = setUpMarket();
    chain.fault("eth_getLogs", ...Array.from({ length: 400 }, () => "drop" as const));
    const error = await mustFail(start().prove(wish), "proving.timeout");
    assert.match(error.message, /deliveries/);
    chain.clearFaults();
    chain.deliver(chain.submitted[0]!.request, tdx);
    await start().prove({ ...wish, deadline: wish.deadline + 1_000_000 });
    assert.equal(chain.raws.size, 1);
  });

  it("proving.nonce-used: another transaction took the nonce", async () => {
    const { start, chain, timer } = setUpMarket();
    chain.isAutomine = false;
    timer.onSleep = () => void (chain.nonce = 1n);
    await mustFail(start().prove(wish), "proving.nonce-used");
    await mustFail(start().prove(wish), "proving.nonce-used");
    assert.equal(chain.raws.size, 1);
  });

  it("sees a transaction that comes in between two questions", async () => {
    const { start, chain, deliverAfter } = setUpMarket();
    chain.isAutomine = false;
    deliverAfter(0);
    const inclusions = () => chain.requests.filter((method) => method === "eth_getTransactionReceipt").length;
    // Not there when its receipt is asked for, there when the nonce is.
    chain.onCount = () => void (inclusions() === 2 && chain.mine());
    assert.deepEqual((await start().prove(wish)).proof, tdx.proof);
    assert.equal(chain.raws.size, 1);
  });

  it("proving.rejected: the market reverted the submission", async () => {
    const { start, chain } = setUpMarket();
    chain.isMinedSuccess = false;
    await mustFail(start().prove(wish), "proving.rejected");
  });

  it("proving.funds: the node says that the wallet cannot pay", async () => {
    const { start, chain } = setUpMarket();
    chain.fault("eth_sendRawTransaction", { message: "insufficient funds for gas * price + value" });
    await mustFail(start().prove(wish), "proving.funds");
  });

  it("proving.expired: nobody took the offer", async () => {
    const { start, chain } = setUpMarket();
    await mustFail(start().prove(wish), "proving.expired");
    assert.ok(chain.timestamp > 1_770_000_600n);
    await mustFail(start().prove(wish), "proving.expired");
    assert.equal(chain.raws.size, 1);
  });
});
