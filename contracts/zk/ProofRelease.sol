// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IProofErrors} from "../interfaces/IProofErrors.sol";

/// @title One release of a proof system
/// @notice What every verifier that `ProofVerifier` may admit says of itself.
abstract contract ProofRelease is IProofErrors {
    /// @notice Hash that stands for the release's verifying key and circuits: SP1 names it so, a RISC Zero receipt calls
    /// it verifier parameters.
    bytes32 public immutable VERIFIER_HASH;

    /// @notice What proofs of the release begin with: the hash's first bytes.
    bytes4 public immutable SELECTOR;

    constructor(bytes32 verifierHash) {
        (VERIFIER_HASH, SELECTOR) = (verifierHash, bytes4(verifierHash));
    }

    function _requireForm(bytes calldata proof, uint256 length) internal view {
        if (bytes4(proof) != SELECTOR) revert ProofSelectorUnknown(bytes4(proof));
        if (proof.length != length) revert ProofLengthWrong(proof.length, length);
    }
}
