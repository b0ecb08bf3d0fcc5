// A chain under a seeded root, and evidence of one platform under it: what tests of the contracts of Intel's
// collateral start from.
import { simulatedTdxCollateral } from "../../agent/platforms/simulated/collateral.ts";
import type { SimulatedCollateralOptions } from "../../agent/platforms/simulated/collateral.ts";
import { seededAuthorities } from "../../agent/platforms/simulated/seeded-authorities.ts";
import { simulatedQuote } from "../../agent/platforms/simulated/simulated-quote.ts";
import type { SimulatedQuoteOptions } from "../../agent/platforms/simulated/simulated-quote.ts";
import { tcbEvaluationDataNumber } from "../../agent/platforms/simulated/tcb.ts";
import { rawPublicKey } from "../../agent/platforms/simulated/x509.ts";
import { toHex } from "../../sdk/evidence/bytes.ts";
import { startIntelChain } from "./intel-chain.ts";

/** 2026-02-05T00:00:00Z. */
export const simulatedNow = 1_770_249_600;
export const day = (text: string): Date => new Date(`${text}T00:00:00Z`);
export const seconds = (date: Date | string): number =>
  Math.floor((typeof date === "string" ? day(date) : date).getTime() / 1000);

export async function simulatedWorld(seed: string) {
  const authorities = await seededAuthorities({ seed });
  const now = new Date(simulatedNow * 1000);
  return {
    authorities,
    /** Issued 2026-01-31, until 2026-03-02; the root CRL until 2027-01-31. */
    collateral: (deviations: Partial<SimulatedCollateralOptions> = {}) =>
      simulatedTdxCollateral({ now, authorities, ...deviations }),
    quote: (options: Partial<SimulatedQuoteOptions> = {}) =>
      simulatedQuote({ seed, authorities, ...options }),
    start: () =>
      startIntelChain({
        root: toHex(rawPublicKey(authorities.root.publicKey)),
        at: simulatedNow,
        tcbInfo: tcbEvaluationDataNumber,
        qeIdentity: tcbEvaluationDataNumber,
      }),
  };
}

/** Dates of a re-issue, the later the higher `by` (up to 4). */
export const reissued = (by: number) => ({
  issueDate: day(`2026-02-0${by}`),
  nextUpdate: day(`2026-03-0${by + 3}`),
});
export const relisted = (by: number) => ({
  thisUpdate: day(`2026-02-0${by}`),
  nextUpdate: day(`2026-03-0${by + 3}`),
});
