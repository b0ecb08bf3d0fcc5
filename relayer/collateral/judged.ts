// Intel's collateral for the off-chain judgement of a registration.
import { toHex } from "../../sdk/evidence/bytes.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { judgeTdxCollateral } from "../../sdk/verify/tdx/collateral.ts";
import type { JudgedTdxCollateral } from "../../sdk/verify/tdx/collateral.ts";
import { errorText } from "../log.ts";
import type { Log } from "../log.ts";
import type { CollateralSource } from "./offered.ts";
import { platformOf } from "./platform.ts";

/** Null when there is none to be had that holds at `now` (unix seconds): the chain then judges by its own. */
export type ReadCollateral = (calldata: Uint8Array, now: bigint) => Promise<JudgedTdxCollateral | null>;

export function collateralReader(source: CollateralSource, intelRoot: Uint8Array, log: Log): ReadCollateral {
  return async (calldata, now) => {
    const platform = platformOf(calldata);
    if (platform === null) return null;
    const query = { fmspc: toHex(platform.fmspc).slice(2), ca: platform.ca };
    try {
      const judged = judgeTdxCollateral(await source.tdxCollateral(query), { intelRoot, now });
      if (!isRefusal(judged)) return judged;
      log.warn({ ...query, check: judged.check }, `collateral on offer is refused: ${judged.detail}`);
    } catch (error) {
      log.warn({ ...query, err: errorText(error) }, "the source of collateral does not answer");
    }
    return null;
  };
}
