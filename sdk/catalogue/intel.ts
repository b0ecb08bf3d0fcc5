// Rows of the check catalogue (sdk/checks.ts): Intel's signed documents.
export const intelRows = [
  // Intel collateral
  [
    "tdx.signer",
    "TDXSignerUntrusted()",
    "hardware",
    "TCB signing certificate is Intel's, signed by the root, and no CA",
  ],
  [
    "tdx.signer-dates",
    "TDXSignerOutOfDate(uint256,uint256)",
    "hardware",
    "TCB signing certificate is in date",
  ],
  ["tdx.signer-missing", "TDXSignerMissing()", "hardware", "TCB signing certificate is known"],
  [
    "tdx.signer-revoked",
    "TDXSignerRevoked(uint256)",
    "hardware",
    "TCB signing certificate is not in the root CRL",
  ],
  ["tdx.crl-issuer", "TDXCRLIssuerUnknown(bytes32)", "hardware", "CRL is issued by the root or a known CA"],
  ["tdx.crl-signature", "TDXCRLSignatureWrong()", "hardware", "CRL is signed by its issuer"],
  [
    "tdx.tcb-info-signature",
    "TDXTCBInfoSignatureWrong()",
    "hardware",
    "TCB info is signed by the TCB signing key",
  ],
  [
    "tdx.tcb-info-kind",
    "TDXTCBInfoUnsupported()",
    "hardware",
    "TCB info is of id TDX, version 3, TCB type 0",
  ],
  [
    "tdx.tcb-info-form",
    "TDXTCBInfoMalformed(uint256)",
    "hardware",
    "TCB info has Intel's members in Intel's order, within their bounds",
  ],
  [
    "tdx.tcb-info-order",
    "TDXTCBInfoUnordered(uint256)",
    "hardware",
    "TCB levels and module levels descend strictly",
  ],
  [
    "tdx.qe-identity-signature",
    "TDXQEIdentitySignatureWrong()",
    "hardware",
    "QE identity is signed by the TCB signing key",
  ],
  ["tdx.qe-identity-kind", "TDXQEIdentityUnsupported()", "hardware", "QE identity is of id TD_QE, version 2"],
  [
    "tdx.qe-identity-form",
    "TDXQEIdentityMalformed(uint256)",
    "hardware",
    "QE identity has Intel's members in Intel's order, within their bounds",
  ],
  ["tdx.qe-identity-order", "TDXQEIdentityUnordered(uint256)", "hardware", "QE levels descend strictly"],
  [
    "tdx.evaluation-numbers-signature",
    "TDXEvaluationNumbersSignatureWrong()",
    "hardware",
    "list of evaluation numbers is signed by the TCB signing key",
  ],
  [
    "tdx.evaluation-numbers-form",
    "TDXEvaluationNumbersMalformed(uint256)",
    "hardware",
    "list of evaluation numbers has Intel's members in Intel's order, newest first",
  ],
  [
    "tdx.evaluation-numbers-dates",
    "TDXEvaluationNumbersOutOfDate(uint256,uint256)",
    "hardware",
    "list of evaluation numbers is in date",
  ],
  [
    "tdx.collateral-newer",
    "TDXCollateralNotNewer(uint256,uint256)",
    "hardware",
    "document is newer than the one held",
  ],
] as const;
