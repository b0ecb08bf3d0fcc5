// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IProofErrors} from "../interfaces/IProofErrors.sol";
import {IProofVerifier} from "../interfaces/IProofVerifier.sol";
import {ITEEVerifier} from "../interfaces/ITEEVerifier.sol";
import {TEEType} from "../types/Evidence.sol";
import {JournalFormat} from "../types/Proof.sol";
import {ProofReports} from "../zk/ProofReports.sol";

/// @title What verifiers of TEE evidence by proof begin with, whatever the TEE
abstract contract TEEProofVerifier is ITEEVerifier, IProofErrors {
    IProofVerifier public immutable PROOFS;
    /// @notice A TeeReportType: SP1 or RiscZero.
    uint8 public immutable SYSTEM;

    constructor(IProofVerifier proofs, uint8 system) {
        (PROOFS, SYSTEM) = (proofs, system);
    }

    /// @dev Refuses what is no proof report, and what `IProofVerifier` refuses.
    /// @return format how to read `output`
    /// @return output what the program put out
    /// @return statement the TEE report beside the proof, or empty
    function _requireProven(
        TEEType tee,
        bytes calldata proofReport
    ) internal view returns (JournalFormat format, bytes calldata output, bytes calldata statement) {
        bytes32 program;
        bytes calldata proof;
        (program, output, proof, statement) = ProofReports.read(proofReport);
        format = PROOFS.verify(uint8(tee), SYSTEM, program, output, proof);
    }
}
