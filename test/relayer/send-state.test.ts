import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  decide,
  journalledState,
  observe,
  refusalLimit,
  replaced,
} from "../../relayer/transactions/send-state.ts";
import type { Observation, SendPolicy, SendState } from "../../relayer/transactions/send-state.ts";

const policy: SendPolicy = {
  bumpAfterMs: 1000,
  retryAfterMs: 100,
  maxBumps: 2,
  confirmations: 3n,
  nonceUsedLimit: 3,
};
const inclusion = { hash: "0x1", blockNumber: 10n, isSuccess: true, gasUsed: 21000n };
const fresh = journalledState({ bumps: 0, isCancelling: false, wasTaken: false, expiresAtBlock: null });
const mined: Observation = { kind: "mined", inclusion };
const unused: Observation = { kind: "not-mined", isNonceUsed: false };
const used: Observation = { kind: "not-mined", isNonceUsed: true };
const accepted: Observation = { kind: "accepted" };
const head = (number: bigint): Observation => ({ kind: "head", number });
const rejected = (
  reason: "underpriced" | "oversized" | "funds" | "unreachable" | "unknown" | "nonce-too-low",
): Observation => ({
  kind: "rejected",
  reason,
});
const refusals = (count: number, reason: Parameters<typeof rejected>[0] = "unknown"): Observation[] =>
  Array.from({ length: count }, () => rejected(reason));
const after = (state: SendState, ...observations: Observation[]) =>
  observations.reduce((at, observation) => observe(at, observation, 0), state);

const table: readonly [string, SendState, number, string][] = [
  ["broadcasts bytes that were never sent", fresh, 0, "broadcast"],
  ["waits while the node has them", after(fresh, accepted), 999, "wait"],
  ["raises the fee after silence", after(fresh, accepted), 1000, "bump"],
  [
    "raises the fee at once when the node calls it underpriced",
    after(fresh, rejected("underpriced")),
    0,
    "bump",
  ],
  ["pauses when the node is away", after(fresh, rejected("unreachable")), 99, "wait"],
  ["sends the same bytes again after the pause", after(fresh, rejected("unreachable")), 100, "broadcast"],
  ["keeps sending the same bytes while there is no money", after(fresh, rejected("funds")), 100, "broadcast"],
  ["settles an unknown refusal by sending again", after(fresh, rejected("unknown")), 100, "broadcast"],
  ["gives bytes up that are refused again and again", after(fresh, ...refusals(refusalLimit)), 0, "cancel"],
  ["is patient until then", after(fresh, ...refusals(refusalLimit - 1)), 100, "broadcast"],
  [
    "counts no refusal whose reason passes",
    after(fresh, ...refusals(refusalLimit, "funds"), ...refusals(refusalLimit, "unreachable")),
    100,
    "broadcast",
  ],
  ["gives bytes up at once that are too long", after(fresh, rejected("oversized")), 0, "cancel"],
  [
    "gives nothing up that a node took once",
    after(fresh, accepted, ...refusals(refusalLimit)),
    100,
    "broadcast",
  ],
  [
    "keeps sending a refused cancellation",
    after(replaced(fresh, "cancel"), ...refusals(refusalLimit)),
    100,
    "broadcast",
  ],
  ["waits below the wanted depth", after(fresh, accepted, mined, head(11n)), 5000, "wait"],
  ["is done at the wanted depth", after(fresh, accepted, mined, head(12n)), 0, "done"],
  [
    "sends again after a reorg took the receipt",
    after(fresh, accepted, mined, head(11n), unused),
    0,
    "broadcast",
  ],
  [
    "waits when the nonce is used and the receipt is late",
    after(fresh, accepted, head(10n), used, head(11n), used),
    5000,
    "wait",
  ],
  [
    "waits as long as no block comes, however often it looks",
    after(fresh, accepted, head(10n), used, used, used, used),
    5000,
    "wait",
  ],
  [
    "gives the nonce up when it stays used without a receipt",
    after(fresh, accepted, head(10n), used, head(11n), used, head(12n), used),
    0,
    "lost",
  ],
  [
    "forgets a used nonce that one lagging node reported",
    after(fresh, accepted, head(10n), used, head(11n), used, unused, head(12n), used),
    0,
    "wait",
  ],
  [
    "sends again, at the same price, when the bumps are spent",
    after({ ...fresh, bumps: 2 }, accepted),
    1000,
    "broadcast",
  ],
  [
    "waits anew when the ceiling forbids a bump",
    after(fresh, accepted, { kind: "fee-ceiling" }),
    999,
    "wait",
  ],
  [
    "cancels when the evidence went stale",
    after({ ...fresh, expiresAtBlock: 20n }, accepted, head(20n)),
    0,
    "cancel",
  ],
  [
    "keeps a transaction whose evidence holds one more block",
    after({ ...fresh, expiresAtBlock: 20n }, accepted, head(19n)),
    0,
    "wait",
  ],
  [
    "never cancels a mined transaction",
    after({ ...fresh, expiresAtBlock: 10n }, accepted, mined, head(11n)),
    0,
    "wait",
  ],
];

describe("send state", () => {
  for (const [title, state, now, expected] of table)
    it(title, () => assert.equal(decide(state, policy, now).kind, expected));

  it("cancels once: the cancellation is then bumped like any other bytes", () => {
    const stale = after({ ...fresh, bumps: 2, expiresAtBlock: 20n }, accepted, head(25n));
    const cancelling = replaced(stale, "cancel");
    assert.equal(decide(cancelling, policy, 0).kind, "broadcast");
    assert.equal(decide(observe(cancelling, accepted, 0), policy, 1000).kind, "bump");
  });

  it("comes out of an unlimited outage with the same bytes", () => {
    let state = fresh;
    for (let now = 0; now < 100_000; now += 100) {
      assert.equal(decide(state, policy, now).kind, "broadcast");
      state = observe(state, rejected("unreachable"), now);
    }
    assert.equal(state.bumps, 0);
  });
});
