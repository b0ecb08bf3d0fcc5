// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IProofErrors} from "../interfaces/IProofErrors.sol";

/// @title How old a proof may be, and how long it holds (protocol §6)
/// @notice The prover chooses the time its program judges at: a proof made today "as of" last year must not pass.
library ProofTimes {
    uint256 private constant MOST_AGE = 1 days;
    uint256 private constant VALIDITY = 30 days;

    /// @notice Refuses with ProofTimeOutOfRange.
    function requireRecent(uint64 time) internal view {
        if (time > block.timestamp || block.timestamp - time > MOST_AGE)
            revert IProofErrors.ProofTimeOutOfRange(time, block.timestamp);
    }

    /// @notice Until when a verdict may rest on a proof at most: it shows no certificate's end.
    function endOf(uint64 time) internal pure returns (uint256) {
        return uint256(time) + VALIDITY;
    }
}
