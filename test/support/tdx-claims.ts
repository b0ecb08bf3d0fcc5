// What contract and SDK say of a TDX quote, in one shape.
import type { Hex } from "viem";
import { toHex } from "../../sdk/evidence/bytes.ts";
import type { TdxClaims } from "../../sdk/verify/tdx/index.ts";

/** Of `TEEClaims`. */
export interface ContractClaims {
  readonly statementId: Hex;
  readonly teeMeasurement: Hex;
  readonly legacyTeeMeasurement: Hex;
  readonly platformId: Hex;
  readonly reportDataHead: Hex;
  readonly reportDataTail: Hex;
  readonly legacyRegister: Hex;
  /** A number when viem decodes it: uint40. */
  readonly validUntil: number;
  readonly tcbStatus: number;
  readonly keyType: number;
  readonly product: number;
}

/** The SDK's claims as the contract returns them. */
export const asContractClaims = (claims: TdxClaims): ContractClaims => ({
  statementId: toHex(claims.statementId),
  teeMeasurement: toHex(claims.teeMeasurement),
  legacyTeeMeasurement: toHex(claims.legacyTeeMeasurement),
  platformId: toHex(claims.platformId),
  reportDataHead: toHex(claims.reportData.subarray(0, 32)),
  reportDataTail: toHex(claims.reportData.subarray(32)),
  legacyRegister: toHex(claims.rtmr3),
  validUntil: Number(claims.validUntil),
  tcbStatus: claims.tcbStatus,
  keyType: 0,
  product: 0,
});
