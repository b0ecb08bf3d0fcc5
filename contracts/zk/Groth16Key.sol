// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IProofErrors} from "../interfaces/IProofErrors.sol";
import {Groth16} from "./Groth16.sol";

/// @title Verifying key of one release, and the equation that its proofs hold
/// @dev In the code, not in storage: a call reads 14 words of it. What the constant public inputs of a release contribute
/// is added up at deployment, so that a call pays for those alone that differ from proof to proof.
abstract contract Groth16Key is IProofErrors {
    uint256 private immutable ALPHA_X;
    uint256 private immutable ALPHA_Y;
    uint256 private immutable BETA_0;
    uint256 private immutable BETA_1;
    uint256 private immutable BETA_2;
    uint256 private immutable BETA_3;
    uint256 private immutable GAMMA_0;
    uint256 private immutable GAMMA_1;
    uint256 private immutable GAMMA_2;
    uint256 private immutable GAMMA_3;
    uint256 private immutable DELTA_0;
    uint256 private immutable DELTA_1;
    uint256 private immutable DELTA_2;
    uint256 private immutable DELTA_3;
    uint256 private immutable SUM_X;
    uint256 private immutable SUM_Y;

    /// @notice A point of the key or a constant input is none.
    error VerifyingKeyInvalid();

    /// @param inputs the public inputs as far as they are constant, 0 for the others
    constructor(Groth16.Key memory key, uint256[] memory inputs) {
        if (key.ic.length != inputs.length + 1) revert VerifyingKeyInvalid();
        Groth16.Point memory sum = key.ic[0];
        for (uint256 i = 0; i < inputs.length; ++i) {
            Groth16.Point memory point = key.ic[i + 1];
            if (!Groth16.addScaled(sum, point.x, point.y, inputs[i])) revert VerifyingKeyInvalid();
        }
        (SUM_X, SUM_Y) = (sum.x, sum.y);
        (ALPHA_X, ALPHA_Y) = (key.alpha.x, key.alpha.y);
        (BETA_0, BETA_1, BETA_2, BETA_3) = _words(key.betaNeg);
        (GAMMA_0, GAMMA_1, GAMMA_2, GAMMA_3) = _words(key.gammaNeg);
        (DELTA_0, DELTA_1, DELTA_2, DELTA_3) = _words(key.deltaNeg);
    }

    /// @dev What the constant inputs contribute, in new memory.
    function _constantSum() internal view returns (Groth16.Point memory) {
        return Groth16.Point(SUM_X, SUM_Y);
    }

    /// @dev Reverts unless the proof's equation holds: e(A, B) · e(C, −δ) · e(α, −β) · e(sum, −γ) = 1.
    /// @param points A, B and C, 256 bytes
    /// @param sum IC[0] and every public input times its point
    function _requireProduct(bytes calldata points, Groth16.Point memory sum) internal view {
        uint256[24] memory pairs;
        // C ends the proof and is followed by its partner.
        Groth16.load(pairs, points);
        (pairs[8], pairs[9], pairs[10], pairs[11]) = (DELTA_0, DELTA_1, DELTA_2, DELTA_3);
        (pairs[12], pairs[13]) = (ALPHA_X, ALPHA_Y);
        (pairs[14], pairs[15], pairs[16], pairs[17]) = (BETA_0, BETA_1, BETA_2, BETA_3);
        (pairs[18], pairs[19]) = (sum.x, sum.y);
        (pairs[20], pairs[21], pairs[22], pairs[23]) = (GAMMA_0, GAMMA_1, GAMMA_2, GAMMA_3);
        if (!Groth16.isProductOne(pairs)) revert ProofInvalid();
    }

    function _words(uint256[4] memory g2) private pure returns (uint256, uint256, uint256, uint256) {
        return (g2[0], g2[1], g2[2], g2[3]);
    }
}
