// The chain as the relayer sees it: few JSON-RPC calls, each with a deadline, no cache and no retry of its own.
import { createClient, http } from "viem";
import type { Address, Hex } from "viem";
import type { Rpc } from "../sdk/registry/client.ts";
import type { Market } from "./transactions/fees.ts";
import type { Inclusion } from "./transactions/send-state.ts";

export interface Head {
  readonly number: bigint;
  readonly hash: Hex;
  /** Unix seconds. */
  readonly timestamp: bigint;
  readonly baseFeePerGas: bigint;
}

export interface Call {
  readonly from: Address;
  readonly to: Address;
  readonly data: Hex;
}

export interface Chain {
  readonly rpc: Rpc;
  chainId(): Promise<bigint>;
  head(): Promise<Head>;
  /** Null for a block the node does not have. */
  blockHash(number: bigint): Promise<Hex | null>;
  market(): Promise<Market>;
  /** Throws the node's error with the revert data. */
  estimateGas(call: Call): Promise<bigint>;
  transactionCount(address: Address, tag: "latest" | "pending"): Promise<bigint>;
  balance(address: Address): Promise<bigint>;
  hasCode(address: Address): Promise<boolean>;
  sendRaw(raw: Hex): Promise<void>;
  /** Null while the transaction is in no block. */
  inclusion(hash: string): Promise<Inclusion | null>;
}

const quantity = (value: bigint): Hex => `0x${value.toString(16)}`;

/** A number of the node's answer. Throws on anything else: a lying node must not look like zero. */
function mustBigInt(value: unknown, what: string): bigint {
  if (typeof value !== "string" || !/^0x[0-9a-fA-F]+$/.test(value))
    throw new Error(`the node's ${what} is no number`);
  return BigInt(value);
}

function mustHash(value: unknown, what: string): Hex {
  if (typeof value !== "string" || !/^0x[0-9a-fA-F]{64}$/.test(value))
    throw new Error(`the node's ${what} is no hash`);
  return value as Hex;
}

type Answer = Readonly<Record<string, unknown>>;

function blockOf(answer: unknown): Head {
  if (typeof answer !== "object" || answer === null) throw new Error("the node has no head block");
  const block = answer as Answer;
  return {
    number: mustBigInt(block["number"], "block number"),
    hash: mustHash(block["hash"], "block hash"),
    timestamp: mustBigInt(block["timestamp"], "block time"),
    baseFeePerGas: mustBigInt(block["baseFeePerGas"] ?? "0x0", "base fee"),
  };
}

/** JSON-RPC over HTTP; `timeoutMs` holds for every single request. */
export function httpRpc(url: string, timeoutMs: number): Rpc {
  const client = createClient({ transport: http(url, { timeout: timeoutMs, retryCount: 0 }) });
  return { request: (args) => client.request(args as never) };
}

export function chainOf(rpc: Rpc): Chain {
  const ask = (method: string, ...params: unknown[]) => rpc.request({ method, params });
  const head = async () => blockOf(await ask("eth_getBlockByNumber", "latest", false));
  return {
    rpc,
    head,
    chainId: async () => mustBigInt(await ask("eth_chainId"), "chain id"),
    blockHash: async (number) => {
      const block = await ask("eth_getBlockByNumber", quantity(number), false);
      return block === null ? null : blockOf(block).hash;
    },
    market: async () => ({
      baseFeePerGas: (await head()).baseFeePerGas,
      priorityFeePerGas: mustBigInt(await ask("eth_maxPriorityFeePerGas"), "priority fee"),
    }),
    estimateGas: async (call) => mustBigInt(await ask("eth_estimateGas", call), "gas estimate"),
    transactionCount: async (address, tag) =>
      mustBigInt(await ask("eth_getTransactionCount", address, tag), "transaction count"),
    balance: async (address) => mustBigInt(await ask("eth_getBalance", address, "latest"), "balance"),
    hasCode: async (address) => (await ask("eth_getCode", address, "latest")) !== "0x",
    sendRaw: async (raw) => void (await ask("eth_sendRawTransaction", raw)),
    inclusion: async (hash) => {
      const answer = (await ask("eth_getTransactionReceipt", hash)) as Answer | null;
      if (answer === null) return null;
      return {
        hash,
        blockNumber: mustBigInt(answer["blockNumber"], "receipt"),
        isSuccess: mustBigInt(answer["status"], "receipt") === 1n,
        gasUsed: mustBigInt(answer["gasUsed"], "receipt"),
      };
    },
  };
}
