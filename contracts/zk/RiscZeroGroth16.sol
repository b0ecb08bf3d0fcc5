// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IRiscZeroVerifier, Receipt} from "../interfaces/IRiscZeroVerifier.sol";
import {Groth16} from "./Groth16.sol";
import {Groth16Key} from "./Groth16Key.sol";
import {ProofRelease} from "./ProofRelease.sol";
import {RiscZeroClaim} from "./RiscZeroClaim.sol";
import {RiscZeroKey} from "./RiscZeroKey.sol";

/// @title RISC Zero's Groth16 proofs of one release
/// @notice Immutable: another release is another deployment, and nothing here stops it. Whether it is believed is
/// `ProofVerifier`'s business.
contract RiscZeroGroth16 is IRiscZeroVerifier, Groth16Key, ProofRelease {
    /// @notice Digest of the verifying key, alike in all releases.
    bytes32 public constant VERIFIER_KEY_DIGEST = RiscZeroKey.DIGEST;
    /// @notice Root of the release's recursion programs.
    bytes32 public immutable CONTROL_ROOT;
    /// @notice The program that turns a receipt into a Groth16 proof.
    bytes32 public immutable BN254_CONTROL_ID;

    constructor(
        bytes32 controlRoot,
        bytes32 bn254ControlId
    )
        Groth16Key(RiscZeroKey.all(), _constantInputs(controlRoot, bn254ControlId))
        ProofRelease(RiscZeroClaim.parameters(controlRoot, bn254ControlId, RiscZeroKey.DIGEST))
    {
        (CONTROL_ROOT, BN254_CONTROL_ID) = (controlRoot, bn254ControlId);
    }

    /// @inheritdoc IRiscZeroVerifier
    function verify(bytes calldata seal, bytes32 imageId, bytes32 journalDigest) external view {
        _requireProven(seal, RiscZeroClaim.digest(imageId, journalDigest));
    }

    /// @inheritdoc IRiscZeroVerifier
    function verifyIntegrity(Receipt calldata receipt) external view {
        _requireProven(receipt.seal, receipt.claimDigest);
    }

    function _requireProven(bytes calldata seal, bytes32 claimDigest) private view {
        _requireForm(seal, RiscZeroClaim.SEAL_LENGTH);
        (uint256 first, uint256 second) = RiscZeroClaim.split(claimDigest);
        Groth16.Point memory sum = _constantSum();
        bool ok =
            Groth16.addScaled(sum, RiscZeroKey.IC3_X, RiscZeroKey.IC3_Y, first) &&
                Groth16.addScaled(sum, RiscZeroKey.IC4_X, RiscZeroKey.IC4_Y, second);
        if (!ok) revert ProofInvalid();
        _requireProduct(seal[4:], sum);
    }

    /// @dev Of the five inputs, the third and the fourth are the claim's.
    function _constantInputs(
        bytes32 controlRoot,
        bytes32 bn254ControlId
    ) private pure returns (uint256[] memory inputs) {
        inputs = new uint256[](5);
        (inputs[0], inputs[1]) = RiscZeroClaim.split(controlRoot);
        inputs[4] = uint256(bn254ControlId);
    }
}
