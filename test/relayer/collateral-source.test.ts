// A source of collateral that does not answer, or answers with what does not help.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { simulatedCollateralSource } from "../../agent/platforms/simulated/collateral.ts";
import type { RelayerOptions } from "../../relayer/server.ts";
import {
  everything,
  metric,
  mustSetUpCollateral,
  nothing,
  now,
  register,
  sentTo,
  soon,
} from "./support/collateral.ts";
import { finished, until } from "./support/relayer.ts";

describe("a source of collateral that fails", () => {
  it("is asked again, then the registration goes on and the chain judges", async (t) => {
    let asked = 0;
    const collateralSource = {
      tdxCollateral: () => {
        asked++;
        return Promise.reject(new Error("no answer"));
      },
    };
    const { node, relayer } = await mustSetUpCollateral(t, nothing, {
      collateralSource,
      collateralAttempts: 3,
    });
    assert.equal((await until(relayer, await register(relayer), finished)).state, "confirmed");
    assert.equal(asked, 3);
    assert.deepEqual(sentTo(node), ["attestCvm"]);
    assert.ok(metric(relayer, "cvm_relayer_collateral_source_failures_total 3"));
  });

  // A test each: two relayers must never run on the one store that the tests of this file share.
  for (const { when, given, answer } of [
    { when: "nothing urgent is due", given: { ...everything, upsertTCBInfo: soon }, answer: null },
    { when: "it sends what cannot be read", given: nothing, answer: new Uint8Array(9) },
  ])
    it(`is asked once when ${when}`, async (t) => {
      let asked = 0;
      const source = simulatedCollateralSource(() => now);
      const collateralSource: RelayerOptions["collateralSource"] = {
        tdxCollateral: async (query) => {
          asked++;
          if (answer === null) throw new Error("no answer");
          return { ...(await source.tdxCollateral(query)), tcbInfo: answer };
        },
      };
      const { node, relayer } = await mustSetUpCollateral(t, given, { collateralSource });
      assert.equal((await until(relayer, await register(relayer), finished)).state, "confirmed");
      assert.deepEqual([asked, sentTo(node)], [1, ["attestCvm"]]);
    });
});
