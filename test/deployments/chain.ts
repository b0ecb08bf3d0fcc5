// Simulated chains that pass for Sepolia: its chain id, its precompile, a history contract; nobody's roles are the
// deployer's.
import { numberToHex } from "viem";
import type { WalletClient } from "viem";
import { networks } from "../../deployments/networks.ts";
import type { Network } from "../../deployments/networks.ts";
import { historyContract } from "../../scripts/deploy/probe.ts";
import { historyStandIn } from "../../scripts/deploy/dry-run.ts";
import { deployRegistry } from "../../scripts/deploy.ts";
import type { Deployment } from "../../scripts/deploy.ts";
import type { Clients } from "../../scripts/deploy/transact.ts";
import { deployedNames } from "../../scripts/deploy/verification.ts";
import { readArtifact } from "../../scripts/artifact.ts";
import { defaultTrust } from "../../sdk/verify/roots.ts";
import { startChain } from "../contracts/registry/chain.ts";
import type { Chain, Contract } from "../contracts/registry/chain.ts";

/** Accounts of the chain by what they are. */
export const accounts = { deployer: 0, admin: 1, governor: 2, guardian: 3, owner: 4, stranger: 5 } as const;
export type Actor = keyof typeof accounts;

export const holdersOn = (chain: Chain) => ({
  admin: chain.addressOf(accounts.admin),
  governor: chain.addressOf(accounts.governor),
  guardian: chain.addressOf(accounts.guardian),
  applicationOwner: chain.addressOf(accounts.owner),
});

export async function startNetwork(network: Network = networks.sepolia): Promise<Chain> {
  const chain = await startChain(network.chainId, network.p256Precompile ? "osaka" : "prague");
  if (network.eip2935) await chain.request("hardhat_setCode", historyContract, historyStandIn);
  await chain.request("hardhat_mine", "0x2");
  return chain;
}

/** Transactions of a deployment where P256Fallback is not needed: contracts, proofs, table, roles, renunciation. */
export const wholeDeployment = deployedNames().length - 1 + 4;

export const deployOn = (
  chain: Chain,
  options: { network?: Network; folder?: string | null; clients?: Clients } = {},
): Promise<Deployment> =>
  deployRegistry({
    ...(options.clients ?? chain.clients),
    network: options.network ?? networks.sepolia,
    roots: defaultTrust,
    folder: options.folder ?? null,
    ...holdersOn(chain),
  });

/** Wallet that dies at its transaction number `limit`, before or after the node has it. */
export function mortal(clients: Clients, limit: number, when: "before" | "after"): Clients {
  let count = 0;
  const sendTransaction = async (parameters: Parameters<WalletClient["sendTransaction"]>[0]) => {
    const isLast = ++count > limit;
    if (isLast && when === "before") throw new Error("killed");
    const hash = await clients.walletClient.sendTransaction(parameters);
    if (isLast) throw new Error("killed");
    return hash;
  };
  return {
    ...clients,
    walletClient: { ...clients.walletClient, sendTransaction } as unknown as WalletClient,
  };
}

/** Lets time pass, and a block be mined. */
export async function passTime(chain: Chain, seconds: number): Promise<void> {
  await chain.request("evm_increaseTime", numberToHex(seconds));
  await chain.request("hardhat_mine", "0x1");
}

/** A deployed contract whose ABI also knows the errors of its AccessManager. */
export const contractOf = ({ contracts }: Deployment, name: string): Contract => ({
  address: contracts[name]!.address,
  abi: [
    ...readArtifact(name).abi,
    ...readArtifact("AccessManager").abi.filter(({ type }) => type === "error"),
  ],
});
