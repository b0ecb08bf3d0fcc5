// What a believed SNP report says, as any TEE verifier says it (protocol §6).
import { keccak256 } from "../../evidence/bytes.ts";
import { snpMeasurement, snpPlatformId } from "../../evidence/snp-report.ts";
import type { SnpReport } from "../../evidence/snp-report.ts";
import type { TeeClaims } from "../tee.ts";
import { proofLife } from "../zk/proof.ts";
import { snpTcbStatus } from "./minimums.ts";
import type { SnpMinimumTcb } from "./minimums.ts";
import { snpKeyTypes } from "./products.ts";
import type { SnpOrigin } from "./report.ts";

export interface SnpBasis {
  /** Unix seconds, of the proof. */
  readonly time: bigint;
  readonly minimumTcb: SnpMinimumTcb;
}

export function snpClaims(
  report: SnpReport,
  { product, keyType }: SnpOrigin,
  { time, minimumTcb }: SnpBasis,
): TeeClaims {
  const teeMeasurement = snpMeasurement(report);
  return {
    statementId: keccak256(report.signed),
    teeMeasurement,
    legacyTeeMeasurement: teeMeasurement,
    // A VLEK's report may show a chip, which its signature does not rest on.
    platformId: keyType === snpKeyTypes.vlek ? new Uint8Array(32) : snpPlatformId(report, product),
    reportData: report.reportData,
    legacyRegister: report.reportId,
    validUntil: time + proofLife,
    tcbStatus: snpTcbStatus(report, product, minimumTcb),
    keyType,
    product,
  };
}
