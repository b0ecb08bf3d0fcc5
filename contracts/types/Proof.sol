// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// What travels as `teeAttestationReport` when the report type is a proof's, and what a proven program puts out.

/// @notice How a program writes its output. The numbers are part of `admitProgram` calls.
enum JournalFormat {
    Unset,
    SNPv1,
    SNPv2,
    SNPv3,
    DCAP
}

/// @notice `teeAttestationReport` of report types SP1 and RiscZero: abi.encode of these four, in order.
/// @param program verifying key hash of an SP1 program, image id of a RISC Zero one
/// @param output public values or journal, exactly as the prover put them out
/// @param proof selector of the release, then its proof (RISC Zero calls it the seal)
/// @param statement the raw TEE report where the output holds only its hash, else empty
struct ProofReport {
    bytes32 program;
    bytes output;
    bytes proof;
    bytes statement;
}
