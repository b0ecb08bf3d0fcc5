// Brings Intel collateral to a chain's IntelCollateral, for the deployment, the demo and tests. Which calls that takes
// is the relayer's knowledge (relayer/collateral/calls.ts), handed on from here.
import type { Address, Hex } from "viem";
import { collateralCalldata } from "../relayer/collateral/calls.ts";
import type { CollateralStep } from "../relayer/collateral/calls.ts";

export {
  collateralCalldata,
  collateralSteps,
  evaluationNumbersStep,
  intelCollateralUpserts,
} from "../relayer/collateral/calls.ts";
export type { CollateralStep } from "../relayer/collateral/calls.ts";

/** Sends one transaction; throws with the revert data when it would revert. */
export type SendTransaction = (to: Address, data: Hex) => Promise<{ readonly gasUsed: bigint }>;

export interface CollateralGas extends Pick<CollateralStep, "name" | "functionName"> {
  readonly gasUsed: bigint;
}

/** Sends the steps one after the other; the first that is refused ends it. */
export async function sendCollateral(
  send: SendTransaction,
  intelCollateral: Address,
  steps: readonly CollateralStep[],
): Promise<readonly CollateralGas[]> {
  const sent: CollateralGas[] = [];
  for (const each of steps) {
    const { gasUsed } = await send(intelCollateral, collateralCalldata(each));
    sent.push({ name: each.name, functionName: each.functionName, gasUsed });
  }
  return sent;
}
