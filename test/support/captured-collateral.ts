// The real documents that the captured registrations are judged by (protocol §12), brought to a chain whose evaluation
// numbers are 18.
import type { Address } from "viem";
import { collateralSteps, sendCollateral } from "../../scripts/collateral.ts";
import type { SendTransaction } from "../../scripts/collateral.ts";
import { capturedCollateral } from "./tdx-vectors.ts";

export const capturedEvaluation = { tcbInfo: 18, qeIdentity: 18 } as const;

/** One platform's documents whole, of the other the TCB info alone: the rest is the same. */
export async function sendCapturedCollateral(send: SendTransaction, contract: Address): Promise<void> {
  const ofGcp = collateralSteps(capturedCollateral.gcp).filter(({ name }) => name === "tcbInfo");
  await sendCollateral(send, contract, [...collateralSteps(capturedCollateral.azure), ...ofGcp]);
}
