// Deployment through the deterministic proxy: the same code and arguments have the same address on every chain,
// and what is there already is not deployed again.
import { concatHex, encodeDeployData, getCreate2Address, keccak256, zeroHash } from "viem";
import type { Address, Hex, PublicClient, WalletClient } from "viem";
import { librariesOf, link, readArtifact } from "./artifact.ts";

// https://github.com/Arachnid/deterministic-deployment-proxy
const proxy: Address = "0x4e59b44847b379578588920cA78FbF26c0B4956C";
const proxyCode: Hex =
  "0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3";

export interface DeployedContract {
  readonly address: Address;
  readonly codeHash: Hex;
  readonly args: readonly unknown[];
  /** Null when this run found the code in place and no earlier record of its deployment. */
  readonly tx: Hex | null;
  readonly block: number | null;
}

export interface Clients {
  readonly publicClient: PublicClient;
  readonly walletClient: WalletClient;
}

/** Puts the proxy on a development chain that lacks it (EDR does). Throws elsewhere: it must be deployed there. */
export async function mustHaveProxy({ publicClient }: Clients, isDevelopment: boolean): Promise<void> {
  if ((await publicClient.getCode({ address: proxy })) !== undefined) return;
  if (!isDevelopment) throw new Error(`no deterministic deployment proxy at ${proxy} on this chain`);
  await publicClient.request({ method: "hardhat_setCode", params: [proxy, proxyCode] } as never);
}

/** Deploys a contract, its libraries first, unless it is there; `contracts` collects and remembers. */
export async function deployContract(
  clients: Clients,
  contracts: Record<string, DeployedContract>,
  name: string,
  args: readonly unknown[],
): Promise<Address> {
  const { publicClient, walletClient } = clients;
  const artifact = readArtifact(name);
  const libraries: Record<string, Address> = {};
  for (const library of librariesOf(artifact))
    libraries[library] = await deployContract(clients, contracts, library, []);
  const initCode = encodeDeployData({ abi: artifact.abi, bytecode: link(artifact, libraries), args });
  const address = getCreate2Address({ from: proxy, salt: zeroHash, bytecodeHash: keccak256(initCode) });
  const known = contracts[name]?.address === address ? contracts[name] : undefined;
  let tx = known?.tx ?? null;
  let block = known?.block ?? null;
  if ((await publicClient.getCode({ address })) === undefined) {
    tx = await walletClient.sendTransaction({
      account: walletClient.account ?? null,
      chain: null,
      to: proxy,
      data: concatHex([zeroHash, initCode]),
    });
    const receipt = await publicClient.waitForTransactionReceipt({ hash: tx });
    if (receipt.status !== "success") throw new Error(`deployment of ${name} reverted: ${tx}`);
    block = Number(receipt.blockNumber);
  }
  const code = await publicClient.getCode({ address });
  if (code === undefined) throw new Error(`no code of ${name} at ${address}`);
  contracts[name] = { address, codeHash: keccak256(code), args, tx, block };
  return address;
}
