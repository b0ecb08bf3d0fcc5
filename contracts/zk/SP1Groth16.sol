// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SHA256} from "../crypto/SHA256.sol";
import {ISP1Verifier} from "../interfaces/ISP1Verifier.sol";
import {Groth16} from "./Groth16.sol";
import {Groth16Key} from "./Groth16Key.sol";
import {SP1Release} from "./SP1Release.sol";

/// @title SP1's Groth16 proofs of one release
/// @notice Immutable, and its key is its deployer's word: VERIFIER_HASH is of a serialised key with points that no
/// verification needs, so the contract cannot compute it. `sdk/verify/zk/keys.ts` has keys that a test holds against
/// real proofs.
contract SP1Groth16 is ISP1Verifier, Groth16Key, SP1Release {
    /// @dev How much of sha256(publicValues) is the public input: the group order has 254 bits.
    uint256 private constant DIGEST_MASK = (1 << 253) - 1;

    uint256 private immutable PROGRAM_X;
    uint256 private immutable PROGRAM_Y;
    uint256 private immutable DIGEST_X;
    uint256 private immutable DIGEST_Y;
    uint256 private immutable NONCE_X;
    uint256 private immutable NONCE_Y;

    /// @param vkRoot 0 for releases until v5
    constructor(
        Groth16.Key memory key,
        bytes32 verifierHash,
        bytes32 vkRoot
    ) Groth16Key(key, _constantInputs(vkRoot)) SP1Release(verifierHash, vkRoot) {
        (PROGRAM_X, PROGRAM_Y) = (key.ic[1].x, key.ic[1].y);
        (DIGEST_X, DIGEST_Y) = (key.ic[2].x, key.ic[2].y);
        if (vkRoot != 0) (NONCE_X, NONCE_Y) = (key.ic[5].x, key.ic[5].y);
    }

    /// @inheritdoc ISP1Verifier
    function verifyProof(
        bytes32 programVKey,
        bytes calldata publicValues,
        bytes calldata proofBytes
    ) external view {
        (bytes calldata points, uint256 nonce) = _requireProofForm(proofBytes);
        uint256 digest = uint256(SHA256.ofCalldata(publicValues)) & DIGEST_MASK;
        Groth16.Point memory sum = _constantSum();
        bool ok =
            Groth16.addScaled(sum, PROGRAM_X, PROGRAM_Y, uint256(programVKey)) &&
                Groth16.addScaled(sum, DIGEST_X, DIGEST_Y, digest) &&
                (!_isV6() || Groth16.addScaled(sum, NONCE_X, NONCE_Y, nonce));
        if (!ok) revert ProofInvalid();
        _requireProduct(points, sum);
    }

    /// @dev Inputs are program and digest, from v6 on exit code, root and nonce as well; the exit code is always 0.
    function _constantInputs(bytes32 vkRoot) private pure returns (uint256[] memory inputs) {
        if (vkRoot == 0) return new uint256[](2);
        inputs = new uint256[](5);
        inputs[3] = uint256(vkRoot);
    }
}
