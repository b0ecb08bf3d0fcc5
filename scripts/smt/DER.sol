// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DER} from "../../contracts/x509/DER.sol";

/// @notice The magnitude of an INTEGER is not empty and lies within it.
contract Magnitude {
    function check(uint256 start, uint256 until) external pure {
        require(until < 1 << 64 && start <= until);
        uint256 from = DER.magnitude(start, until);
        assert(from >= start && from < until);
    }
}
