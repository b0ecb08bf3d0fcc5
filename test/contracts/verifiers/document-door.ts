// The contract's readers of Intel's documents, called with text or bytes.
import type { Hex } from "viem";
import { network } from "hardhat";
import { hex, refusalOf } from "./outcome.ts";

const { viem } = await network.create();
const harness = await viem.deployContract("DocumentHarness");

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
