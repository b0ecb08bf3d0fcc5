// What any TEE verifier says, whatever the TEE (protocol §6).
import { readProofReport } from "../evidence/proof-report.ts";
import { isRefusal } from "../evidence/refusal.ts";
import type { Refusal } from "../evidence/refusal.ts";
import { reportTypes, teeTypes } from "../evidence/registration.ts";
import type { Registration } from "../evidence/registration.ts";
import type { RegistrationContext } from "./context.ts";
import { defaultSnpMinimumTcb, judgeSnpOutput, snpProofScope } from "./snp/index.ts";
import { judgeTdxOutput, judgeTdxQuote, tdxProofScope, tdxScopeOf } from "./tdx/index.ts";
import type { Trail } from "./verdict.ts";
import { defaultPrograms, registryReleases, judgeProof, proofScopeOf } from "./zk/index.ts";

export interface TeeClaims {
  readonly statementId: Uint8Array;
  readonly teeMeasurement: Uint8Array;
  /** The same with the register of the legacy binding read as zero. */
  readonly legacyTeeMeasurement: Uint8Array;
  readonly platformId: Uint8Array;
  /** 64 bytes. */
  readonly reportData: Uint8Array;
  /** TDX: rtmr3, 48 bytes. SNP: report_id, 32 bytes. */
  readonly legacyRegister: Uint8Array;
  readonly validUntil: bigint;
  readonly tcbStatus: number;
  readonly keyType: number;
  readonly product: number;
}

/** Judges the TEE report of a registration. */
export type JudgeTee = (
  registration: Registration,
  context: RegistrationContext,
  trail: Trail,
) => TeeClaims | Refusal;

/** A proof, program first; then what its output says, by TEE. */
function judgeProofReport(
  { tee, reportType: system, teeAttestationReport }: Registration,
  context: RegistrationContext,
  trail: Trail,
): TeeClaims | Refusal {
  const { now, trust, tdxCollateral: collateral = null } = context;
  const { proofReleases: releases = registryReleases, proofPrograms: programs = defaultPrograms } = context;
  trail.enter(["proof.encoding"]);
  const report = readProofReport(teeAttestationReport);
  if (isRefusal(report)) return report;
  const proof = { ...report, system };
  trail.enter(["proof.program", ...proofScopeOf(proof, releases)]);
  const format = judgeProof(tee, proof, { programs, releases });
  if (isRefusal(format)) return format;
  if (tee === teeTypes.intelTdx) {
    trail.enter(tdxProofScope);
    return judgeTdxOutput(report, format, { intelRoot: trust.intelRoot, now, collateral });
  }
  trail.enter(snpProofScope);
  return judgeSnpOutput(report, format, { now, minimumTcb: context.snpMinimumTcb ?? defaultSnpMinimumTcb });
}

export function judgeQuote(
  quote: Uint8Array,
  { now, trust, tdxCollateral: collateral = null }: RegistrationContext,
  trail: Trail,
): TeeClaims | Refusal {
  trail.enter(tdxScopeOf(quote));
  const tdx = judgeTdxQuote(quote, { intelRoot: trust.intelRoot, now, collateral });
  return isRefusal(tdx) ? tdx : { ...tdx, legacyRegister: tdx.rtmr3, keyType: 0, product: 0 };
}

/** Judges the TEE report of a registration whose TEE and report type are supported. */
export function judgeTeeReport(
  registration: Registration,
  context: RegistrationContext,
  trail: Trail,
): TeeClaims | Refusal {
  if (registration.reportType !== reportTypes.solidity) return judgeProofReport(registration, context, trail);
  return judgeQuote(registration.teeAttestationReport, context, trail);
}
