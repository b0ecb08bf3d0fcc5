// Collateral that is judged again: the verdict is that of a full judgement at every time, on every change and under every
// root; only the signatures of unchanged bytes are not checked anew.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { simulatedTdxCollateral } from "../../agent/platforms/simulated/collateral.ts";
import { simulatorTrustRoots } from "../../agent/platforms/simulated/pki.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import type { TdxCollateral } from "../../sdk/evidence/tdx-collateral.ts";
import { judgeFully } from "../../sdk/verify/tdx/collateral.ts";
import type { CollateralTrust } from "../../sdk/verify/tdx/collateral.ts";
import { judgeTdxCollateral } from "../../sdk/verify/tdx/remembered.ts";
import { capturedCollateral, mustFindSynthetic, realTrust, syntheticRoot } from "../support/tdx-vectors.ts";
import { capturedAt } from "./fixtures.ts";

const date = new Date("2026-02-05T00:00:00Z");
const synthetic = mustFindSynthetic("ok-v4");

function mapped(collateral: TdxCollateral, copy: (bytes: Uint8Array) => Uint8Array): TdxCollateral {
  const members = Object.entries(collateral) as [keyof TdxCollateral, Uint8Array][];
  return Object.fromEntries(members.map(([name, bytes]) => [name, copy(bytes)])) as unknown as TdxCollateral;
}

// Buffers, as a caller under Node has them: their slices share bytes.
const copyOf = (collateral: TdxCollateral) => mapped(collateral, (bytes) => Buffer.from(bytes));

const given: readonly (readonly [name: string, collateral: TdxCollateral, trust: CollateralTrust])[] = [
  ["Intel's", capturedCollateral.azure, realTrust(capturedAt)],
  ["the synthetic", synthetic.collateral, { intelRoot: syntheticRoot, now: synthetic.now }],
  [
    "the simulator's",
    simulatedTdxCollateral({ now: date }),
    { intelRoot: simulatorTrustRoots().intelRoot, now: BigInt(date.getTime() / 1000) },
  ],
];

/** What a judgement of a fresh copy comes to. */
function fullVerdict(collateral: TdxCollateral, trust: CollateralTrust) {
  const full = judgeFully(
    mapped(collateral, (bytes) => Uint8Array.from(bytes)),
    trust,
  );
  return isRefusal(full) ? full : full.judged;
}

function mustRemember(collateral: TdxCollateral, trust: CollateralTrust) {
  const judged = judgeTdxCollateral(collateral, trust);
  assert.ok(!isRefusal(judged));
  return judged;
}

describe("collateral judged again", () => {
  for (const [name, documents, trust] of given) {
    it(`is the judgement of before, for ${name}`, () => {
      const collateral = copyOf(documents);
      const first = mustRemember(collateral, trust);
      assert.equal(judgeTdxCollateral(collateral, trust), first);
      assert.notEqual(judgeTdxCollateral({ ...collateral }, trust), first);
      assert.deepEqual(fullVerdict(collateral, trust), first);
    });

    it(`is refused before and after each of its dates as a full judgement refuses, for ${name}`, () => {
      const collateral = copyOf(documents);
      mustRemember(collateral, trust);
      const full = judgeFully(collateral, trust);
      assert.ok(!isRefusal(full));
      const times = full.dated.flatMap(([, , from, until]) => [from - 1n, from, until, until + 1n]);
      const checks = new Set<string>();
      for (const now of times) {
        const again = judgeTdxCollateral(collateral, { ...trust, now });
        assert.deepEqual(again, fullVerdict(collateral, { ...trust, now }), String(now));
        if (isRefusal(again)) checks.add(again.check);
      }
      assert.ok(checks.size >= 2, [...checks].join(" "));
    });

    it(`does not outlive a change of its bytes, for ${name}`, () => {
      for (const member of Object.keys(documents) as (keyof TdxCollateral)[]) {
        const collateral = copyOf(documents);
        const first = mustRemember(collateral, trust);
        const before = structuredClone(first);
        collateral[member][collateral[member].length - 9]! ^= 1;
        const again = judgeTdxCollateral(collateral, trust);
        assert.ok(isRefusal(again), member);
        assert.deepEqual(again, fullVerdict(collateral, trust), member);
        // What was handed out does not change with the caller's buffer.
        assert.deepEqual(first, before, member);
      }
    });

    it(`does not outlive a change of the root, for ${name}`, () => {
      const collateral = copyOf(documents);
      const intelRoot = Uint8Array.from(trust.intelRoot);
      mustRemember(collateral, { ...trust, intelRoot });
      intelRoot[0]! ^= 1;
      const again = judgeTdxCollateral(collateral, { ...trust, intelRoot });
      assert.ok(isRefusal(again) && again.check === "tdx.root");
    });
  }

  it("remembers no refusal: what is put right is accepted", () => {
    const [, documents, trust] = given[0]!;
    const collateral = copyOf(documents);
    collateral.tcbInfo[0]! ^= 1;
    assert.ok(isRefusal(judgeTdxCollateral(collateral, trust)));
    collateral.tcbInfo[0]! ^= 1;
    mustRemember(collateral, trust);
  });
});
