// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title TD report body, 1.0 (584 bytes) and 1.5 (648 bytes)
/// @notice What its bytes are condensed to (protocol §3, §6). The length is the caller's to check.
/// @dev Offsets (Intel DCAP quote format): 112 seamAttributes 8, 120 tdAttributes 8, 128 xfam 8, 136 mrTd, 184 mrConfigId,
/// 232 mrOwner, 280 mrOwnerConfig, 328 rtmr0 to rtmr3 (48 each), 520 reportData 64; 1.5 only: 584 teeTcbSvn2 16,
/// 600 mrServiceTd 48.
library TDReport {
    uint256 private constant LENGTH_1_5 = 648;

    /// @notice keccak256 of the signed bytes of the statement.
    function statementId(bytes calldata body) internal pure returns (bytes32) {
        return keccak256(body);
    }

    /// @notice H(mrTd ‖ rtmr0 ‖ rtmr1 ‖ rtmr2 ‖ rtmr3 ‖ tdAttributes ‖ xfam ‖ mrConfigId ‖ mrOwner ‖ mrOwnerConfig ‖
    /// mrServiceTd), mrServiceTd zero for 1.0; and the same with rtmr3 read as 48 zero bytes.
    function measurements(bytes calldata body) internal pure returns (bytes32 full, bytes32 legacy) {
        bytes memory serviceTd = body.length == LENGTH_1_5 ? bytes(body[600:648]) : new bytes(48);
        bytes memory text = bytes.concat(body[136:184], body[328:520], body[120:136], body[184:328], serviceTd);
        full = keccak256(text);
        assembly ("memory-safe") {
            // rtmr3 lies at 192 of the text: its last 16 bytes share a word with nothing that is kept.
            let rtmr3 := add(text, 0xe0)
            mstore(rtmr3, 0)
            mstore(add(rtmr3, 0x20), and(mload(add(rtmr3, 0x20)), 0xffffffffffffffffffffffffffffffff))
        }
        legacy = keccak256(text);
    }
}
