// An in-process chain under Osaka rules with the whole deployment on it, for simulate, tests and the demo.
import { network } from "hardhat";
import { createPublicClient, createTestClient, createWalletClient, custom, http } from "viem";
import type { Account, Address, Chain, Hex, PublicClient, TestClient, Transport, WalletClient } from "viem";
import type { TransactionReceipt } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { networks } from "../deployments/networks.ts";
import { deployRegistry } from "./deploy.ts";
import type { Evaluation } from "../deployments/networks.ts";
import type { Deployment, Roots } from "./deploy.ts";

/** First account of the development mnemonic that Hardhat, anvil and ganache share; worthless everywhere else. */
export const developmentKey: Hex = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
/** Second account of the same mnemonic: the relayer's in the demo. */
export const relayerKey: Hex = "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d";

const chain = {
  id: networks.local.chainId,
  name: "local",
  nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
  rpcUrls: { default: { http: [] } },
} as const;

export interface LocalChain {
  readonly publicClient: PublicClient;
  readonly walletClient: WalletClient<Transport, Chain, Account>;
  readonly testClient: TestClient;
  readonly deployment: Deployment;
  address(contract: string): Address;
  close(): Promise<void>;
}

export interface ServedChain extends LocalChain {
  /** HTTP JSON-RPC endpoint on loopback. */
  readonly url: string;
}

/** Gas of one transaction's whole cost under EIP-7825 is at most 2^24. */
export const transactionGasCap = 16_777_216n;

interface DeployOver {
  readonly roots: Roots;
  readonly folder: string | null;
  readonly evaluation?: Evaluation | undefined;
}

async function deployOver(transport: Transport, { roots, folder, evaluation }: DeployOver) {
  const publicClient = createPublicClient({ chain, transport, cacheTime: 0, pollingInterval: 50 });
  const walletClient = createWalletClient({ chain, transport, account: privateKeyToAccount(developmentKey) });
  const testClient = createTestClient({ chain, mode: "hardhat", transport });
  const deployment = await deployRegistry({
    publicClient,
    walletClient,
    network: { ...networks.local, ...(evaluation === undefined ? {} : { evaluation }) },
    roots,
    folder,
  });
  const address = (contract: string): Address => {
    const deployed = deployment.contracts[contract];
    if (deployed === undefined) throw new Error(`${contract} is not deployed`);
    return deployed.address;
  };
  return { publicClient, walletClient, testClient, deployment, address };
}

export interface LocalChainParameters {
  readonly roots: Roots;
  /** Unix seconds of the first block; blocks may share a timestamp, so the clock stands still. */
  readonly at: bigint;
  /** Evaluation numbers that count from the start; default: the simulator's. */
  readonly evaluation?: Evaluation;
}

export interface FrozenChain extends LocalChain {
  /** Sends a transaction in a block at the frozen time. Throws with the revert data when it would revert. */
  send(to: Address, data: Hex): Promise<TransactionReceipt>;
}

/** A chain inside this process whose transactions are mined at `at`. */
export async function createLocalChain({
  roots,
  at,
  evaluation,
}: LocalChainParameters): Promise<FrozenChain> {
  const connection = await network.create({
    network: "default",
    // The deployment's blocks lie in the hour before, so that their drift never passes `at`.
    override: { initialDate: new Date(Number(at - 3600n) * 1000), allowBlocksWithSameTimestamp: true },
  });
  // Without retries: viem would repeat every reverted call.
  const transport = custom(connection.provider, { retryCount: 0 });
  const deployed = await deployOver(transport, { roots, folder: null, evaluation });
  await deployed.testClient.setNextBlockTimestamp({ timestamp: at });
  await deployed.testClient.mine({ blocks: 1 });
  const send = async (to: Address, data: Hex): Promise<TransactionReceipt> => {
    await deployed.testClient.setNextBlockTimestamp({ timestamp: at });
    const account = deployed.walletClient.account;
    const hash = await deployed.walletClient.sendTransaction({ account, to, data, gas: transactionGasCap });
    return deployed.publicClient.getTransactionReceipt({ hash });
  };
  return { ...deployed, send, close: () => connection.close() };
}

export interface ServeChainParameters {
  readonly roots: Roots;
  /** Folder for `<network>.json`, or null. */
  readonly folder: string | null;
  /** A block is mined at this interval even when nothing is sent, so that anchors age. */
  readonly blockMilliseconds: number;
  /** Unix seconds at the start; default: this machine's clock. */
  readonly from?: bigint;
}

/** A chain behind HTTP on loopback, whose clock goes as this machine's. */
export async function serveLocalChain(parameters: ServeChainParameters): Promise<ServedChain> {
  const { from, blockMilliseconds } = parameters;
  const server = await network.createServer(
    {
      network: "default",
      override: {
        allowBlocksWithSameTimestamp: true,
        initialDate: from === undefined ? new Date() : new Date(Number(from) * 1000),
        mining: { auto: true, interval: blockMilliseconds },
      },
    },
    "127.0.0.1",
    0,
  );
  const { address, port } = await server.listen();
  const url = `http://${address}:${port}`;
  const deployed = await deployOver(http(url, { retryCount: 0 }), parameters);
  return { ...deployed, url, close: () => server.close() };
}
