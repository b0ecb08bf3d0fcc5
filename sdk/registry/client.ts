// Reads the registry and applications of one chain, and asks what a registration would do. Sends nothing.
import { decodeFunctionResult, encodeEventTopics, encodeFunctionData, parseEventLogs } from "viem";
import type { Address, ContractFunctionReturnType, Hex } from "viem";
import { sha256, toHex } from "../evidence/bytes.ts";
import { cvmApplicationAbi } from "./abi/CVMApplication.ts";
import { cvmRegistryAbi } from "./abi/CVMRegistry.ts";
import { decodeRevert, revertDataOf } from "./revert.ts";
import type { Revert } from "./revert.ts";

/** What is needed of a viem client, or of any EIP-1193 provider. */
export interface Rpc {
  // Method names differ in their types between providers; answers are checked where they are used.
  request(args: { method: string; params?: unknown }): Promise<unknown>;
}

export type CvmRecord = ContractFunctionReturnType<typeof cvmRegistryAbi, "view", "getCvm">;

export type CallOutcome =
  { readonly ok: true; readonly data: Hex } | { readonly ok: false; readonly revert: Revert };

export interface SignedMessage {
  readonly application: Address;
  readonly identityHash: Hex;
  readonly message: Hex;
  /** r‖s, 64 bytes. */
  readonly signature: Hex;
}

export interface Reason {
  readonly id: string;
  readonly passed: boolean;
}

export interface CvmRegistryParameters {
  readonly address: Address;
  readonly client: Rpc;
}

export interface CallOptions {
  readonly from?: Address;
  readonly gas?: bigint;
  /** Block tag or number; default `latest`. */
  readonly block?: bigint | "latest" | "pending";
}

const blockTag = (block: CallOptions["block"]): string =>
  typeof block === "bigint" ? `0x${block.toString(16)}` : (block ?? "latest");

/** `eth_call` whose revert is a value; a node that does not answer still throws. */
export async function callContract(
  client: Rpc,
  to: Address,
  data: Hex,
  options: CallOptions = {},
): Promise<CallOutcome> {
  const call = {
    to,
    data,
    ...(options.from && { from: options.from }),
    ...(options.gas && { gas: `0x${options.gas.toString(16)}` }),
  };
  try {
    const answer = await client.request({ method: "eth_call", params: [call, blockTag(options.block)] });
    return { ok: true, data: answer as Hex };
  } catch (error) {
    const revertData = revertDataOf(error);
    if (revertData === null) throw error;
    return { ok: false, revert: decodeRevert(revertData) };
  }
}

/** Reads that are to agree with each other name one block; default `latest`. */
export type ReadOptions = Pick<CallOptions, "block">;

async function mustRead(client: Rpc, to: Address, data: Hex, options: ReadOptions): Promise<Hex> {
  const outcome = await callContract(client, to, data, options);
  if (!outcome.ok) throw new Error(`${to} refused a read: ${outcome.revert.name}`);
  if (outcome.data === "0x") throw new Error(`no contract at ${to}`);
  return outcome.data;
}

async function isAttestedBy(
  client: Rpc,
  registry: Address,
  identityHash: Hex,
  tpmQuote: Uint8Array,
  blocks: { readonly from: bigint; readonly to: bigint | "latest" },
) {
  const topics = encodeEventTopics({
    abi: cvmRegistryAbi,
    eventName: "CVMAttested",
    args: { cvmIdentityHash: identityHash },
  });
  const logs = await client.request({
    method: "eth_getLogs",
    params: [{ address: registry, topics, fromBlock: blockTag(blocks.from), toBlock: blockTag(blocks.to) }],
  });
  const quoteSha256 = toHex(sha256(tpmQuote));
  const parsed = parseEventLogs({ abi: cvmRegistryAbi, eventName: "CVMAttested", logs: logs as never });
  return parsed.some((log) => log.args.attestation.quoteSha256 === quoteSha256);
}

/** Client of one registry and of the applications beside it. */
export function cvmRegistry({ address, client }: CvmRegistryParameters) {
  const encodeCheck = (functionName: "checkCVMSignature" | "explain", signed: SignedMessage) =>
    encodeFunctionData({
      abi: cvmApplicationAbi,
      functionName,
      args: [signed.identityHash, signed.message, signed.signature],
    });
  return {
    address,
    /** The record of an identity; `registered` is false for one that never was. */
    async readRecord(identityHash: Hex, options: ReadOptions = {}): Promise<CvmRecord> {
      const data = encodeFunctionData({ abi: cvmRegistryAbi, functionName: "getCvm", args: [identityHash] });
      return decodeFunctionResult({
        abi: cvmRegistryAbi,
        functionName: "getCvm",
        data: await mustRead(client, address, data, options),
      });
    },
    /** What `attestCvm` would do now with this calldata. */
    simulateAttest(calldata: Uint8Array, options: CallOptions = {}): Promise<CallOutcome> {
      return callContract(client, address, toHex(calldata), options);
    },
    /** True when the registry recorded this identity from exactly this quote, whoever sent it. */
    isRecordedFrom(
      identityHash: Hex,
      tpmQuote: Uint8Array,
      fromBlock: bigint,
      toBlock: bigint | "latest" = "latest",
    ): Promise<boolean> {
      return isAttestedBy(client, address, identityHash, tpmQuote, { from: fromBlock, to: toBlock });
    },
    async checkSignature(signed: SignedMessage, options: ReadOptions = {}): Promise<boolean> {
      const call = encodeCheck("checkCVMSignature", signed);
      const data = await mustRead(client, signed.application, call, options);
      return decodeFunctionResult({ abi: cvmApplicationAbi, functionName: "checkCVMSignature", data });
    },
    /** Every check of the application with its outcome, in its order. */
    async explain(signed: SignedMessage, options: ReadOptions = {}): Promise<readonly Reason[]> {
      const data = await mustRead(client, signed.application, encodeCheck("explain", signed), options);
      const outcomes = decodeFunctionResult({ abi: cvmApplicationAbi, functionName: "explain", data });
      return outcomes.map(({ check, passed }) => ({ id: check, passed }));
    },
  };
}

export type CvmRegistryClient = ReturnType<typeof cvmRegistry>;
