// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Seal and claim digest of a RISC Zero receipt.
struct Receipt {
    bytes seal;
    bytes32 claimDigest;
}

/// @title RISC Zero's published verifier interface
/// @notice Functions as risc0-ethereum publishes them (v1.0 to v3.0); no npm package carries it.
interface IRiscZeroVerifier {
    /// @param seal selector of the release, then the proof
    /// @param imageId of the program
    /// @param journalDigest sha256 of the journal
    function verify(bytes calldata seal, bytes32 imageId, bytes32 journalDigest) external view;

    /// @notice The same for any claim, whatever it says.
    function verifyIntegrity(Receipt calldata receipt) external view;
}
