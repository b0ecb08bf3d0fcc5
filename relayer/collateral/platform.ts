// Whose collateral a registration needs. Reads, judges nothing.
import { decodeAttestCvm } from "../../sdk/evidence/calldata.ts";
import { readProvableReport } from "../../sdk/evidence/provable-report.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { reportTypes, teeTypes } from "../../sdk/evidence/registration.ts";
import { platformOfQuote } from "../../sdk/evidence/tdx-platform.ts";
import type { TdxPlatform } from "../../sdk/evidence/tdx-platform.ts";

/** Null for evidence of other TEEs and for what is proved already. */
export function platformOf(calldata: Uint8Array): TdxPlatform | null {
  const registration = decodeAttestCvm(calldata);
  if ("check" in registration) return null;
  const { tee, reportType, teeAttestationReport } = registration;
  const isQuote = tee === teeTypes.intelTdx && reportType === reportTypes.solidity;
  if (isQuote) return platformOfQuote(teeAttestationReport);
  const provable = readProvableReport(registration);
  const isProvableQuote = provable !== null && !isRefusal(provable) && provable.tee === teeTypes.intelTdx;
  return isProvableQuote ? platformOfQuote(provable.quote) : null;
}
