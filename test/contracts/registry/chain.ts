// A simulated chain with contracts of this project, read and called by name.
import { network } from "hardhat";
import { decodeErrorResult, encodeFunctionData, getAddress } from "viem";
import type { Abi, Address, Hex, PublicClient, TransactionReceipt, WalletClient } from "viem";
import { readArtifact } from "../../../scripts/artifact.ts";
import { deployContract, mustHaveProxy } from "../../../scripts/create2.ts";
import type { DeployedContract } from "../../../scripts/create2.ts";

export interface Contract {
  readonly address: Address;
  readonly abi: Abi;
}

export type Chain = Awaited<ReturnType<typeof startChain>>;

/** Revert data of a failed call, wherever the client put it. */
function revertData(error: unknown): Hex {
  for (
    let at: unknown = error;
    typeof at === "object" && at !== null;
    at = (at as { cause?: unknown }).cause
  ) {
    const data = (at as { data?: unknown }).data;
    if (typeof data === "string" && data.startsWith("0x")) return data as Hex;
    const inner = (data as { data?: unknown } | undefined)?.data;
    if (typeof inner === "string") return inner as Hex;
  }
  throw error;
}

export async function startChain(chainId = 31337, hardfork = "osaka") {
  const { viem, provider } = await network.create({ override: { chainId, hardfork } });
  const publicClient = (await viem.getPublicClient()) as unknown as PublicClient;
  const wallets = (await viem.getWalletClients()) as unknown as WalletClient[];
  const clients = { publicClient, walletClient: wallets[0]! };
  const contracts: Record<string, DeployedContract> = {};
  await mustHaveProxy(clients, true);

  const request = (method: string, ...params: unknown[]): Promise<unknown> =>
    provider.request({ method, params });
  const addressOf = (index: number): Address => getAddress(wallets[index]!.account!.address);

  async function deploy(name: string, args: readonly unknown[] = []): Promise<Contract> {
    const address = await deployContract(clients, contracts, name, args);
    return { address, abi: readArtifact(name).abi };
  }

  async function read<T>({ address, abi }: Contract, functionName: string, ...args: unknown[]): Promise<T> {
    return (await publicClient.readContract({ address, abi, functionName, args, blockTag: "pending" })) as T;
  }

  async function sendData(to: Address, data: Hex, from = 0): Promise<TransactionReceipt> {
    const hash = await clients.walletClient.sendTransaction({
      account: addressOf(from),
      chain: null,
      to,
      data,
      gas: 16_000_000n,
    });
    return publicClient.waitForTransactionReceipt({ hash });
  }

  const send = (contract: Contract, functionName: string, args: unknown[], from = 0) =>
    sendData(contract.address, encodeFunctionData({ abi: contract.abi, functionName, args }), from);

  /** A call runs in the block that a transaction would be mined in: `latest` would still count it as the head. */
  /** Name of the custom error that a call ends in, "" for a bare revert, null when it succeeds. */
  async function refusalOf({ address, abi }: Contract, data: Hex, from = 0): Promise<string | null> {
    try {
      await publicClient.call({
        account: addressOf(from),
        to: address,
        data,
        gas: 16_000_000n,
        blockTag: "pending",
      });
      return null;
    } catch (error) {
      const reverted = revertData(error);
      return reverted === "0x" ? "" : decodeErrorResult({ abi, data: reverted }).errorName;
    }
  }

  const refusal = (contract: Contract, functionName: string, args: unknown[], from = 0) =>
    refusalOf(contract, encodeFunctionData({ abi: contract.abi, functionName, args }), from);

  return { publicClient, clients, request, addressOf, deploy, read, send, sendData, refusalOf, refusal };
}
