// Deployment through our factory (contracts/deployment/DeploymentFactory.sol): an address depends on deployer, name
// and version alone, so it is the same on every chain although the constructors' arguments differ.
import { encodeAbiParameters, encodeDeployData, encodeFunctionData, getContractAddress } from "viem";
import { keccak256, parseAbiItem, toHex } from "viem";
import type { Address, Hex } from "viem";
import { isDevelopment } from "../../deployments/networks.ts";
import { isCodeOf, librariesOf, link, readArtifact } from "../artifact.ts";
import { create2Address, deployContract } from "../create2.ts";
import type { DeployedContract } from "../create2.ts";
import { transact } from "./transact.ts";
import type { Clients } from "./transact.ts";

/** Where the factory stands on every chain. Another build of it would put our contracts at other addresses. */
export const releasedFactory: Address = "0xc7819f6a5419E8cC56D3093191C5cF3A9e254018";

/** Where the factory of this build stands: CREATE2 by the proxy, salt 0. */
export const factoryAddress = (): Address => create2Address(readArtifact("DeploymentFactory").bytecode);

// A contract whose code or arguments must change on a chain where it stands already moves to a new address: raise its
// number here.
const versions: Readonly<Record<string, number>> = {};

/** keccak256 of "cvm-registry/NAME/VERSION". */
export const saltOf = (name: string): Hex => keccak256(toHex(`cvm-registry/${name}/${versions[name] ?? 1}`));

// keccak256 of OpenZeppelin's PROXY_INITCODE, utils/Create3.sol.
const create3ProxyHash: Hex = "0x57a34f6e879358dd76825d6700df87013ad6a3fb43c0d0c602f70a8772c153bd";

/** Address of a contract of this project as `deployer` deploys it, on every chain. */
export function addressOf(deployer: Address, name: string): Address {
  const salt = keccak256(
    encodeAbiParameters([{ type: "address" }, { type: "bytes32" }], [deployer, saltOf(name)]),
  );
  const from = getContractAddress({
    opcode: "CREATE2",
    from: factoryAddress(),
    salt,
    bytecodeHash: create3ProxyHash,
  });
  return getContractAddress({ from, nonce: 1n });
}

export interface Deploying extends Clients {
  readonly deployer: Address;
  /** Collects what is deployed, and remembers what an earlier run deployed. */
  readonly contracts: Record<string, DeployedContract>;
}

/** Puts the factory where it belongs. A build of another one is for development chains only. */
export async function deployFactory({ contracts, ...clients }: Deploying, chainId: number): Promise<void> {
  const address = factoryAddress();
  if (address !== releasedFactory && !isDevelopment(chainId))
    throw new Error(`this build's factory would stand at ${address}; the released one is ${releasedFactory}`);
  await deployContract(clients, contracts, "DeploymentFactory", []);
}

/** The contract that stands under a name: several of one are told apart behind a dash. */
export const contractOf = (name: string): string => name.split("-", 1)[0]!;

/** Constructor's arguments as JSON takes them: numbers beyond its own as decimals. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]));
}

/** Deploys a contract, its libraries first, unless it is there. Throws when something else is. */
export async function deploy(deploying: Deploying, name: string, args: readonly unknown[]): Promise<Address> {
  const { publicClient, deployer, contracts } = deploying;
  const artifact = readArtifact(contractOf(name));
  const libraries: Record<string, Address> = {};
  for (const library of librariesOf(artifact)) libraries[library] = await deploy(deploying, library, []);
  const initCode = encodeDeployData({ abi: artifact.abi, bytecode: link(artifact, libraries), args });
  const address = addressOf(deployer, name);
  const found = await publicClient.getCode({ address });
  if (found !== undefined) {
    const isOurs =
      isCodeOf(artifact, libraries, found) &&
      (await creationCodeHashOf(deploying, address)) === keccak256(initCode);
    if (!isOurs)
      throw new Error(
        `at ${address} stands something else than ${name} with these arguments: check out the sources it was ` +
          "deployed from, or raise its version in scripts/deploy/factory.ts",
      );
    contracts[name] = {
      address,
      codeHash: keccak256(found),
      args: args.map(plain),
      ...(await origin(deploying, name, address)),
    };
    return address;
  }
  const data = encodeFunctionData({
    abi: readArtifact("DeploymentFactory").abi,
    functionName: "deploy",
    args: [saltOf(name), initCode],
  });
  const receipt = await transact(deploying, { step: `deploy ${name}`, to: factoryAddress(), data });
  const code = await publicClient.getCode({ address });
  if (code === undefined || !isCodeOf(artifact, libraries, code))
    throw new Error(`${receipt.transactionHash} left no ${name} at ${address}`);
  const block = Number(receipt.blockNumber);
  contracts[name] = {
    address,
    codeHash: keccak256(code),
    args: args.map(plain),
    tx: receipt.transactionHash,
    block,
  };
  return address;
}

async function creationCodeHashOf({ publicClient }: Clients, address: Address): Promise<Hex> {
  const { abi } = readArtifact("DeploymentFactory");
  const call = { address: factoryAddress(), abi, functionName: "creationCodeHashOf", args: [address] };
  return (await publicClient.readContract(call)) as Hex;
}

const deployed = parseAbiItem(
  "event Deployed(address indexed deployed, address indexed deployer, bytes32 indexed salt)",
);

/** Transaction and block of a deployment, from memory or from the factory's event; null where a node keeps neither. */
async function origin(
  { publicClient, contracts }: Deploying,
  name: string,
  address: Address,
): Promise<Pick<DeployedContract, "tx" | "block">> {
  const known = contracts[name];
  if (known?.address === address && known.tx !== null) return { tx: known.tx, block: known.block };
  const filter = {
    address: factoryAddress(),
    event: deployed,
    args: { deployed: address },
    fromBlock: 0n,
  } as const;
  const [log] = await publicClient.getLogs(filter).catch(() => []);
  return { tx: log?.transactionHash ?? null, block: log === undefined ? null : Number(log.blockNumber) };
}
