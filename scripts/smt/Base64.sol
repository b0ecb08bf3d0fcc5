// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Base64} from "../../contracts/evidence/Base64.sol";

/// @notice 24 bytes, left-aligned: nothing stands in the 8 behind them.
/// @custom:engine bmc
contract TextPacked {
    function check(uint256 text) external pure {
        (uint256 packed, ) = Base64.decode(text);
        assert(packed % (1 << 64) == 0);
    }
}

/// @notice 16 bytes, right-aligned.
/// @custom:engine bmc
contract HexPacked {
    function check(uint256 text) external pure {
        (uint256 packed, ) = Base64.decodeHex(text);
        assert(packed < 1 << 128);
    }
}
