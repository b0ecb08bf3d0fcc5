// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Digests of RISC Zero, and how its circuit reads them
/// @dev A digest of a structure is sha256 over the sha256 of its name, the digests below it, its data, and how many
/// digests are below it in two bytes, little endian (risc0-binfmt, `tagged_struct`).
library RiscZeroClaim {
    /// @dev Selector and A, B, C.
    uint256 internal constant SEAL_LENGTH = 4 + 256;

    bytes32 private constant CLAIM_TAG = sha256("risc0.ReceiptClaim");
    bytes32 private constant OUTPUT_TAG = sha256("risc0.Output");
    bytes32 private constant PARAMETERS_TAG = sha256("risc0.Groth16ReceiptVerifierParameters");

    /// @dev State of a halted machine, digest of SystemState with pc 0 and merkle root 0 (risc0-ethereum,
    /// IRiscZeroVerifier.sol, SYSTEM_STATE_ZERO_DIGEST).
    bytes32 private constant HALTED = 0xa3acc27117418996340b84e5a90f3ef4c49d22c79e44aad822ec9c313e1eb8e2;

    /// @notice Claim that the program `imageId` halted with exit code 0, put out the journal and assumed nothing.
    function digest(bytes32 imageId, bytes32 journalDigest) internal pure returns (bytes32) {
        bytes32 output = sha256(abi.encodePacked(OUTPUT_TAG, journalDigest, bytes32(0), hex"0200"));
        return
            sha256(
                abi.encodePacked(
                    CLAIM_TAG,
                    bytes32(0), // input
                    imageId, // state before
                    HALTED, // state after
                    output,
                    bytes8(0), // exit codes of system and user
                    hex"0400"
                )
            );
    }

    /// @notice Hash of what a release's verifier rests on, whose first bytes are the release's selector.
    function parameters(
        bytes32 controlRoot,
        bytes32 bn254ControlId,
        bytes32 keyDigest
    ) internal pure returns (bytes32) {
        bytes32 controlId = bytes32(reverse(uint256(bn254ControlId)));
        return sha256(abi.encodePacked(PARAMETERS_TAG, controlRoot, controlId, keyDigest, hex"0300"));
    }

    /// @notice Two public inputs for one digest, whose 256 bits are too many for one: its halves, first half first, each
    /// read from its last byte.
    function split(bytes32 value) internal pure returns (uint256 first, uint256 second) {
        uint256 reversed = reverse(uint256(value));
        return (reversed & type(uint128).max, reversed >> 128);
    }

    /// @notice The 32 bytes in the opposite order.
    function reverse(uint256 value) internal pure returns (uint256 v) {
        uint256 bytes1s = 0x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff;
        uint256 bytes2s = 0x0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff;
        uint256 bytes4s = 0x00000000ffffffff00000000ffffffff00000000ffffffff00000000ffffffff;
        uint256 bytes8s = 0x0000000000000000ffffffffffffffff0000000000000000ffffffffffffffff;
        v = ((value >> 8) & bytes1s) | ((value & bytes1s) << 8);
        v = ((v >> 16) & bytes2s) | ((v & bytes2s) << 16);
        v = ((v >> 32) & bytes4s) | ((v & bytes4s) << 32);
        v = ((v >> 64) & bytes8s) | ((v & bytes8s) << 64);
        v = (v >> 128) | (v << 128);
    }
}
