// The TDX part of an evidence file: collateral, then the quote, then what the policy says of its status.
import { refuse } from "../evidence/refusal.ts";
import type { Refusal } from "../evidence/refusal.ts";
import { tcbStatusNames } from "../evidence/tcb-levels.ts";
import type { TdxCollateral } from "../evidence/tdx-collateral.ts";
import type { Floor } from "./policy.ts";
import { collateralScope, judgeTdxCollateral } from "./tdx/index.ts";
import type { CollateralTrust, JudgedTdxCollateral } from "./tdx/index.ts";
import type { Trail } from "./verdict.ts";

/** Collateral is judged before the quote, as the steps that bring it to a chain come before. */
export function judgedCollateral(
  collateral: TdxCollateral | null,
  trust: CollateralTrust,
  trail: Trail,
): JudgedTdxCollateral | null | Refusal {
  if (collateral === null) return null;
  trail.enter(collateralScope);
  return judgeTdxCollateral(collateral, trust);
}

/** Not cryptography but policy: the claims hold all the same. */
export function checkTcbAccepted(tcbStatus: number, floor: Floor): Refusal | null {
  return floor.tcbStatuses.includes(tcbStatus)
    ? null
    : refuse("tdx.tcb-accepted", `TCB status is ${tcbStatusNames[tcbStatus] ?? tcbStatus}`);
}
