// A deployment rehearsed: the same code runs against a chain inside this process, which is a fork of the real one or
// empty, so that transactions, addresses and gas are those of the deployment. Nothing leaves the process but reads.
import { network as hardhat } from "hardhat";
import { createPublicClient, createWalletClient, custom, http, toHex } from "viem";
import type { Address, Hex } from "viem";
import { isDevelopment } from "../../deployments/networks.ts";
import type { Network } from "../../deployments/networks.ts";
import { create2Proxy, create2ProxyCode } from "../create2.ts";
import type { Roots } from "./contracts.ts";
import { arbSys, historyContract, probe, requireAsProbed } from "./probe.ts";
import type { Deployment } from "./record.ts";
import { deployRegistry } from "./registry.ts";
import type { Holders } from "./registry.ts";
import type { SentTransaction } from "./transact.ts";

export interface Rehearsal {
  readonly network: Network;
  readonly roots: Roots;
  readonly holders: Holders;
  /** Whose transactions they would be; on an empty development chain the node's first account. */
  readonly deployer?: Address;
  /** Node whose state is forked; without it an empty chain stands for the network. */
  readonly rpc?: string;
  /** What an earlier run wrote of what stands there. */
  readonly recorded?: Deployment | null;
}

export interface Rehearsed {
  readonly deployment: Deployment;
  readonly sent: readonly SentTransaction[];
}

// CALLDATALOAD(0) BLOCKHASH, returned as a word: a history of the last 256 blocks, which is more than is asked.
export const historyStandIn: Hex = "0x5f35405f5260205ff3";
// NUMBER, returned as a word: ArbSys counts what the simulated chain's opcode counts.
const arbSysStandIn: Hex = "0x435f5260205ff3";

/** Puts what the simulated chain lacks of the real one. */
async function standIn(
  { chainId, anchor, eip2935 }: Network,
  isEmpty: boolean,
  put: (address: Address, code: Hex) => Promise<unknown>,
): Promise<void> {
  if (isEmpty && !isDevelopment(chainId)) await put(create2Proxy, create2ProxyCode);
  const isArbitrum = anchor.source === "ARBSYS";
  if (isArbitrum) await put(arbSys, arbSysStandIn);
  if (isArbitrum || (isEmpty && eip2935)) await put(historyContract, historyStandIn);
}

export async function rehearse({ network, roots, holders, rpc, ...rest }: Rehearsal): Promise<Rehearsed> {
  if (rpc !== undefined) {
    // The fork has the precompiles of this process, so the real chain is asked.
    const real = createPublicClient({ transport: http(rpc), cacheTime: 0 });
    const chainId = await real.getChainId();
    if (chainId !== network.chainId)
      throw new Error(`${network.name} is chain ${network.chainId}, not ${chainId}`);
    requireAsProbed(network, await probe(real));
  }
  const connection = await hardhat.create({
    network: "default",
    override: {
      chainId: network.chainId,
      hardfork: network.p256Precompile ? "osaka" : "prague",
      ...(rpc === undefined ? {} : { forking: { url: rpc }, initialDate: new Date() }),
    },
  });
  try {
    const transport = custom(connection.provider, { retryCount: 0 });
    const publicClient = createPublicClient({ transport, cacheTime: 0, pollingInterval: 20 });
    const request = (method: string, ...params: unknown[]): Promise<unknown> =>
      connection.provider.request({ method, params });
    const account = rest.deployer ?? (await createWalletClient({ transport }).getAddresses())[0]!;
    await request("hardhat_impersonateAccount", account);
    await request("hardhat_setBalance", account, toHex(10n ** 24n));
    await request("hardhat_mine", "0x2");
    const put = (address: Address, code: Hex) => request("hardhat_setCode", address, code);
    await standIn(network, rpc === undefined, put);
    const sent: SentTransaction[] = [];
    const deployment = await deployRegistry({
      publicClient,
      walletClient: createWalletClient({ transport, account }),
      onTransaction: (transaction) => sent.push(transaction),
      network,
      roots,
      folder: null,
      recorded: rest.recorded ?? null,
      ...holders,
    });
    return { deployment, sent };
  } finally {
    await connection.close();
  }
}
