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
    /// mrServiceTd), mrServiceTd zero for 1.0.
    function measurement(bytes calldata body) internal pure returns (bytes32) {
        return keccak256(bytes.concat(body[136:184], body[328:520], _rest(body)));
    }

    /// @notice The same with rtmr3 read as 48 zero bytes.
    function legacyMeasurement(bytes calldata body) internal pure returns (bytes32) {
        return keccak256(bytes.concat(body[136:184], body[328:472], new bytes(48), _rest(body)));
    }

    function _rest(bytes calldata body) private pure returns (bytes memory) {
        bytes memory serviceTd = body.length == LENGTH_1_5 ? bytes(body[600:648]) : new bytes(48);
        return bytes.concat(body[120:136], body[184:328], serviceTd);
    }
}
