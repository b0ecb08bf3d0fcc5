// A chain of its own with IntelCollateral and TDXVerifier, whose clock stands where a test puts it. It speaks to the
// provider directly: these tests send thousands of calls.
import { network } from "hardhat";
import { decodeErrorResult, decodeFunctionResult, encodeFunctionData } from "viem";
import type { Abi, Address, Hex } from "viem";
import type { TdxCollateral } from "../../sdk/evidence/tdx-collateral.ts";
import { errorsAbi } from "../../sdk/registry/abi/errors.ts";
import { decodeRevert, revertDataOf } from "../../sdk/registry/revert.ts";
import { deployIntel, transactionGas, upsertsOf } from "../contracts/verifiers/intel.ts";
import type { Verdict } from "./referee.ts";

export interface Receipt {
  readonly gasUsed: bigint;
  readonly logs: readonly {
    readonly address: Address;
    readonly topics: [Hex, ...Hex[]];
    readonly data: Hex;
  }[];
}

/**
 * What a call came to: a value, or the check (or else the error) that refused it. `error` is the custom error with its
 * arguments, as Solidity would write it.
 */
export type Outcome<T> =
  | { readonly verdict: null; readonly value: T; readonly error: null }
  | { readonly verdict: string; readonly value: null; readonly error: string };

export interface Target {
  readonly address: Address;
  readonly abi: Abi;
}

/** The error by the catalogue or, for one that is no check, by the contract's own ABI. */
function errorText(abi: Abi, data: Hex): string {
  if (data === "0x") return "";
  const { errorName, args = [] } = decodeErrorResult({ abi: [...errorsAbi, ...abi], data });
  return `${errorName}(${args.join(", ")})`;
}

async function outcomeOf<T>(abi: Abi, work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { verdict: null, value: await work(), error: null };
  } catch (error) {
    const data = revertDataOf(error);
    if (data === null) throw error;
    const { check, name } = decodeRevert(data);
    return { verdict: check ?? name, value: null, error: errorText(abi, data) };
  }
}

function must<T>({ verdict, value }: Outcome<T>, what: string): T {
  if (verdict !== null) throw new Error(`${what}: ${verdict}`);
  return value;
}

type Connection = Awaited<ReturnType<typeof network.create>>;
const gas = `0x${transactionGas.toString(16)}`;

/** Calls and transactions at a time that stands still until it is moved. */
export async function frozenAccess({ provider }: Connection, start: number) {
  let now = start;
  const request = <T>(method: string, ...params: unknown[]) =>
    provider.request({ method, params }) as Promise<T>;
  const accounts = await request<Address[]>("eth_accounts");
  const call = <T>({ abi, address: to }: Target, functionName: string, ...args: unknown[]) => {
    const data = encodeFunctionData({ abi, functionName, args });
    return outcomeOf(abi, async () => {
      const result = await request<Hex>("eth_call", { from: accounts[0], to, data, gas }, "latest");
      return decodeFunctionResult({ abi, functionName, args, data: result }) as T;
    });
  };
  const sendFrom = (
    from: Address,
    { abi, address: to }: Target,
    functionName: string,
    ...args: unknown[]
  ) => {
    const data = encodeFunctionData({ abi, functionName, args });
    return outcomeOf(abi, async () => {
      await request("evm_setNextBlockTimestamp", now);
      const hash = await request<Hex>("eth_sendTransaction", { from, to, data, gas });
      const receipt = await request<Omit<Receipt, "gasUsed"> & { gasUsed: Hex }>(
        "eth_getTransactionReceipt",
        hash,
      );
      return { gasUsed: BigInt(receipt.gasUsed), logs: receipt.logs };
    });
  };
  return {
    accounts,
    call,
    sendFrom,
    now: () => now,
    /** Puts the clock forward, and a block there, so that calls see it. */
    async moveTo(seconds: number): Promise<void> {
      now = seconds;
      await request("evm_setNextBlockTimestamp", now);
      await request("evm_mine");
    },
    /** The way back to the state and time of now, which can be gone again and again. */
    async mark(): Promise<() => Promise<void>> {
      const then = now;
      let id = await request<string>("evm_snapshot");
      return async () => {
        await request("evm_revert", id);
        id = await request<string>("evm_snapshot");
        now = then;
      };
    },
    codeAt: (address: Address) => request<Hex>("eth_getCode", address, "latest"),
  };
}

export interface IntelChainOptions {
  /** x‖y of the root; default: Intel's. */
  readonly root?: Hex;
  /** Unix seconds of the first block. */
  readonly at: number;
  readonly tcbInfo?: number;
  readonly qeIdentity?: number;
}

export async function startIntelChain({ at, ...options }: IntelChainOptions) {
  const connection = await network.create({
    network: "default",
    // The deployment's blocks lie in the hour before.
    override: { initialDate: new Date((at - 3600) * 1000), allowBlocksWithSameTimestamp: true },
  });
  const { collateral, verifier, manager } = await deployIntel(connection, options);
  const access = await frozenAccess(connection, at);
  await access.moveTo(at);
  const owner = access.accounts[0]!;
  const send = (target: Target, functionName: string, ...args: unknown[]) =>
    access.sendFrom(owner, target, functionName, ...args);
  return {
    ...access,
    collateral,
    verifier,
    manager,
    deploy: connection.viem.deployContract,
    send,
    mustSend: async (target: Target, functionName: string, ...args: unknown[]) =>
      must(await send(target, functionName, ...args), functionName),
    read: async <T>(target: Target, functionName: string, ...args: unknown[]) =>
      must(await access.call<T>(target, functionName, ...args), functionName),
    /** All of a collateral in the order of the protocol's steps, up to the first that is refused. */
    async upsert(documents: TdxCollateral): Promise<Verdict> {
      for (const { functionName, args } of upsertsOf(documents)) {
        const { verdict } = await send(collateral, functionName, ...args);
        if (verdict !== null) return verdict;
      }
      return null;
    },
    close: () => connection.close(),
  };
}

export type IntelChain = Awaited<ReturnType<typeof startIntelChain>>;
