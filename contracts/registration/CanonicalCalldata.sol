// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IRegistryErrors} from "../interfaces/IRegistryErrors.sol";

/// @title The one canonical encoding of a call's arguments
/// @notice Calldata counts only as `abi.encodeWithSelector` writes it, so that nothing rides along unseen.
library CanonicalCalldata {
    /// @return free the free memory pointer, for `requireEqual`
    function begin() internal pure returns (uint256 free) {
        assembly ("memory-safe") {
            free := mload(0x40)
        }
    }

    /// @param canonical the arguments encoded anew; its memory is given back
    /// @param free what `begin` said before it was made
    function requireEqual(bytes memory canonical, uint256 free) internal pure {
        bool isCanonical = keccak256(canonical) == keccak256(msg.data);
        assembly ("memory-safe") {
            mstore(0x40, free)
        }
        if (!isCanonical) revert IRegistryErrors.CalldataNotCanonical();
    }
}
