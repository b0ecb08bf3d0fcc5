// The relayer brings Intel's collateral to a chain before a registration needs it.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { simulatedCollateralSource } from "../../agent/platforms/simulated/collateral.ts";
import { sampleCalldata } from "./support/evidence.ts";
import {
  contract,
  day,
  everything,
  inOrder,
  metric,
  mustSetUpCollateral,
  nothing,
  now,
  playContract,
  register,
  sentTo,
  soon,
  late,
} from "./support/collateral.ts";
import { finished, inState, mustEmptyStore, mustRegister, mustStart, until } from "./support/relayer.ts";

describe("collateral of a registration", () => {
  it("is brought whole to a chain that has none, certificates first, and the registration comes last", async (t) => {
    const { node, relayer, asked } = await mustSetUpCollateral(t, nothing);
    const view = await until(relayer, await register(relayer), finished);
    assert.equal(view.state, "confirmed");
    assert.deepEqual(sentTo(node), [
      "upsertChain",
      "upsertSigner",
      "upsertRootCRL",
      "upsertPCKCRL",
      "upsertTCBInfo",
      "upsertQEIdentity",
      "attestCvm",
    ]);
    assert.equal(node.received[0]!.to.toLowerCase(), contract);
    assert.ok(asked.every((query) => query === "platform 90c06f000000"));
  });

  it("waits for its certificates to be mined where the chain takes nothing before, and nothing is refused", async (t) => {
    const { node, relayer } = await mustSetUpCollateral(t, nothing);
    playContract(node, nothing, inOrder);
    node.isAutomine = false;
    const id = await register(relayer);
    await until(relayer, id, ({ explanation }) => /under way/.test(explanation ?? ""));
    assert.deepEqual(sentTo(node), ["upsertChain", "upsertSigner"]);
    node.isAutomine = true;
    node.mine();
    assert.equal((await until(relayer, id, finished)).state, "confirmed");
    assert.equal(sentTo(node).length, 7);
    assert.ok(!relayer.metrics.text().includes("cvm_relayer_collateral_refusals_total{"));
  });

  it("is found again by a relayer that starts anew, and not sent twice", async (t) => {
    const store = await mustEmptyStore();
    const { node, relayer } = await mustSetUpCollateral(t, { ...everything, upsertTCBInfo: 0 }, { store });
    node.isAutomine = false;
    const id = await register(relayer);
    await until(relayer, id, ({ explanation }) => /under way/.test(explanation ?? ""));
    await relayer.stop();
    const collateralSource = simulatedCollateralSource(() => now);
    const second = await mustStart(node, { store, collateralSource, intelCollateral: contract });
    t.after(() => second.stop());
    await until(second, id, ({ explanation }) => /under way/.test(explanation ?? ""));
    node.isAutomine = true;
    node.mine();
    assert.equal((await until(second, id, finished)).state, "confirmed");
    assert.deepEqual(sentTo(node), ["upsertTCBInfo", "attestCvm"]);
  });

  it("is brought once for registrations that come together, and not again for later ones", async (t) => {
    const { node, relayer } = await mustSetUpCollateral(t, { ...everything, upsertTCBInfo: 0 });
    const ids = await Promise.all([register(relayer, 0), register(relayer, 1)]);
    for (const id of ids) assert.equal((await until(relayer, id, finished)).state, "confirmed");
    assert.deepEqual(sentTo(node), ["upsertTCBInfo", "attestCvm", "attestCvm"]);
  });

  it("is not asked for while the chain's holds long enough", async (t) => {
    const { node, relayer, asked } = await mustSetUpCollateral(t, everything);
    await until(relayer, await register(relayer), finished);
    assert.deepEqual([sentTo(node), asked], [["attestCvm"], []]);
  });

  it("is no matter of evidence without a PCK chain", async (t) => {
    const { node, relayer, asked } = await mustSetUpCollateral(t, nothing);
    const calldata = Buffer.from(sampleCalldata(99n, 1)).toString("base64");
    await until(relayer, await mustRegister(relayer, { calldata }), finished);
    assert.deepEqual([sentTo(node), asked], [["attestCvm"], []]);
  });

  it("is waited for while it is missing, and the wait is told", async (t) => {
    const { node, relayer } = await mustSetUpCollateral(t, { ...everything, upsertTCBInfo: 0 });
    node.isAutomine = false;
    const id = await register(relayer);
    const view = await until(relayer, id, ({ explanation }) => /under way/.test(explanation ?? ""));
    assert.equal(view.state, "verified");
    assert.match(view.explanation!, /upsertTCBInfo/);
    assert.deepEqual(sentTo(node), ["upsertTCBInfo"]);
    node.isAutomine = true;
    node.mine();
    assert.equal((await until(relayer, id, finished)).state, "confirmed");
  });

  it("that merely expires soon is replaced, and the registration goes on meanwhile", async (t) => {
    const { node, relayer } = await mustSetUpCollateral(t, { ...everything, upsertQEIdentity: soon });
    node.isAutomine = false;
    const id = await register(relayer);
    await until(relayer, id, inState("sent"));
    assert.deepEqual(sentTo(node), ["upsertQEIdentity", "attestCvm"]);
    node.isAutomine = true;
    node.mine();
    await until(relayer, id, finished);
  });

  it("has its remaining time in the metrics", async (t) => {
    const { relayer } = await mustSetUpCollateral(t, { ...everything, upsertPCKCRL: late + 1000 });
    await until(relayer, await register(relayer), finished);
    const left = 20 * day - 100;
    for (const [labels, seconds] of [
      ['document="rootCrl"', left],
      ['document="pckCrl",ca="platform"', left + 1000],
      ['document="tcbInfo",fmspc="90c06f000000"', left],
      ['document="qeIdentity"', left],
    ] as const)
      assert.ok(metric(relayer, `cvm_relayer_collateral_expiry_seconds{${labels}} ${seconds}`), labels);
  });
});
