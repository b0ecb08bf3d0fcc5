// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PEM} from "../../contracts/evidence/PEM.sol";

/// @notice A line has 1 to 64 columns and ends within the text.
/// @custom:round PEM._line columns <= 64
contract PEMLine {
    function check(uint256 position, uint256 end) external pure {
        require(end < 1 << 64 && position <= end);
        (uint256 columns, ) = PEM._line(position, end);
        assert(columns >= 1 && columns <= 64 && position + columns < end);
    }
}
