// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IProofErrors} from "../interfaces/IProofErrors.sol";

/// @title A verifier of somebody else, reached through a router of somebody else
/// @notice Pinned at deployment by address and code hash: where the router leads elsewhere, or nowhere, the release is
/// stopped. The owner of the router can end what is believed and never change it.
abstract contract Route is IProofErrors {
    address public immutable VERIFIER;
    bytes32 public immutable VERIFIER_CODE_HASH;

    /// @dev OpenZeppelin's Pausable, of which RISC Zero's emergency stop is one.
    error EnforcedPause();

    /// @notice The router leads to no contract, or to one of another release.
    error RouteMismatch(address);

    constructor(address verifier) {
        if (verifier.code.length == 0) revert RouteMismatch(verifier);
        (VERIFIER, VERIFIER_CODE_HASH) = (verifier, verifier.codehash);
    }

    /// @dev Where the router leads now, 0 when nowhere.
    function _route() internal view virtual returns (address);

    /// @dev Asks the verifier itself what the router would ask it.
    function _forward(bytes memory call, bytes4 selector) internal view {
        address verifier = _route();
        if (verifier != VERIFIER || verifier.codehash != VERIFIER_CODE_HASH)
            revert ProofReleaseStopped(selector);
        (bool ok, bytes memory answer) = verifier.staticcall(call);
        if (ok) return;
        if (answer.length == 4 && bytes4(answer) == EnforcedPause.selector)
            revert ProofReleaseStopped(selector);
        revert ProofInvalid();
    }
}
