// A fake node that plays IntelCollateral, and a relayer that brings it documents.
import { decodeFunctionData, encodeErrorResult, encodeFunctionResult, toFunctionSelector } from "viem";
import type { Hex } from "viem";
import type { TestContext } from "node:test";
import { simulatedCollateralSource } from "../../../agent/platforms/simulated/collateral.ts";
import { simulatedQuote } from "../../../agent/platforms/simulated/simulated-quote.ts";
import { intelCollateralUpserts } from "../../../relayer/collateral/calls.ts";
import { collateralDatesAbi } from "../../../relayer/collateral/held.ts";
import type { Relayer, RelayerOptions } from "../../../relayer/server.ts";
import { errorsAbi } from "../../../sdk/registry/abi/errors.ts";
import { sampleCalldata } from "./evidence.ts";
import type { FakeNode } from "./fake-node.ts";
import { mustRegister, mustSetUp } from "./relayer.ts";

export const contract = "0x00000000000000000000000000000000000000c0";
// The fake node's clock, in days.
export const now = new Date(1_770_000_000_000);
export const day = 86_400;
export const soon = 1_770_000_000 + day;
export const late = 1_770_000_000 + 20 * day;
const quotes = [1, 2].map((seed) => simulatedQuote({ seed }));
export const datesSelector = toFunctionSelector(collateralDatesAbi[0]);

export type Upsert = (typeof intelCollateralUpserts)[number]["name"];
export const refusal = (errorName: "TDXSignerMissing" | "TDXTCBInfoSignatureWrong"): Hex =>
  encodeErrorResult({ abi: errorsAbi, errorName });
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

export interface Held {
  upsertRootCRL: number;
  upsertPCKCRL: number;
  upsertTCBInfo: number;
  upsertQEIdentity: number;
}

export const nothing: Held = { upsertRootCRL: 0, upsertPCKCRL: 0, upsertTCBInfo: 0, upsertQEIdentity: 0 };
export const everything: Held = {
  upsertRootCRL: late,
  upsertPCKCRL: late,
  upsertTCBInfo: late,
  upsertQEIdentity: late,
};

/** Holds what it is given and what was mined; refuses what `refuses` says. */
export function playContract(
  node: FakeNode,
  given: Held,
  refuses: (name: Upsert, mined: Set<Upsert>) => Hex | null,
  evaluation = 19,
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
        evaluation,
        evaluation,
      ],
    });
  };
  node.onRevert = (data) => {
    const name = upsertOf(data);
    return name === null ? null : refuses(name, mined());
  };
}

/** As the contract judges: nothing before the certificate of who signed it. */
export const inOrder = (name: Upsert, mined: Set<Upsert>): Hex | null => {
  const isList = name === "upsertRootCRL" || name === "upsertPCKCRL";
  if (isList) return mined.has("upsertChain") ? null : crlIssuerUnknown;
  const isDocument = name === "upsertTCBInfo" || name === "upsertQEIdentity";
  return isDocument && !mined.has("upsertSigner") ? refusal("TDXSignerMissing") : null;
};

/** A relayer over a chain that holds what is given. */
export async function mustSetUpCollateral(
  t: TestContext,
  given: Held,
  options: Partial<RelayerOptions> = {},
) {
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

export const register = async (relayer: Relayer, which = 0) =>
  mustRegister(relayer, {
    calldata: Buffer.from(sampleCalldata(99n, 0, await quotes[which])).toString("base64"),
  });

export const sentTo = (node: FakeNode) => node.received.map(({ data }) => upsertOf(data) ?? "attestCvm");
export const metric = (relayer: Relayer, line: string) => relayer.metrics.text().split("\n").includes(line);
