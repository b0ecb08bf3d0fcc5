// What any TEE verifier says, whatever the TEE (protocol §6).
import { isRefusal } from "../evidence/refusal.ts";
import type { Refusal } from "../evidence/refusal.ts";
import type { Registration } from "../evidence/registration.ts";
import type { RegistrationContext } from "./context.ts";
import { judgeTdxQuote, tdxScopeOf } from "./tdx/index.ts";
import type { Trail } from "./verdict.ts";

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

/** Judges the TEE report of a registration whose TEE and report type are supported: TDX quotes in this version. */
export function judgeTeeReport(
  registration: Registration,
  context: RegistrationContext,
  trail: Trail,
): TeeClaims | Refusal {
  const quote = registration.teeAttestationReport;
  trail.enter(tdxScopeOf(quote));
  const { now, trust, tdxCollateral: collateral = null } = context;
  const tdx = judgeTdxQuote(quote, { intelRoot: trust.intelRoot, now, collateral });
  return isRefusal(tdx) ? tdx : { ...tdx, legacyRegister: tdx.rtmr3, keyType: 0, product: 0 };
}
