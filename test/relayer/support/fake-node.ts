// A JSON-RPC node in memory with scripted faults. It checks nonces, replacement prices and balances like geth, and
// mines when it is told to (or at once), so that a test decides what the relayer sees and when.
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { keccak256, parseTransaction, recoverTransactionAddress, size, toHex } from "viem";
import type { Hex, TransactionSerializedEIP1559 } from "viem";

export interface PooledTransaction {
  readonly hash: Hex;
  readonly from: string;
  readonly to: string;
  readonly nonce: number;
  readonly maxFeePerGas: bigint;
  readonly gas: bigint;
  readonly data: Hex;
}

interface Mined extends PooledTransaction {
  readonly block: bigint;
  readonly isSuccess: boolean;
}

export interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: Hex;
}

/** What a fault does to one request: answer with an error, drop the connection, or answer after doing the work. */
export type Fault =
  | { readonly kind: "error"; readonly error: RpcError }
  | { readonly kind: "drop" }
  /** The node does what it was asked and then the connection breaks. */
  | { readonly kind: "drop-answer" };

type Outcome = { readonly result: unknown } | { readonly error: RpcError };

const quantity = (value: bigint | number): Hex => toHex(BigInt(value));
const rpcError = (message: string, code = -32000): Outcome => ({ error: { code, message } });

export class FakeNode {
  readonly chainId = 31337n;
  url = "";
  blockNumber = 100n;
  baseFeePerGas = 1_000_000_000n;
  balance = 10n ** 18n;
  isAutomine = true;
  /** Revert data of `eth_call` and `eth_estimateGas`, or null for success. */
  revert: Hex | null = null;
  callResult: Hex = `0x${"12".repeat(32)}`;
  /** Result of `eth_call` by its data; null falls back to `callResult`. */
  onCall: ((data: Hex) => Hex) | null = null;
  /** Revert data of `eth_call` and `eth_estimateGas` by the call's data; null for those that succeed. */
  onRevert: ((data: Hex) => Hex | null) | null = null;
  /** Code at every address. */
  code: Hex = "0x00";
  gasEstimate = 400_000n;
  /** What an empty transfer costs at least; a rollup adds its part of the parent chain. */
  transferGas = 21_000n;
  /** Whether the next mined call succeeds. */
  isMinedSuccess = true;
  logs: unknown[] = [];
  readonly requests: string[] = [];
  /** Every transaction that reached the node, taken or not. */
  readonly received: PooledTransaction[] = [];
  readonly pool = new Map<number, PooledTransaction>();
  readonly mined: Mined[] = [];
  readonly #faults = new Map<string, Fault[]>();
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** The next requests of this method fail one after the other. */
  fault(method: string, ...faults: Fault[]): void {
    this.#faults.set(method, [...(this.#faults.get(method) ?? []), ...faults]);
  }

  clearFaults(): void {
    this.#faults.clear();
  }

  /** Mines a block with everything that is ready, or an empty one. */
  mine(blocks = 1): void {
    for (let i = 0; i < blocks; i++) {
      this.blockNumber++;
      for (let next = this.pool.get(this.#count()); next !== undefined; next = this.pool.get(this.#count())) {
        if (next.maxFeePerGas < this.baseFeePerGas) break;
        this.pool.delete(next.nonce);
        this.mined.push({ ...next, block: this.blockNumber, isSuccess: this.isMinedSuccess });
      }
    }
  }

  /** Takes the newest mined transaction back out of the chain and forgets it. */
  unmine(): void {
    this.mined.pop();
  }

  #count(): number {
    return this.mined.length + this.foreign;
  }
  /** Nonces used by somebody else with the same key. */
  foreign = 0;

  #pending(): number {
    let nonce = this.#count();
    while (this.pool.has(nonce)) nonce++;
    return nonce;
  }

  #block(number: bigint): unknown {
    if (number > this.blockNumber) return null;
    const hash = keccak256(toHex(number, { size: 32 }));
    return {
      number: quantity(number),
      hash,
      timestamp: quantity(1_770_000_000n + number),
      baseFeePerGas: quantity(this.baseFeePerGas),
    };
  }

  async #take(raw: TransactionSerializedEIP1559): Promise<Outcome> {
    const parsed = parseTransaction(raw);
    const transaction: PooledTransaction = {
      hash: keccak256(raw),
      from: await recoverTransactionAddress({ serializedTransaction: raw }),
      to: parsed.to ?? "",
      nonce: parsed.nonce ?? 0,
      maxFeePerGas: parsed.maxFeePerGas ?? 0n,
      gas: parsed.gas ?? 0n,
      data: parsed.data ?? "0x",
    };
    this.received.push(transaction);
    if (size(raw) > 131_072) return rpcError(`oversized data: transaction size ${size(raw)}, limit 131072`);
    if (transaction.gas < this.transferGas)
      return rpcError(`intrinsic gas too low: have ${transaction.gas}, want ${this.transferGas}`);
    if (this.mined.some(({ hash }) => hash === transaction.hash)) return rpcError("already known");
    if (transaction.nonce < this.#count()) return rpcError(`nonce too low: next nonce ${this.#count()}`);
    if (transaction.gas * transaction.maxFeePerGas > this.balance)
      return rpcError("insufficient funds for gas * price + value");
    const rival = this.pool.get(transaction.nonce);
    if (rival?.hash === transaction.hash) return rpcError("already known");
    if (rival !== undefined && transaction.maxFeePerGas * 10n < rival.maxFeePerGas * 11n)
      return rpcError("replacement transaction underpriced");
    this.pool.set(transaction.nonce, transaction);
    if (this.isAutomine) this.mine();
    return { result: transaction.hash };
  }

  #receipt(hash: unknown): unknown {
    const found = this.mined.find((mined) => mined.hash === hash);
    if (found === undefined) return null;
    return {
      blockNumber: quantity(found.block),
      status: found.isSuccess ? "0x1" : "0x0",
      gasUsed: quantity(321_000),
    };
  }

  #call(data: Hex, result: unknown): Outcome {
    const revert = this.onRevert?.(data) ?? this.revert;
    if (revert === null) return { result };
    return { error: { code: 3, message: "execution reverted", data: revert } };
  }

  #answer(method: string, params: readonly unknown[]): Outcome | Promise<Outcome> {
    const called = (): Hex => (params[0] as { data: Hex }).data;
    switch (method) {
      case "eth_chainId":
        return { result: quantity(this.chainId) };
      case "eth_getBlockByNumber":
        return {
          result: this.#block(params[0] === "latest" ? this.blockNumber : BigInt(params[0] as string)),
        };
      case "eth_maxPriorityFeePerGas":
        return { result: quantity(1_000_000_000n) };
      case "eth_getTransactionCount":
        return { result: quantity(params[1] === "pending" ? this.#pending() : this.#count()) };
      case "eth_getBalance":
        return { result: quantity(this.balance) };
      case "eth_getCode":
        return { result: this.code };
      case "eth_call":
        return this.#call(called(), this.onCall?.(called()) ?? this.callResult);
      case "eth_estimateGas":
        return this.#call(called(), quantity(called() === "0x" ? this.transferGas : this.gasEstimate));
      case "eth_getLogs":
        return { result: this.logs };
      case "eth_getTransactionReceipt":
        return { result: this.#receipt(params[0]) };
      case "eth_sendRawTransaction":
        return this.#take(params[0] as TransactionSerializedEIP1559);
      default:
        return rpcError(`the method ${method} does not exist`, -32601);
    }
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const { id, method, params } = JSON.parse(body) as { id: number; method: string; params?: unknown[] };
    this.requests.push(method);
    const fault = this.#faults.get(method)?.shift();
    if (fault?.kind === "drop") return void request.socket.destroy();
    const outcome: Outcome =
      fault?.kind === "error" ? { error: fault.error } : await this.#answer(method, params ?? []);
    if (fault?.kind === "drop-answer") return void request.socket.destroy();
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ jsonrpc: "2.0", id, ...outcome }));
  }
}
