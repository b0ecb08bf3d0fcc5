// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title SP1's published verifier interface
/// @notice Function as sp1-contracts publishes it; no npm package carries it.
interface ISP1Verifier {
    /// @param programVKey verifying key hash of the program
    /// @param publicValues what it put out
    /// @param proofBytes selector of the release, then the proof
    function verifyProof(
        bytes32 programVKey,
        bytes calldata publicValues,
        bytes calldata proofBytes
    ) external view;
}
