// What contract and SDK say of a TEE statement, in one shape.
import type { Hex } from "viem";
import { toHex } from "../../sdk/evidence/bytes.ts";
import type { TdxClaims } from "../../sdk/verify/tdx/index.ts";
import type { TeeClaims } from "../../sdk/verify/tee.ts";

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

/** The SDK's claims as contracts return them. */
export const shownClaims = (claims: TeeClaims): ContractClaims => ({
  statementId: toHex(claims.statementId),
  teeMeasurement: toHex(claims.teeMeasurement),
  legacyTeeMeasurement: toHex(claims.legacyTeeMeasurement),
  platformId: toHex(claims.platformId),
  reportDataHead: toHex(claims.reportData.subarray(0, 32)),
  reportDataTail: toHex(claims.reportData.subarray(32)),
  legacyRegister: toHex(claims.legacyRegister),
  validUntil: Number(claims.validUntil),
  tcbStatus: claims.tcbStatus,
  keyType: claims.keyType,
  product: claims.product,
});

/** The same of a quote, of which both sides say more than of other statements. */
export const asContractClaims = (claims: TdxClaims): ContractClaims =>
  shownClaims({ ...claims, legacyRegister: claims.rtmr3, keyType: 0, product: 0 });
