// One run of the contracts on a chain inside this process: what was sent, what it cost and where it ended.
import { decodeFunctionResult, encodeFunctionData } from "viem";
import type { Abi, Address, Hex } from "viem";
import type { CheckId } from "../../sdk/checks.ts";
import { decodeRevert, revertDataOf } from "../../sdk/registry/revert.ts";
import { transactionGasCap } from "../local-chain.ts";
import type { FrozenChain } from "../local-chain.ts";

/** The custom error that ended a run, decoded. */
export interface RunRevert {
  readonly name: string;
  readonly args: readonly unknown[];
}

/** What a run of the contracts ended in. */
export interface Run {
  readonly gas: Record<string, number>;
  check: CheckId | null;
  revert: RunRevert | null;
}

export const newRun = (): Run => ({ gas: {}, check: null, revert: null });

// JSON knows no big integers; small ones become numbers.
const plain = (value: unknown): unknown => (typeof value === "bigint" ? value.toString() : value);

/** What `action` gives, or null, with the reason noted, when the contracts revert. */
export async function attempt<T>(run: Run, action: () => Promise<T>): Promise<T | null> {
  try {
    return await action();
  } catch (error) {
    const revertData = revertDataOf(error);
    if (revertData === null) throw error;
    const revert = decodeRevert(revertData);
    if (revert.check === null) throw new Error(`the contracts reverted with ${revert.name} ${revert.data}`);
    run.check = revert.check;
    run.revert = { name: revert.name, args: revert.args.map(plain) };
    return null;
  }
}

/** Sends one transaction as a step of the run; false, with the reason noted, when it reverts. */
export async function sendStep(
  chain: FrozenChain,
  run: Run,
  name: string,
  to: Address,
  data: Hex,
): Promise<boolean> {
  const receipt = await attempt(run, () => chain.send(to, data));
  if (receipt === null) return false;
  run.gas[name] = (run.gas[name] ?? 0) + Number(receipt.gasUsed);
  run.gas["total"] = (run.gas["total"] ?? 0) + Number(receipt.gasUsed);
  return true;
}

export async function call(
  chain: FrozenChain,
  to: Address,
  abi: Abi,
  functionName: string,
  args: readonly unknown[],
) {
  const data = encodeFunctionData({ abi, functionName, args });
  const answer = await chain.publicClient.call({ to, data, gas: transactionGasCap });
  return decodeFunctionResult({ abi, functionName, data: answer.data ?? "0x" });
}
