// A chain in memory with the Boundless market on it, as far as a requestor sees it, with scripted faults. It checks what
// the market checks: signature, constraints, deposits; and counts what was deposited.
import assert from "node:assert/strict";
import {
  decodeFunctionData,
  encodeAbiParameters,
  encodeEventTopics,
  encodeFunctionResult,
  getAbiItem,
  keccak256,
  numberToHex,
  parseTransaction,
  recoverTransactionAddress,
  recoverTypedDataAddress,
} from "viem";
import type { Address, Hex, TransactionSerializedEIP1559 } from "viem";
import { marketAbi } from "../../../../relayer/proving/boundless-market.ts";
import { requestDigest, typedRequest } from "../../../../relayer/proving/boundless-request.ts";
import type { MarketRequest } from "../../../../relayer/proving/boundless-request.ts";
import { successClaim } from "../../../../proving/claim.ts";
import { fromHex, toHex } from "../../../../sdk/evidence/bytes.ts";
import type { Rpc } from "../../../../sdk/registry/client.ts";
import type { FakeTimer } from "../../../proving/support/fake-timer.ts";
import { Crash } from "../../../proving/support/wire.ts";

export const market = { chainId: 8453n, address: "0xfd152dadc5183870710fe54f939eae3ab9f0fe82" } as const;

export type ChainFault =
  "pass" | "drop" | "hang" | "lost-answer" | "crash-before" | "crash-after" | { readonly message: string };

export interface SubmittedRequest {
  readonly request: MarketRequest;
  readonly signature: Hex;
}

type Params = readonly unknown[];

export class FakeMarket implements Rpc {
  blockNumber = 1_000n;
  timestamp = 1_770_000_000n;
  chainId: bigint = market.chainId;
  balance = 10n ** 18n;
  deposited = 0n;
  baseFeePerGas = 1_000_000n;
  gasEstimate = 100_000n;
  isAutomine = true;
  isMinedSuccess = true;
  nonce = 0n;
  isDown = false;
  /** Answer of every view, instead of the market's. */
  viewResult: Hex | null = null;
  /** Answer of eth_getLogs, instead of what was delivered. */
  logsResult: (() => unknown) | null = null;
  /** Called before each eth_getTransactionCount. */
  onCount: (() => void) | null = null;
  /** Called before each eth_getLogs, so that something can come to pass while the client waits. */
  onLogs: (() => void) | null = null;
  readonly taken = new Set<string>();
  readonly requests: string[] = [];
  readonly ranges: (readonly [bigint, bigint])[] = [];
  /** Distinct raw transactions that arrived. */
  readonly raws = new Map<Hex, Hex>();
  readonly mined = new Set<Hex>();
  readonly submitted: SubmittedRequest[] = [];
  readonly #logs: { readonly block: bigint; readonly id: Hex; readonly log: object }[] = [];
  readonly #faults = new Map<string, ChainFault[]>();
  readonly #timer: FakeTimer;

  constructor(timer: FakeTimer) {
    this.#timer = timer;
  }

  fault(method: string, ...faults: readonly ChainFault[]): void {
    this.#faults.set(method, [...(this.#faults.get(method) ?? []), ...faults]);
  }

  async request({ method, params = [] }: { method: string; params?: unknown }): Promise<unknown> {
    if (this.isDown) throw new Crash("down");
    this.requests.push(method);
    const fault = this.#faults.get(method)?.shift();
    if (fault === "crash-before") return this.#crash();
    if (fault === "drop") throw new Error("fetch failed");
    if (fault === "hang") {
      // After the client has begun to wait.
      queueMicrotask(() => this.#timer.hang());
      return new Promise(() => undefined);
    }
    if (typeof fault === "object") throw Object.assign(new Error(fault.message), { code: -32_000 });
    const result = await this.#answer(method, params as Params);
    if (fault === "crash-after") return this.#crash();
    if (fault === "lost-answer") throw new Error("fetch failed");
    return result;
  }

  #crash(): never {
    this.isDown = true;
    throw new Crash("the process dies");
  }

  async #answer(method: string, params: Params): Promise<unknown> {
    switch (method) {
      case "eth_chainId":
        return numberToHex(this.chainId);
      case "eth_getBlockByNumber":
        return {
          number: numberToHex(this.blockNumber),
          hash: `0x${"11".repeat(32)}`,
          timestamp: numberToHex(this.timestamp),
          baseFeePerGas: numberToHex(this.baseFeePerGas),
        };
      case "eth_maxPriorityFeePerGas":
        return "0x1";
      case "eth_estimateGas":
        return numberToHex(this.gasEstimate);
      case "eth_getBalance":
        return numberToHex(this.balance);
      case "eth_getTransactionCount":
        this.onCount?.();
        return numberToHex(this.nonce);
      case "eth_call":
        return this.viewResult ?? this.#call((params[0] as { data: Hex }).data);
      case "eth_sendRawTransaction":
        return this.#take(params[0] as TransactionSerializedEIP1559);
      case "eth_getTransactionReceipt":
        return this.mined.has(params[0] as Hex)
          ? { blockNumber: "0x1", status: this.isMinedSuccess ? "0x1" : "0x0", gasUsed: "0x1" }
          : null;
      case "eth_getLogs":
        return this.#logsOf(
          params[0] as { fromBlock: Hex; toBlock: Hex; topics: [Hex, Hex]; address: Address },
        );
      default:
        throw new Error(`no method ${method}`);
    }
  }

  #call(data: Hex): Hex {
    const { functionName, args } = decodeFunctionData({ abi: marketAbi, data });
    assert.notEqual(functionName, "submitRequest");
    if (functionName === "balanceOf")
      return encodeFunctionResult({ abi: marketAbi, functionName, result: this.deposited });
    const result = this.taken.has((args[0] as bigint).toString());
    return encodeFunctionResult({ abi: marketAbi, functionName: "requestIsLocked", result });
  }

  async #take(raw: TransactionSerializedEIP1559): Promise<Hex> {
    const hash = keccak256(raw);
    if (this.raws.has(hash)) throw Object.assign(new Error("already known"), { code: -32_000 });
    const transaction = parseTransaction(raw);
    assert.equal(BigInt(transaction.nonce ?? 0), this.nonce);
    this.raws.set(hash, raw);
    const sender = await recoverTransactionAddress({ serializedTransaction: raw });
    const { args } = decodeFunctionData({ abi: marketAbi, data: transaction.data! });
    const [request, signature] = args as readonly [MarketRequest, Hex];
    await this.requireSigned(request, signature, sender);
    this.submitted.push({ request, signature });
    this.deposited += transaction.value ?? 0n;
    if (this.isAutomine) this.mine();
    return hash;
  }

  async requireSigned(request: MarketRequest, signature: Hex, client: Address): Promise<void> {
    const signer = await recoverTypedDataAddress({ ...typedRequest(market, request), signature });
    assert.equal(signer, client);
    assert.equal(request.id >> 32n, BigInt(client));
  }

  mine(): void {
    for (const hash of this.raws.keys()) this.mined.add(hash);
    this.nonce = BigInt(this.mined.size);
    this.blockNumber++;
  }

  /** A block every two seconds. */
  pass(seconds: number): void {
    this.timestamp += BigInt(Math.ceil(seconds));
    this.blockNumber += BigInt(Math.floor(seconds / 2));
  }

  clearFaults(): void {
    this.#faults.clear();
  }

  #logsOf(filter: { fromBlock: Hex; toBlock: Hex; topics: [Hex, Hex]; address: Address }): unknown {
    this.onLogs?.();
    const [from, to] = [BigInt(filter.fromBlock), BigInt(filter.toBlock)];
    assert.equal(filter.address, market.address);
    this.ranges.push([from, to]);
    if (this.logsResult !== null) return this.logsResult();
    return this.#logs
      .filter(({ block, id }) => block >= from && block <= to && id === filter.topics[1])
      .map(({ log }) => log);
  }

  /** A prover delivers in the next block. */
  deliver(request: MarketRequest, proof: Delivered, changes: Readonly<Record<string, unknown>> = {}): object {
    const prover = `0x${"77".repeat(20)}` as const;
    const item = getAbiItem({ abi: marketAbi, name: "ProofDelivered" });
    const topics = encodeEventTopics({ abi: [item], args: { requestId: request.id, prover } }) as [
      Hex,
      Hex,
      Hex,
    ];
    const fulfillment = {
      id: request.id,
      requestDigest: requestDigest(market, request),
      claimDigest: toHex(successClaim(fromHex(proof.program), proof.output)),
      fulfillmentDataType: 1,
      fulfillmentData: fulfillmentData(proof.program, proof.output),
      seal: toHex(proof.proof),
      ...changes,
    };
    const data = encodeAbiParameters([item.inputs[2]], [fulfillment as never]);
    const log = { address: market.address, topics, data };
    this.#logs.push({ block: ++this.blockNumber, id: topics[1], log });
    return log;
  }
}

export interface Delivered {
  readonly program: Hex;
  readonly output: Uint8Array;
  readonly proof: Uint8Array;
}

/** `abi.encode(FulfillmentData(imageId, journal))`. */
export const fulfillmentData = (program: Hex, journal: Uint8Array): Hex =>
  encodeAbiParameters(
    [
      {
        type: "tuple",
        components: [
          { type: "bytes32", name: "imageId" },
          { type: "bytes", name: "journal" },
        ],
      },
    ],
    [{ imageId: program, journal: toHex(journal) }],
  );
