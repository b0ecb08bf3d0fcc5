// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TPMPublic} from "../../contracts/evidence/TPMPublic.sol";

/// @notice A sized field ends within the area, where its length says.
contract PublicField {
    function check(bytes calldata area, uint256 from) external pure {
        require(area.length < 1 << 32 && from <= area.length);
        (, uint256 length, uint256 next) = TPMPublic._read2B(area, from);
        assert(next == from + 2 + length);
        assert(next <= area.length);
    }
}

/// @notice A coordinate has 1 to 32 bytes within the area.
contract PublicCoordinate {
    function check(bytes calldata area, uint256 from) external pure {
        require(area.length < 1 << 32 && from <= area.length);
        (, uint256 next) = TPMPublic._readCoordinate(area, from);
        assert(next > from + 2 && next <= from + 34 && next <= area.length);
    }
}

/// @notice A scheme has 2 or 4 bytes within the area.
/// @custom:any TPMPublic._u16
contract PublicScheme {
    function check(bytes calldata area, uint256 from) external pure {
        require(area.length < 1 << 32 && from <= area.length);
        uint256 next = TPMPublic._readScheme(area, from);
        assert(next >= from + 2 && next <= from + 4 && next <= area.length);
    }
}
