// The contract's readers of Intel's documents, called with text or bytes.
import assert from "node:assert/strict";
import { it } from "node:test";
import { network } from "hardhat";
import { concatHex, encodeFunctionData, numberToHex, slice as sliceHex } from "viem";
import type { Hex } from "viem";
import { hex, refusalOf } from "./outcome.ts";

const { viem } = await network.create();
const harness = await viem.deployContract("DocumentHarness");
const publicClient = await viem.getPublicClient();

const bytesOf = (text: string | Uint8Array): Hex =>
  hex(typeof text === "string" ? Buffer.from(text, "latin1") : text);

/** Reading of a document, and the gas it took. */
export const parse = {
  tcbInfo: (text: string) => harness.read.tcbInfo([bytesOf(text)]),
  qeIdentity: (text: string) => harness.read.qeIdentity([bytesOf(text)]),
  evaluationNumbers: async (text: string) =>
    [await harness.read.evaluationNumbers([bytesOf(text)]), 0n] as const,
  certificateList: (der: Uint8Array) => harness.read.certificateList([bytesOf(der)]),
};

export type JsonKind = "tcbInfo" | "qeIdentity" | "evaluationNumbers";

/** What `text` is refused with; null when it is read. */
export const refusal = (kind: JsonKind, text: string) => refusalOf(() => parse[kind](text));
export const refusalOfList = (der: Uint8Array) => refusalOf(() => parse.certificateList(der));
export const contains = (serials: Hex, serial: bigint) => harness.read.contains([serials, serial]);

/** The same of the first `length` bytes of `text` when the calldata holds all of them. */
export async function refusalOfLonger(kind: JsonKind, text: string, length: number): Promise<string | null> {
  const data = encodeFunctionData({ abi: harness.abi, functionName: kind, args: [bytesOf(text)] });
  // Selector, offset, length
  const shortened = concatHex([sliceHex(data, 0, 36), numberToHex(length, { size: 32 }), sliceHex(data, 68)]);
  return refusalOf(() => publicClient.call({ to: harness.address, data: shortened }));
}

/** The same of a TCB info that is read where another left its traces in memory. */
export const refusalAfter = (first: string, second: string) =>
  refusalOf(() => harness.read.tcbInfoAfter([bytesOf(first), bytesOf(second)]));

/** A test for each text, all of which end in the same error. */
export function refuseAll(
  kind: JsonKind,
  error: string,
  cases: readonly (readonly [string, string])[],
): void {
  for (const [what, text] of cases)
    void it(`refuses ${what}: ${error}`, async () => {
      assert.equal(await refusal(kind, text), error);
    });
}
