// The relayer brings Intel's collateral to a chain before a registration needs it: a fake node plays IntelCollateral.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";
import { decodeFunctionData, encodeErrorResult, encodeFunctionResult, toFunctionSelector } from "viem";
import type { Hex } from "viem";
import { simulatedCollateralSource } from "../../agent/platforms/simulated/collateral.ts";
import { simulatedQuote } from "../../agent/platforms/simulated/simulated-quote.ts";
import { intelCollateralUpserts } from "../../relayer/collateral/calls.ts";
import { collateralDatesAbi } from "../../relayer/collateral/held.ts";
import type { RelayerOptions } from "../../relayer/server.ts";
import type { Relayer } from "../../relayer/server.ts";
import { errorsAbi } from "../../sdk/registry/abi/errors.ts";
import { sampleCalldata } from "./support/evidence.ts";
import type { FakeNode } from "./support/fake-node.ts";
import {
  finished,
  inState,
  mustEmptyStore,
  mustRegister,
  mustSetUp,
  mustStart,
  until,
} from "./support/relayer.ts";

const contract = "0x00000000000000000000000000000000000000c0";
// The fake node's clock, in days.
const now = new Date(1_770_000_000_000);
const day = 86_400;
const soon = 1_770_000_000 + day;
const late = 1_770_000_000 + 20 * day;
const quotes = [1, 2].map((seed) => simulatedQuote({ seed }));
const datesSelector = toFunctionSelector(collateralDatesAbi[0]);

type Upsert = (typeof intelCollateralUpserts)[number]["name"];
const refusal = (errorName: "TDXSignerMissing" | "TDXTCBInfoSignatureWrong"): Hex =>
  encodeErrorResult({ abi: errorsAbi, errorName });
const tcbInfoMissing = encodeErrorResult({
  abi: errorsAbi,
  errorName: "TDXTCBInfoMissing",
  args: ["0x90c06f000000", 19n],
});

const crlIssuerUnknown = encodeErrorResult({
  abi: errorsAbi,
  errorName: "TDXCRLIssuerUnknown",
  args: [`0x${"00".repeat(32)}`],
});

const upsertOf = (data: Hex): Upsert | null => {
  try {
    return decodeFunctionData({ abi: intelCollateralUpserts, data }).functionName;
  } catch {
    return null;
  }
};

interface Held {
  upsertRootCRL: number;
  upsertPCKCRL: number;
  upsertTCBInfo: number;
  upsertQEIdentity: number;
}

const nothing: Held = { upsertRootCRL: 0, upsertPCKCRL: 0, upsertTCBInfo: 0, upsertQEIdentity: 0 };
const everything: Held = {
  upsertRootCRL: late,
  upsertPCKCRL: late,
  upsertTCBInfo: late,
  upsertQEIdentity: late,
};

/** Holds what it is given and what was mined; refuses what `refuses` says. */
function playContract(
  node: FakeNode,
  given: Held,
  refuses: (name: Upsert, mined: Set<Upsert>) => Hex | null,
) {
  const mined = () =>
    new Set(node.mined.filter(({ isSuccess }) => isSuccess).flatMap(({ data }) => upsertOf(data) ?? []));
  node.onCall = (data) => {
    if (!data.startsWith(datesSelector)) return node.callResult;
    const has = mined();
    const until = (name: keyof Held) => (has.has(name) ? late : given[name]);
    return encodeFunctionResult({
      abi: collateralDatesAbi,
      result: [
        until("upsertRootCRL"),
        until("upsertPCKCRL"),
        until("upsertQEIdentity"),
        until("upsertTCBInfo"),
        19,
        19,
      ],
    });
  };
  node.onRevert = (data) => {
    const name = upsertOf(data);
    return name === null ? null : refuses(name, mined());
  };
}

/** As the contract judges: nothing before the certificate of who signed it. */
const inOrder = (name: Upsert, mined: Set<Upsert>): Hex | null => {
  const isList = name === "upsertRootCRL" || name === "upsertPCKCRL";
  if (isList) return mined.has("upsertChain") ? null : crlIssuerUnknown;
  const isDocument = name === "upsertTCBInfo" || name === "upsertQEIdentity";
  return isDocument && !mined.has("upsertSigner") ? refusal("TDXSignerMissing") : null;
};

async function setUp(t: TestContext, given: Held, options: Partial<RelayerOptions> = {}) {
  const source = simulatedCollateralSource(() => now);
  const asked: string[] = [];
  const collateralSource: RelayerOptions["collateralSource"] = {
    tdxCollateral: (query) => {
      asked.push(`${query.ca} ${query.fmspc}`);
      return source.tdxCollateral(query);
    },
  };
  const { node, relayer } = await mustSetUp(t, { intelCollateral: contract, collateralSource, ...options });
  playContract(node, given, () => null);
  return { node, relayer, asked };
}

const register = async (relayer: Relayer, which = 0) =>
  mustRegister(relayer, {
    calldata: Buffer.from(sampleCalldata(99n, 0, await quotes[which])).toString("base64"),
  });

const sentTo = (node: FakeNode) => node.received.map(({ data }) => upsertOf(data) ?? "attestCvm");
const metric = (relayer: Relayer, line: string) => relayer.metrics.text().split("\n").includes(line);

describe("collateral of a registration", () => {
  it("is brought whole to a chain that has none, certificates first, and the registration comes last", async (t) => {
    const { node, relayer, asked } = await setUp(t, nothing);
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
    const { node, relayer } = await setUp(t, nothing);
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
    const { node, relayer } = await setUp(t, { ...everything, upsertTCBInfo: 0 }, { store });
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
    const { node, relayer } = await setUp(t, { ...everything, upsertTCBInfo: 0 });
    const ids = await Promise.all([register(relayer, 0), register(relayer, 1)]);
    for (const id of ids) assert.equal((await until(relayer, id, finished)).state, "confirmed");
    assert.deepEqual(sentTo(node), ["upsertTCBInfo", "attestCvm", "attestCvm"]);
  });

  it("is not asked for while the chain's holds long enough", async (t) => {
    const { node, relayer, asked } = await setUp(t, everything);
    await until(relayer, await register(relayer), finished);
    assert.deepEqual([sentTo(node), asked], [["attestCvm"], []]);
  });

  it("is no matter of evidence without a PCK chain", async (t) => {
    const { node, relayer, asked } = await setUp(t, nothing);
    const calldata = Buffer.from(sampleCalldata(99n, 1)).toString("base64");
    await until(relayer, await mustRegister(relayer, { calldata }), finished);
    assert.deepEqual([sentTo(node), asked], [["attestCvm"], []]);
  });

  it("is waited for while it is missing, and the wait is told", async (t) => {
    const { node, relayer } = await setUp(t, { ...everything, upsertTCBInfo: 0 });
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
    const { node, relayer } = await setUp(t, { ...everything, upsertQEIdentity: soon });
    node.isAutomine = false;
    const id = await register(relayer);
    await until(relayer, id, inState("sent"));
    assert.deepEqual(sentTo(node), ["upsertQEIdentity", "attestCvm"]);
    node.isAutomine = true;
    node.mine();
    await until(relayer, id, finished);
  });

  it("has its remaining time in the metrics", async (t) => {
    const { relayer } = await setUp(t, { ...everything, upsertPCKCRL: late + 1000 });
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

describe("collateral that the chain refuses", () => {
  it("is reported with its check and costs nothing; attestCvm names what is missing", async (t) => {
    const { node, relayer } = await setUp(t, { ...everything, upsertTCBInfo: 0 });
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
    const { node, relayer } = await setUp(t, given);
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
    const { node, relayer } = await setUp(t, given);
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
});

describe("a source of collateral that fails", () => {
  it("is asked again, then the registration goes on and the chain judges", async (t) => {
    let asked = 0;
    const collateralSource = {
      tdxCollateral: () => {
        asked++;
        return Promise.reject(new Error("no answer"));
      },
    };
    const { node, relayer } = await setUp(t, nothing, { collateralSource, collateralAttempts: 3 });
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
      const { node, relayer } = await setUp(t, given, { collateralSource });
      assert.equal((await until(relayer, await register(relayer), finished)).state, "confirmed");
      assert.deepEqual([asked, sentTo(node)], [1, ["attestCvm"]]);
    });
});
