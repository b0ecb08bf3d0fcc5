// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Refusals of zero-knowledge proofs and of what they rest on
/// @notice One error per check of the catalogue `sdk/checks.ts`; a test holds both lists against each other.
interface IProofErrors {
    /// @notice `proof.encoding`: proof report is the canonical encoding of program, output, proof and statement.
    error ProofReportMalformed();

    /// @notice `proof.program`: program is admitted for this TEE and proof system.
    error ProofProgramUnknown(bytes32);

    /// @notice `proof.selector`: proof is of an admitted release of its proof system.
    error ProofSelectorUnknown(bytes4);

    /// @notice `proof.release`: release is neither frozen, retired nor unsound.
    error ProofReleaseStopped(bytes4);

    /// @notice `proof.length`: proof is as long as its release makes them.
    error ProofLengthWrong(uint256, uint256);

    /// @notice `proof.exit-code`: program ended with exit code 0.
    error ProofExitCodeWrong(uint256);

    /// @notice `proof.vk-root`: proof names the recursion keys of its release.
    error ProofVKRootWrong(bytes32);

    /// @notice `proof.seal`: pairing equation of the proof holds over its public inputs.
    error ProofInvalid();

    /// @notice `proof.journal`: output is the canonical encoding of its program's journal.
    error ProofJournalMalformed();

    /// @notice `proof.result`: program found the evidence valid.
    error ProofResultFailed(uint8);

    /// @notice `proof.time`: time of the proof lies within the day before now.
    error ProofTimeOutOfRange(uint256, uint256);

    /// @notice `proof.statement`: report beside a proof is the proven one; none where the journal carries it.
    error ProofStatementMismatch(bytes32, bytes32);

    /// @notice `tdx.proof-root`: proof rests on the pinned Intel root certificate.
    error TDXProofRootUnknown(bytes32);

    /// @notice `tdx.proof-signer`: proof rests on the TCB signing certificate held.
    error TDXProofSignerUnknown(bytes32);

    /// @notice `tdx.proof-root-crl`: proof rests on the root CRL held.
    error TDXProofRootCRLUnknown(bytes32);

    /// @notice `tdx.proof-pck-crl`: proof rests on the PCK CRL held of Intel's Platform CA.
    error TDXProofPCKCRLUnknown(bytes32);

    /// @notice `tdx.proof-denials`: no TDX key, platform or PCK serial is denied while a proof, which shows none of them, is taken.
    error TDXProofDenials();

    /// @notice `tdx.proof-qe-identity`: proof rests on the QE identity of the active evaluation number.
    error TDXProofQEIdentityUnknown(bytes32);

    /// @notice `tdx.proof-tcb-info`: proof rests on the TCB info of its FMSPC and the active evaluation number.
    error TDXProofTCBInfoUnknown(bytes32);

    /// @notice `tdx.proof-tcb-status`: TCB status that the program found is known and not Revoked.
    error TDXProofTCBStatusRefused(uint8);
}
