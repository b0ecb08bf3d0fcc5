// Which firmware of AMD's counts as up to date. A registry's governance sets the minimum of each product; these are what a
// verifier without a registry goes by.
import { fromHex } from "../../evidence/bytes.ts";
import { tcbStatuses } from "../../evidence/tcb-levels.ts";
import type { SnpReport } from "../../evidence/snp-report.ts";
import { snpProducts } from "./products.ts";

/** By product: TCB_VERSION, 8 bytes, one component a byte. A product that is not listed is never up to date. */
export type SnpMinimumTcb = Readonly<Record<number, Uint8Array>>;

/**
 * The lowest values seen on the clouds' machines in 2025 and 2026 (specs/snp.md §7): no bulletin of AMD's says them, and what
 * AMD has fixed since is not in them. Milan and Genoa: bootloader, TEE, four reserved, SNP, microcode. Turin: FMC,
 * bootloader, TEE, SNP, three reserved, microcode.
 */
export const defaultSnpMinimumTcb: SnpMinimumTcb = {
  [snpProducts.milan]: fromHex("04000000000018d9"),
  [snpProducts.genoa]: fromHex("0a00000000001754"),
  [snpProducts.turin]: fromHex("0001000200000047"),
};

const reaches = (tcb: Uint8Array, minimum: Uint8Array) => tcb.every((svn, at) => svn >= minimum[at]!);

/** Reported: what the key vouches for. Committed: what the chip can no longer go back behind. */
export function snpTcbStatus(report: SnpReport, product: number, minimums: SnpMinimumTcb): number {
  const minimum = minimums[product];
  const isCurrent =
    minimum !== undefined && reaches(report.reportedTcb, minimum) && reaches(report.committedTcb, minimum);
  return isCurrent ? tcbStatuses.upToDate : tcbStatuses.outOfDate;
}
