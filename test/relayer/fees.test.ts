import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { bumpedFees, cancelFees, firstFees } from "../../relayer/transactions/fees.ts";
import { nextNonce } from "../../relayer/transactions/nonces.ts";
import { classifyRejection } from "../../relayer/transactions/rejection.ts";

const gwei = 1_000_000_000n;
const wei = fc.bigInt({ min: 0n, max: 10_000n * gwei });
const market = fc.record({ baseFeePerGas: wei, priorityFeePerGas: wei });

describe("fees", () => {
  it("offers twice the base fee and the tip", () => {
    const fees = firstFees({ baseFeePerGas: 10n * gwei, priorityFeePerGas: gwei }, { ceiling: 100n * gwei });
    assert.deepEqual(fees, { maxFeePerGas: 21n * gwei, maxPriorityFeePerGas: gwei });
  });

  it("offers what can be raised once more below the ceiling, and nothing when the market is above that", () => {
    const now = { baseFeePerGas: 10n * gwei, priorityFeePerGas: gwei };
    const ceiling = (11n * gwei * 9n) / 8n + 1n;
    const first = firstFees(now, { ceiling });
    assert.equal(first?.maxFeePerGas, 11n * gwei);
    assert.ok(first !== null && bumpedFees(first, now, { ceiling })!.maxFeePerGas <= ceiling);
    assert.equal(firstFees(now, { ceiling: ceiling - 1n }), null);
    assert.equal(firstFees({ baseFeePerGas: 0n, priorityFeePerGas: 1n }, { ceiling: 0n }), null);
  });

  it("withdraws at any market, above the ceiling by what a replacement has to offer and no more", () => {
    fc.assert(
      fc.property(market, market, wei, (before, now, ceiling) => {
        const first = firstFees(before, { ceiling });
        if (first === null) return;
        // As far as it goes: the ceiling may be reached by then.
        const sent = bumpedFees(first, before, { ceiling }) ?? first;
        const fees = cancelFees(sent, now, { ceiling });
        assert.ok(fees.maxFeePerGas * 10n >= sent.maxFeePerGas * 11n);
        assert.ok(fees.maxPriorityFeePerGas * 10n >= sent.maxPriorityFeePerGas * 11n);
        assert.ok(fees.maxPriorityFeePerGas <= fees.maxFeePerGas);
        const demanded = sent.maxFeePerGas + sent.maxFeePerGas / 8n + 1n;
        assert.ok(fees.maxFeePerGas <= (demanded > ceiling ? demanded : ceiling));
      }),
      { seed: 7 },
    );
  });

  it("raises both fees by more than a tenth, never beyond the ceiling, never a tip above the fee", () => {
    fc.assert(
      fc.property(market, market, wei, (before, now, ceiling) => {
        const highest = 20_000n * gwei;
        const first = firstFees(before, { ceiling: (highest * 9n) / 8n + 1n });
        assert.ok(first !== null && first.maxFeePerGas <= highest);
        const next = bumpedFees(first, now, { ceiling });
        if (next === null) return;
        assert.ok(next.maxFeePerGas * 10n >= first.maxFeePerGas * 11n);
        assert.ok(next.maxPriorityFeePerGas * 10n >= first.maxPriorityFeePerGas * 11n);
        assert.ok(next.maxFeePerGas <= ceiling && next.maxPriorityFeePerGas <= next.maxFeePerGas);
        assert.ok(next.maxFeePerGas >= now.baseFeePerGas);
      }),
      { seed: 7 },
    );
  });

  it("bumps again once a market above the ceiling has fallen", () => {
    const first = { maxFeePerGas: 20n * gwei, maxPriorityFeePerGas: gwei };
    const policy = { ceiling: 50n * gwei };
    assert.equal(bumpedFees(first, { baseFeePerGas: 60n * gwei, priorityFeePerGas: gwei }, policy), null);
    assert.ok(bumpedFees(first, { baseFeePerGas: 20n * gwei, priorityFeePerGas: gwei }, policy) !== null);
  });
});

describe("nonces", () => {
  const table: readonly [string, bigint, bigint[], bigint][] = [
    ["takes the chain's count when nothing is open", 5n, [], 5n],
    ["goes behind journalled nonces the node does not know yet", 5n, [5n, 6n], 7n],
    ["follows a chain that is ahead of the journal", 9n, [5n, 6n], 9n],
    ["fills a hole before going on", 5n, [6n, 7n], 5n],
    ["fills a hole in the middle", 5n, [5n, 7n], 6n],
  ];
  for (const [title, pending, open, expected] of table)
    it(title, () => assert.equal(nextNonce(pending, open), expected));
});

describe("rejections of a node", () => {
  const table: readonly [string, string][] = [
    ["already known", "known"],
    ["Known transaction: 0xabc", "known"],
    ["nonce too low: next nonce 5, tx nonce 4", "nonce-too-low"],
    ["Transaction nonce too low. Expected nonce to be at least 3 but got 1.", "nonce-too-low"],
    ["replacement transaction underpriced", "underpriced"],
    ["transaction underpriced: gas tip cap 0", "underpriced"],
    ["insufficient funds for gas * price + value", "funds"],
    ["Sender doesn't have enough funds to send tx.", "funds"],
    ["oversized data: transaction size 140000, limit 131072", "oversized"],
    ["MaxTxSizeExceeded", "oversized"],
    ["rate limit exceeded", "unreachable"],
    ["Too Many Requests", "unreachable"],
    ["internal error", "unknown"],
  ];
  for (const [message, expected] of table)
    it(`reads "${message}" as ${expected}`, () =>
      assert.equal(classifyRejection(Object.assign(new Error(message), { code: -32000 })), expected));

  it("takes an error without a JSON-RPC code for a node that was not reached", () => {
    assert.equal(classifyRejection(new Error("fetch failed")), "unreachable");
  });
});
