// Operations of AccessManager: its events name every one there was, its state says which can still be made.
import type { Address, Hex } from "viem";
import { read } from "../manager.ts";
import type { Manager } from "../manager.ts";
import type { Emitted } from "./logs.ts";

export interface Operation {
  /** AccessManager's own, of the three below. */
  readonly id: Hex;
  readonly caller: Address;
  readonly target: Address;
  readonly data: Hex;
  /** Unix seconds from which it can be made; 0 for one that was made, cancelled, or left for a week. */
  readonly from: number;
}

interface Scheduled extends Omit<Operation, "id" | "from"> {
  readonly operationId: Hex;
}

/**
 * Each operation once, however often it was scheduled.
 * @param logs what the manager said, all of it
 */
export async function readOperations(
  manager: Manager,
  logs: readonly Emitted[],
): Promise<readonly Operation[]> {
  const operations = new Map<Hex, Operation>();
  for (const { event, args } of logs) {
    if (event !== "OperationScheduled") continue;
    const { operationId: id, caller, target, data } = args as unknown as Scheduled;
    if (operations.has(id)) continue;
    const from = await read<number>(manager, "getSchedule", [id]);
    operations.set(id, { id, caller, target, data, from });
  }
  return [...operations.values()];
}
