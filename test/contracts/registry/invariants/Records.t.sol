// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Invariants} from "./Invariants.sol";

/// @notice Many short lives.
contract RecordsTest is Invariants {
    function invariant_records() external view {
        _requireAll();
    }
}
