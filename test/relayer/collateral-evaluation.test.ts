// The relayer asks for the documents of the TCB evaluation that the chain goes by, and says so when there are none.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";
import { simulatedCollateralSource } from "../../agent/platforms/simulated/collateral.ts";
import type { CollateralQuery } from "../../relayer/collateral/offered.ts";
import { newLog } from "../../relayer/log.ts";
import { CollateralError } from "../../sdk/collateral/error.ts";
import { everything, mustSetUpCollateral, nothing, now, playContract } from "./support/collateral.ts";
import type { Held } from "./support/collateral.ts";
import { register, sentTo } from "./support/collateral.ts";
import { finished, get, until } from "./support/relayer.ts";

/** A service that has evaluation 19 alone, before a chain that goes by another. */
async function mustSetUpEvaluation(t: TestContext, given: Held, evaluation: number) {
  const lines: string[] = [];
  const queries: CollateralQuery[] = [];
  const source = simulatedCollateralSource(() => now);
  const collateralSource = {
    tdxCollateral: (query: CollateralQuery) => {
      queries.push(query);
      const asked = query.evaluation?.tcbInfo ?? 19;
      const details = `TCB evaluation ${asked} is asked for, the service has 19`;
      if (asked !== 19)
        return Promise.reject(new CollateralError("evaluation", "https://pccs/x?key=SECRET", details));
      return source.tdxCollateral(query);
    },
  };
  const log = newLog("info", { write: (line: string) => void lines.push(line) });
  const { node, relayer } = await mustSetUpCollateral(t, given, { collateralSource, log });
  playContract(node, given, () => null, evaluation);
  return { node, relayer, queries, text: () => lines.join("") };
}

describe("the TCB evaluation of collateral", () => {
  it("is the chain's when the source is asked", async (t) => {
    const { node, relayer, queries } = await mustSetUpEvaluation(t, { ...everything, upsertTCBInfo: 0 }, 19);
    await until(relayer, await register(relayer), finished);
    assert.ok(queries.length > 0);
    for (const { evaluation } of queries) assert.deepEqual(evaluation, { tcbInfo: 19, qeIdentity: 19 });
    assert.deepEqual(sentTo(node), ["upsertTCBInfo", "attestCvm"]);
  });

  it("is left to the source while the chain goes by none", async (t) => {
    const { relayer, queries } = await mustSetUpEvaluation(t, nothing, 0);
    await until(relayer, await register(relayer), finished);
    assert.ok(queries.length > 0 && queries.every((query) => !("evaluation" in query)));
  });

  it("that the source does not have is refused with both numbers; only the lists are brought", async (t) => {
    const { node, relayer, text } = await mustSetUpEvaluation(t, nothing, 20);
    await until(relayer, await register(relayer), finished);
    assert.deepEqual(sentTo(node), [
      "upsertChain",
      "upsertSigner",
      "upsertRootCRL",
      "upsertPCKCRL",
      "attestCvm",
    ]);
    const refusal = "TCB evaluation 20 is asked for, the service has 19";
    assert.ok(text().includes(refusal));
    const { collateral } = await get<{ collateral: { failures: { reason: string }[] } }>(relayer, "/readyz");
    assert.deepEqual(
      collateral.failures.map(({ reason }) => reason),
      [refusal],
    );
    assert.ok(!text().includes("SECRET"));
    assert.match(relayer.metrics.text(), /^cvm_relayer_collateral_source_failures_total [1-9]/m);
  });
});
