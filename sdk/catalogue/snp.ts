// Rows of the check catalogue (sdk/checks.ts): SEV-SNP attestation reports.
export const snpRows = [
  ["snp.length", "SNPReportLengthWrong(uint256)", "software", "report has 1184 bytes"],
  ["snp.version", "SNPVersionUnsupported(uint32)", "software", "report version is 3, 4 or 5"],
  [
    "snp.signature-algorithm",
    "SNPSignatureAlgorithmUnsupported(uint32)",
    "software",
    "report is signed with ECDSA P-384 and SHA-384",
  ],
  ["snp.padding", "SNPPaddingNotZero()", "software", "bytes behind r, s and the signature are zero"],
  [
    "snp.signing-key",
    "SNPSigningKeyUnsupported(uint32)",
    "hardware",
    "report is signed by a VCEK or VLEK and KEY_INFO has no reserved bit",
  ],
  ["snp.chip-masked", "SNPChipMasked()", "hardware", "a report signed by a VCEK shows its chip"],
  [
    "snp.product",
    "SNPProductUnknown(bytes3)",
    "hardware",
    "CPU family and model are Milan's, Genoa's or Turin's",
  ],
  [
    "snp.proof-product",
    "SNPProofProductMismatch(uint8,uint8)",
    "software",
    "processor model of the proof is that of the report",
  ],
  [
    "snp.proof-chain",
    "SNPProofChainUnverified(uint256)",
    "software",
    "program verified the signature of the VEK's certificate: the prover called two certificates trusted at most",
  ],
  [
    "snp.root",
    "SNPRootUntrusted(bytes32)",
    "hardware",
    "certificate chain begins with AMD's root for the product",
  ],
  [
    "snp.issuer",
    "SNPIssuerUntrusted(bytes32)",
    "hardware",
    "second certificate is AMD's for the product and the key that signed",
  ],
  ["snp.debug", "SNPDebugEnabled()", "hardware", "guest policy forbids debugging"],
  [
    "snp.migratable",
    "SNPMigratable()",
    "hardware",
    "guest has no migration agent and its policy allows none",
  ],
  ["snp.policy", "SNPPolicyReserved(uint64)", "hardware", "guest policy has bit 17 set and bits 63:26 clear"],
  ["snp.vmpl", "SNPVMPLOutOfRange(uint32)", "hardware", "report was asked for by the guest, at VMPL 0 to 3"],
] as const;
