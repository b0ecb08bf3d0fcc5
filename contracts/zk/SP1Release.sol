// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ProofRelease} from "./ProofRelease.sol";

/// @title One release of SP1's Groth16 proofs
/// @notice Form of a proof. Until v5: selector, A, B, C. From v6 on: selector, exit code, root of the recursion keys,
/// nonce, A, B, C.
abstract contract SP1Release is ProofRelease {
    /// @dev Where A begins, and the length of A, B and C.
    uint256 private constant POINTS_V5 = 4;
    uint256 private constant POINTS_V6 = 4 + 3 * 32;
    uint256 private constant POINTS_LENGTH = 256;

    /// @notice Root of the recursion keys that a proof must name; 0 for releases until v5, whose proofs name none.
    bytes32 public immutable VK_ROOT;

    constructor(bytes32 verifierHash, bytes32 vkRoot) ProofRelease(verifierHash) {
        VK_ROOT = vkRoot;
    }

    function _isV6() internal view returns (bool) {
        return VK_ROOT != 0;
    }

    /// @return points A, B and C
    /// @return nonce 0 until v5
    function _requireProofForm(
        bytes calldata proof
    ) internal view returns (bytes calldata points, uint256 nonce) {
        uint256 start = _isV6() ? POINTS_V6 : POINTS_V5;
        _requireForm(proof, start + POINTS_LENGTH);
        points = proof[start:];
        if (!_isV6()) return (points, 0);
        uint256 exitCode = uint256(bytes32(proof[4:36]));
        if (exitCode != 0) revert ProofExitCodeWrong(exitCode);
        bytes32 vkRoot = bytes32(proof[36:68]);
        if (vkRoot != VK_ROOT) revert ProofVKRootWrong(vkRoot);
        nonce = uint256(bytes32(proof[68:100]));
    }
}
