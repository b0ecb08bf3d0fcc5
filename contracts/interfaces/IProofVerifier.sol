// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {JournalFormat} from "../types/Proof.sol";

/// @title Judge of zero-knowledge proofs
/// @notice Which programs and which releases of their proof systems are believed, and whether a proof holds.
interface IProofVerifier {
    /// @notice Refuses, in this order, with ProofProgramUnknown, ProofSelectorUnknown, ProofReleaseStopped,
    /// ProofLengthWrong, ProofExitCodeWrong, ProofVKRootWrong and ProofInvalid.
    /// @param tee a TEEType: programs are admitted for one TEE
    /// @param system a TeeReportType: SP1 or RiscZero
    /// @param program what was proven
    /// @param output what it put out
    /// @param proof selector first
    /// @return format how to read `output`
    function verify(
        uint8 tee,
        uint8 system,
        bytes32 program,
        bytes calldata output,
        bytes calldata proof
    ) external view returns (JournalFormat format);
}
