// Everything that some contracts said, as their ABIs read it: what AccessManager does not enumerate is in its events alone.
import { decodeEventLog } from "viem";
import type { AbiEvent, Address, Log, PublicClient } from "viem";
import { readArtifact } from "../../artifact.ts";

export interface Emitted {
  /** Name of the contract. */
  readonly contract: string;
  /** Null for what its ABI does not know. */
  readonly event: string | null;
  readonly args: Readonly<Record<string, unknown>>;
  /** Names of the arguments in their order. */
  readonly names: readonly string[];
  readonly blockNumber: bigint;
  readonly logIndex: number;
}

/** Logs of these addresses within these blocks. Nodes bound the blocks of one query: a refused one is halved. */
async function fetchLogs(
  publicClient: PublicClient,
  address: Address[],
  fromBlock: bigint,
  toBlock: bigint,
): Promise<Log<bigint, number, false>[]> {
  const logs: Log<bigint, number, false>[] = [];
  let size = toBlock - fromBlock + 1n;
  for (let at = fromBlock; at <= toBlock;) {
    const end = at + size - 1n < toBlock ? at + size - 1n : toBlock;
    try {
      logs.push(...(await publicClient.getLogs({ address, fromBlock: at, toBlock: end })));
      at = end + 1n;
    } catch (error) {
      if (end === at) throw error;
      size = (end - at + 1n) / 2n;
    }
  }
  return logs;
}

function decode(
  contract: string,
  { topics, data, blockNumber, logIndex }: Log<bigint, number, false>,
): Emitted {
  const { abi } = readArtifact(contract);
  const place = { contract, blockNumber, logIndex };
  try {
    const { eventName, args } = decodeEventLog({ abi: abi, topics, data });
    const { inputs } = abi.find((item) => item.type === "event" && item.name === eventName) as AbiEvent;
    const names = inputs.map(({ name }) => name!);
    return { ...place, event: eventName!, args: (args ?? {}) as Emitted["args"], names };
  } catch {
    return { ...place, event: null, args: { topics, data }, names: ["topics", "data"] };
  }
}

/** What these contracts said within these blocks, oldest first. */
export async function readLogs(
  publicClient: PublicClient,
  contracts: Readonly<Record<string, Address>>,
  from: bigint,
  to: bigint,
): Promise<readonly Emitted[]> {
  const nameOf = new Map(Object.entries(contracts).map(([name, address]) => [BigInt(address), name]));
  const logs = await fetchLogs(publicClient, Object.values(contracts), from, to);
  return logs
    .map((log) => decode(nameOf.get(BigInt(log.address))!, log))
    .toSorted((a, b) => Number(a.blockNumber - b.blockNumber) || a.logIndex - b.logIndex);
}
