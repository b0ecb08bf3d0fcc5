// Intel collateral as calls of a chain's IntelCollateral, in the order in which the contract can judge them. Anybody
// may make them: the contract checks every signature itself.
import { encodeFunctionData, parseAbi, toHex } from "viem";
import type { Hex } from "viem";
import type { TdxCollateral } from "../../sdk/evidence/tdx-collateral.ts";

/** What IntelCollateral takes. */
export const intelCollateralUpserts = parseAbi([
  "function upsertChain(bytes pem)",
  "function upsertSigner(bytes pem)",
  "function upsertRootCRL(bytes der)",
  "function upsertPCKCRL(bytes der)",
  "function upsertTCBInfo(bytes json, bytes signature)",
  "function upsertQEIdentity(bytes json, bytes signature)",
  "function upsertEvaluationNumbers(bytes json, bytes signature)",
]);

export type UpsertName = (typeof intelCollateralUpserts)[number]["name"];

export interface CollateralStep {
  /** Which of the documents, as reports of gas name it. */
  readonly name: "intelCertificates" | "rootCrl" | "pckCrl" | "tcbInfo" | "qeIdentity" | "evaluationNumbers";
  readonly functionName: UpsertName;
  readonly args: readonly [document: Hex] | readonly [document: Hex, signature: Hex];
}

const step = (
  name: CollateralStep["name"],
  functionName: UpsertName,
  document: Uint8Array,
  signature?: Uint8Array,
): CollateralStep => ({
  name,
  functionName,
  args: signature === undefined ? [toHex(document)] : [toHex(document), toHex(signature)],
});

/** Certificates first: they judge the lists, and the root's list judges whose documents follow. */
export function collateralSteps(collateral: TdxCollateral): readonly CollateralStep[] {
  const signer = step("intelCertificates", "upsertSigner", collateral.tcbInfoIssuerChain);
  const otherSigner = step("intelCertificates", "upsertSigner", collateral.qeIdentityIssuerChain);
  return [
    step("intelCertificates", "upsertChain", collateral.pckCrlIssuerChain),
    signer,
    ...(otherSigner.args[0] === signer.args[0] ? [] : [otherSigner]),
    step("rootCrl", "upsertRootCRL", collateral.rootCaCrl),
    step("pckCrl", "upsertPCKCRL", collateral.pckCrl),
    step("tcbInfo", "upsertTCBInfo", collateral.tcbInfo, collateral.tcbInfoSignature),
    step("qeIdentity", "upsertQEIdentity", collateral.qeIdentity, collateral.qeIdentitySignature),
  ];
}

/** Intel's list of TCB evaluations, which is no part of a platform's collateral. */
export const evaluationNumbersStep = (text: Uint8Array, signature: Uint8Array): CollateralStep =>
  step("evaluationNumbers", "upsertEvaluationNumbers", text, signature);

export const collateralCalldata = ({ functionName, args }: CollateralStep): Hex =>
  encodeFunctionData({ abi: intelCollateralUpserts, functionName, args });
