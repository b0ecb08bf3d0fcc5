// Intel's documents of an evidence file, brought to the chain one by one.
import type { Evaluation } from "../../deployments/networks.ts";
import { readQeIdentity } from "../../sdk/evidence/qe-identity.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import type { Refusal } from "../../sdk/evidence/refusal.ts";
import { readTcbInfo } from "../../sdk/evidence/tcb-info.ts";
import type { TdxCollateral } from "../../sdk/evidence/tdx-collateral.ts";
import type { EvidenceInput } from "../../sdk/verify/input.ts";
import { collateralCalldata, collateralSteps } from "../collateral.ts";
import type { FrozenChain } from "../local-chain.ts";
import { sendStep } from "./run.ts";
import type { Run } from "./run.ts";

/** Brings Intel's documents to the chain; false when one of them is refused. */
export async function runCollateral(
  chain: FrozenChain,
  collateral: TdxCollateral | null,
  run: Run,
): Promise<boolean> {
  if (collateral === null) return true;
  const to = chain.address("IntelCollateral");
  for (const each of collateralSteps(collateral))
    if (!(await sendStep(chain, run, each.name, to, collateralCalldata(each)))) return false;
  return true;
}

/**
 * The evaluation numbers of the documents given, which the chain is deployed with. A document that cannot be read is
 * refused later, and by name.
 */
export function evaluationOf(input: EvidenceInput): { readonly evaluation?: Evaluation } {
  const collateral = "collateral" in input ? input.collateral : null;
  if (collateral === null) return {};
  const numberOf = (document: { readonly tcbEvaluationDataNumber: number } | Refusal) =>
    isRefusal(document) ? 1 : document.tcbEvaluationDataNumber;
  const tcbInfo = numberOf(readTcbInfo(collateral.tcbInfo));
  return { evaluation: { tcbInfo, qeIdentity: numberOf(readQeIdentity(collateral.qeIdentity)) } };
}
