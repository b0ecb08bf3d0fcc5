// What is scheduled on AccessManager and neither made nor taken back: who watches a registry reads it and cancels in time.
import { decodeFunctionData, encodeFunctionData } from "viem";
import type { Address, Hex, PublicClient } from "viem";
import { readArtifact } from "../artifact.ts";
import { readLogs } from "../deploy/audit/logs.ts";
import { readOperations } from "../deploy/audit/operations.ts";
import type { Operation } from "../deploy/audit/operations.ts";
import { read } from "../deploy/manager.ts";
import type { Deployment } from "../deploy/record.ts";
import { say } from "./act.ts";
import type { Call } from "./act.ts";

export interface PendingOperation {
  readonly operation: Hex;
  /** As Solidity would write it; the target and its calldata where the target is none of the deployment's. */
  readonly act: string;
  readonly caller: Address;
  /** Unix seconds between which it can be made. */
  readonly from: number;
  readonly until: number;
  /** Whoever may cancel sends this. */
  readonly cancel: Omit<Call, "from">;
}

function sayOf({ contracts }: Deployment, { target, data }: Operation): string {
  const found = Object.entries(contracts).find(([, { address }]) => BigInt(address) === BigInt(target));
  if (found === undefined) return `${target} ${data}`;
  try {
    const { functionName, args } = decodeFunctionData({ abi: readArtifact(found[0]).abi, data });
    return say(found[0], functionName, args ?? []);
  } catch {
    return `${found[0]} ${data}`;
  }
}

/** Operations that can still be made, the next first. */
export async function pendingOperations(
  publicClient: PublicClient,
  deployment: Deployment,
): Promise<readonly PendingOperation[]> {
  const { address, block } = deployment.contracts["AccessManager"]!;
  const blockNumber = await publicClient.getBlockNumber();
  const manager = { publicClient, address, blockNumber };
  const logs = await readLogs(publicClient, { AccessManager: address }, BigInt(block ?? 0), blockNumber);
  const expiration = await read<number>(manager, "expiration", []);
  const { abi } = readArtifact("AccessManager");
  const pending = (await readOperations(manager, logs)).filter(({ from }) => from !== 0);
  return pending
    .toSorted((a, b) => a.from - b.from)
    .map((operation) => {
      const { id, caller, target, data, from } = operation;
      const cancel = encodeFunctionData({ abi, functionName: "cancel", args: [caller, target, data] });
      return {
        operation: id,
        act: sayOf(deployment, operation),
        caller,
        from,
        until: from + expiration,
        cancel: { to: address, data: cancel },
      };
    });
}
