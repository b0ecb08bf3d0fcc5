// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title SEV-SNP attestation report
/// @notice What its bytes are condensed to (protocol §3, §6). The length is the caller's to check.
/// @dev Offsets (AMD 56860, ATTESTATION_REPORT): 0x04 guestSvn 4, 0x08 policy 8, 0x10 familyId 16, 0x20 imageId 16,
/// 0x30 vmpl 4, 0x90 measurement 48, 0xc0 hostData 32, 0xe0 idKeyDigest 48, 0x110 authorKeyDigest 48, 0x1a0 chipId 64;
/// the signature covers bytes 0 to 672.
library SNPReport {
    uint256 private constant SIGNED_LENGTH = 672;

    /// @notice keccak256 of the signed bytes of the statement.
    function statementId(bytes calldata report) internal pure returns (bytes32) {
        return keccak256(report[:SIGNED_LENGTH]);
    }

    /// @notice H(measurement ‖ policy ‖ vmpl ‖ hostData ‖ idKeyDigest ‖ authorKeyDigest ‖ familyId ‖ imageId ‖ guestSvn).
    function measurement(bytes calldata report) internal pure returns (bytes32) {
        bytes memory head = bytes.concat(report[0x90:0xc0], report[0x08:0x10], report[0x30:0x34]);
        return keccak256(bytes.concat(head, report[0xc0:0x140], report[0x10:0x30], report[0x04:0x08]));
    }

    function chipId(bytes calldata report) internal pure returns (bytes calldata) {
        return report[0x1a0:0x1e0];
    }
}
