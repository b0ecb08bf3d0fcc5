// Deployment through the deterministic proxy: the same code and arguments have the same address on every chain,
// and what is there already is not deployed again.
import { concatHex, encodeDeployData, getCreate2Address, keccak256, zeroHash } from "viem";
import type { Address, Hex } from "viem";
import { isCodeOf, librariesOf, link, readArtifact } from "./artifact.ts";
import { transact } from "./deploy/transact.ts";
import type { Clients } from "./deploy/transact.ts";

export type { Clients } from "./deploy/transact.ts";

// https://github.com/Arachnid/deterministic-deployment-proxy
export const create2Proxy: Address = "0x4e59b44847b379578588920cA78FbF26c0B4956C";
export const create2ProxyCode: Hex =
  "0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3";

export interface DeployedContract {
  readonly address: Address;
  readonly codeHash: Hex;
  readonly args: readonly unknown[];
  /** Null when this run found the code in place and nothing remembers its deployment. */
  readonly tx: Hex | null;
  readonly block: number | null;
}

/** Puts the proxy on a development chain that lacks it (EDR does). Throws elsewhere: it must be deployed there. */
export async function mustHaveProxy({ publicClient }: Clients, isDevelopment: boolean): Promise<void> {
  const code = await publicClient.getCode({ address: create2Proxy });
  if (code === create2ProxyCode) return;
  if (code !== undefined) throw new Error(`${create2Proxy} is not the deterministic deployment proxy here`);
  if (!isDevelopment) throw new Error(`no deterministic deployment proxy at ${create2Proxy} on this chain`);
  await publicClient.request({
    method: "hardhat_setCode",
    params: [create2Proxy, create2ProxyCode],
  } as never);
}

/** Where the proxy puts this code, salt 0. */
export const create2Address = (initCode: Hex): Address =>
  getCreate2Address({ from: create2Proxy, salt: zeroHash, bytecodeHash: keccak256(initCode) });

/** Deploys a contract, its libraries first, unless it is there; `contracts` collects and remembers. */
export async function deployContract(
  clients: Clients,
  contracts: Record<string, DeployedContract>,
  name: string,
  args: readonly unknown[],
): Promise<Address> {
  const { publicClient } = clients;
  const artifact = readArtifact(name);
  const libraries: Record<string, Address> = {};
  for (const library of librariesOf(artifact))
    libraries[library] = await deployContract(clients, contracts, library, []);
  const initCode = encodeDeployData({ abi: artifact.abi, bytecode: link(artifact, libraries), args });
  const address = create2Address(initCode);
  const known = contracts[name]?.address === address ? contracts[name] : undefined;
  let tx = known?.tx ?? null;
  let block = known?.block ?? null;
  if ((await publicClient.getCode({ address })) === undefined) {
    const data = concatHex([zeroHash, initCode]);
    const receipt = await transact(clients, { step: `deploy ${name}`, to: create2Proxy, data });
    tx = receipt.transactionHash;
    block = Number(receipt.blockNumber);
  }
  const code = await publicClient.getCode({ address });
  if (code === undefined || !isCodeOf(artifact, libraries, code))
    throw new Error(`at ${address} stands ${code === undefined ? "nothing" : "something else"}, not ${name}`);
  contracts[name] = { address, codeHash: keccak256(code), args, tx, block };
  return address;
}
