// Collateral that the chain does not take: what the relayer makes of a refusal.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeErrorResult } from "viem";
import { errorsAbi } from "../../sdk/registry/abi/errors.ts";
import {
  datesSelector,
  everything,
  metric,
  mustSetUpCollateral,
  playContract,
  refusal,
  register,
  sentTo,
} from "./support/collateral.ts";
import { finished, until } from "./support/relayer.ts";

const tcbInfoMissing = encodeErrorResult({
  abi: errorsAbi,
  errorName: "TDXTCBInfoMissing",
  args: ["0x90c06f000000", 19n],
});

describe("collateral that the chain refuses", () => {
  it("is reported with its check and costs nothing; attestCvm names what is missing", async (t) => {
    const { node, relayer } = await mustSetUpCollateral(t, { ...everything, upsertTCBInfo: 0 });
    playContract(node, { ...everything, upsertTCBInfo: 0 }, () => refusal("TDXTCBInfoSignatureWrong"));
    const { onRevert } = node;
    node.onRevert = (data) => onRevert!(data) ?? (data.startsWith(datesSelector) ? null : tcbInfoMissing);
    const view = await until(relayer, await register(relayer), finished);
    assert.deepEqual([view.state, view.check], ["refused", "tdx.tcb-info-missing"]);
    assert.deepEqual(sentTo(node), []);
    const labels = 'document="upsertTCBInfo",check="tdx.tcb-info-signature"';
    assert.ok(metric(relayer, `cvm_relayer_collateral_refusals_total{${labels}} 1`));
  });

  it("for the want of a certificate comes after that certificate", async (t) => {
    const given = { ...everything, upsertTCBInfo: 0 };
    const { node, relayer } = await mustSetUpCollateral(t, given);
    playContract(node, given, (name, mined) =>
      name === "upsertTCBInfo" && !mined.has("upsertSigner") ? refusal("TDXSignerMissing") : null,
    );
    const view = await until(relayer, await register(relayer), finished);
    assert.equal(view.state, "confirmed");
    assert.deepEqual(sentTo(node), ["upsertSigner", "upsertTCBInfo", "attestCvm"]);
    assert.ok(!relayer.metrics.text().includes("cvm_relayer_collateral_refusals_total{"));
  });

  it("when it is mined is named, counted, and not sent again for a while", async (t) => {
    const given = { ...everything, upsertTCBInfo: 0 };
    const { node, relayer } = await mustSetUpCollateral(t, given);
    node.isAutomine = false;
    const id = await register(relayer);
    await until(relayer, id, ({ explanation }) => /under way/.test(explanation ?? ""));
    playContract(node, given, () => refusal("TDXTCBInfoSignatureWrong"));
    node.isMinedSuccess = false;
    node.mine();
    node.isMinedSuccess = true;
    node.isAutomine = true;
    assert.equal((await until(relayer, id, finished)).state, "confirmed");
    assert.deepEqual(sentTo(node), ["upsertTCBInfo", "attestCvm"]);
    const labels = 'document="upsertTCBInfo",check="tdx.tcb-info-signature"';
    assert.ok(metric(relayer, `cvm_relayer_collateral_refusals_total{${labels}} 1`));
    const result = 'document="upsertTCBInfo",result="reverted"';
    assert.ok(metric(relayer, `cvm_relayer_collateral_upserts_total{${result}} 1`));
  });

  it("that reverts on chain is over, too, when the node has dropped the reason", async (t) => {
    const { node, relayer } = await mustSetUpCollateral(t, { ...everything, upsertTCBInfo: 0 });
    node.isAutomine = false;
    const id = await register(relayer);
    await until(relayer, id, ({ explanation }) => /under way/.test(explanation ?? ""));
    await until(relayer, id, () => metric(relayer, "cvm_relayer_open_transactions 1"));
    const error = { code: -32000, message: "missing trie node 8f3a" };
    node.fault("eth_call", ...Array.from({ length: 500 }, () => ({ kind: "error", error }) as const));
    node.isMinedSuccess = false;
    node.mine();
    await until(relayer, id, () => metric(relayer, "cvm_relayer_open_transactions 0"));
  });
});
