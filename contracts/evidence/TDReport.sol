// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title TD report body, 1.0 (584 bytes) and 1.5 (648 bytes)
/// @notice What its bytes are condensed to (protocol §3, §6). The length is the caller's to check.
/// @dev Offsets (Intel DCAP quote format): 112 seamAttributes 8, 120 tdAttributes 8, 128 xfam 8, 136 mrTd, 184 mrConfigId,
/// 232 mrOwner, 280 mrOwnerConfig, 328 rtmr0 to rtmr3 (48 each), 520 reportData 64; 1.5 only: 584 teeTcbSvn2 16,
/// 600 mrServiceTd 48.
library TDReport {
    /// @notice statementId: keccak256 of the signed bytes of the statement. measurement: H(mrTd ‖ rtmr0 ‖ rtmr1 ‖ rtmr2 ‖
    /// rtmr3 ‖ tdAttributes ‖ xfam ‖ mrConfigId ‖ mrOwner ‖ mrOwnerConfig ‖ mrServiceTd), mrServiceTd zero for 1.0.
    /// legacy: the same with rtmr3 read as 48 zero bytes.
    /// @dev In free memory, which is left as it was found: the body, then the text that is measured. 700 gas less than
    /// `bytes.concat` of slices; `EvidenceHarness` is held against that in tests.
    function condense(
        bytes calldata body
    ) internal pure returns (bytes32 statementId, bytes32 measurement, bytes32 legacy) {
        assembly ("memory-safe") {
            let copy := mload(0x40)
            // What a 1.0 body lacks of a 1.5 one is zero.
            calldatacopy(add(copy, 584), calldatasize(), 64)
            calldatacopy(copy, body.offset, body.length)
            statementId := keccak256(copy, body.length)
            let text := add(copy, 648)
            mcopy(text, add(copy, 136), 48)
            mcopy(add(text, 48), add(copy, 328), 192)
            mcopy(add(text, 240), add(copy, 120), 16)
            mcopy(add(text, 256), add(copy, 184), 144)
            mcopy(add(text, 400), add(copy, 600), 48)
            measurement := keccak256(text, 448)
            calldatacopy(add(text, 192), calldatasize(), 48)
            legacy := keccak256(text, 448)
        }
    }
}
