// Whose collateral a registration needs. Reads, judges nothing.
import { decodeAttestCvm } from "../../sdk/evidence/calldata.ts";
import { reportTypes, teeTypes } from "../../sdk/evidence/registration.ts";
import { platformOfQuote } from "../../sdk/evidence/tdx-platform.ts";
import type { TdxPlatform } from "../../sdk/evidence/tdx-platform.ts";

export { platformOfQuote };
export type { TdxPlatform };

/** Null for evidence of other TEEs and for proofs. */
export function platformOf(calldata: Uint8Array): TdxPlatform | null {
  const registration = decodeAttestCvm(calldata);
  if ("check" in registration) return null;
  const { tee, reportType, teeAttestationReport } = registration;
  const isQuote = tee === teeTypes.intelTdx && reportType === reportTypes.solidity;
  return isQuote ? platformOfQuote(teeAttestationReport) : null;
}
