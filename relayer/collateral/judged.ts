// Intel's collateral for the off-chain judgement of a registration.
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import type { TdxCollateral } from "../../sdk/evidence/tdx-collateral.ts";
import { platformOfQuote } from "../../sdk/evidence/tdx-platform.ts";
import type { TdxPlatform } from "../../sdk/evidence/tdx-platform.ts";
import { judgeTdxCollateral } from "../../sdk/verify/tdx/remembered.ts";
import type { JudgedTdxCollateral } from "../../sdk/verify/tdx/collateral.ts";
import { errorText } from "../log.ts";
import type { Log } from "../log.ts";
import { queryOf } from "./offered.ts";
import type { CollateralSource } from "./offered.ts";
import type { HeldCollateral } from "./plan.ts";
import { platformOf } from "./platform.ts";

/** Null when there is none to be had that holds at `now` (unix seconds): the chain then judges by its own. */
export type ReadCollateral = (calldata: Uint8Array, now: bigint) => Promise<JudgedTdxCollateral | null>;

/** The TCB evaluations that the chain goes by; null where nobody says. */
export type ReadEvaluation = (platform: TdxPlatform) => Promise<HeldCollateral["evaluationNumber"] | null>;

export interface CollateralReaderOptions {
  readonly source: CollateralSource;
  readonly intelRoot: Uint8Array;
  readonly readEvaluation: ReadEvaluation;
  readonly log: Log;
}

/** Intel's documents for the platform of a quote, as the source has them; null when there are none to be had. */
export function documentsReader(
  options: Omit<CollateralReaderOptions, "intelRoot">,
): (quote: Uint8Array) => Promise<TdxCollateral | null> {
  const { source, readEvaluation, log } = options;
  return async (quote) => {
    const platform = platformOfQuote(quote);
    if (platform === null) return null;
    const query = queryOf(platform, await readEvaluation(platform));
    try {
      return await source.tdxCollateral(query);
    } catch (error) {
      log.warn({ ...query, err: errorText(error) }, "the source has no collateral to prove by");
      return null;
    }
  };
}

export function collateralReader(options: CollateralReaderOptions): ReadCollateral {
  const { source, intelRoot, log } = options;
  return async (calldata, now) => {
    const platform = platformOf(calldata);
    if (platform === null) return null;
    const query = queryOf(platform, await options.readEvaluation(platform));
    try {
      const judged = judgeTdxCollateral(await source.tdxCollateral(query), { intelRoot, now });
      if (!isRefusal(judged)) return judged;
      log.warn({ ...query, check: judged.check }, `collateral on offer is refused: ${judged.detail}`);
    } catch (error) {
      log.warn({ ...query, err: errorText(error) }, "the source has no collateral to judge by");
    }
    return null;
  };
}
