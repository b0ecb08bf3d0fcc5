// Rows of the check catalogue (sdk/checks.ts): zero-knowledge proofs of TEE evidence, and what the proven program did not
// look at. A proof is as good as the program it proves and the release that verifies it: both are on lists.
export const proofRows = [
  // proof
  [
    "proof.encoding",
    "ProofReportMalformed()",
    "software",
    "proof report is the canonical encoding of program, output, proof and statement",
  ],
  [
    "proof.program",
    "ProofProgramUnknown(bytes32)",
    "software",
    "program is admitted for this TEE and proof system",
  ],
  [
    "proof.selector",
    "ProofSelectorUnknown(bytes4)",
    "software",
    "proof is of an admitted release of its proof system",
  ],
  [
    "proof.release",
    "ProofReleaseStopped(bytes4)",
    "software",
    "release is neither frozen, retired nor unsound",
  ],
  [
    "proof.length",
    "ProofLengthWrong(uint256,uint256)",
    "software",
    "proof is as long as its release makes them",
  ],
  ["proof.exit-code", "ProofExitCodeWrong(uint256)", "software", "program ended with exit code 0"],
  ["proof.vk-root", "ProofVKRootWrong(bytes32)", "software", "proof names the recursion keys of its release"],
  ["proof.seal", "ProofInvalid()", "software", "pairing equation of the proof holds over its public inputs"],
  [
    "proof.journal",
    "ProofJournalMalformed()",
    "software",
    "output is the canonical encoding of its program's journal",
  ],
  ["proof.result", "ProofResultFailed(uint8)", "software", "program found the evidence valid"],
  [
    "proof.time",
    "ProofTimeOutOfRange(uint256,uint256)",
    "software",
    "time of the proof lies within the day before now",
  ],
  [
    "proof.statement",
    "ProofStatementMismatch(bytes32,bytes32)",
    "software",
    "report beside a proof is the proven one; none where the journal carries it",
  ],
  // TDX proof: Intel's documents that the program used
  [
    "tdx.proof-root",
    "TDXProofRootUnknown(bytes32)",
    "hardware",
    "proof rests on the pinned Intel root certificate",
  ],
  [
    "tdx.proof-signer",
    "TDXProofSignerUnknown(bytes32)",
    "hardware",
    "proof rests on the TCB signing certificate held",
  ],
  ["tdx.proof-root-crl", "TDXProofRootCRLUnknown(bytes32)", "hardware", "proof rests on the root CRL held"],
  [
    "tdx.proof-pck-crl",
    "TDXProofPCKCRLUnknown(bytes32)",
    "hardware",
    "proof rests on the PCK CRL held of Intel's Platform CA",
  ],
  [
    "tdx.proof-denials",
    "TDXProofDenials()",
    "hardware",
    "no TDX key, platform or PCK serial is denied while a proof, which shows none of them, is taken",
  ],
  [
    "tdx.proof-qe-identity",
    "TDXProofQEIdentityUnknown(bytes32)",
    "hardware",
    "proof rests on the QE identity of the active evaluation number",
  ],
  [
    "tdx.proof-tcb-info",
    "TDXProofTCBInfoUnknown(bytes32)",
    "hardware",
    "proof rests on the TCB info of its FMSPC and the active evaluation number",
  ],
  [
    "tdx.proof-tcb-status",
    "TDXProofTCBStatusRefused(uint8)",
    "hardware",
    "TCB status that the program found is known and not Revoked",
  ],
] as const;
