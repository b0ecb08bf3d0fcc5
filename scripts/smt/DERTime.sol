// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DERTime} from "../../contracts/x509/DERTime.sol";

/// @notice A time fits the 40 bits that records keep of it, whatever its bytes are.
/// @custom:by SecondsInRange
contract TimeOfDigits {
    function check(uint256 word, bool isUtc) external pure {
        uint256 time = DERTime._secondsOf(word, isUtc);
        assert(time < 1 << 40);
    }
}

/// @notice What was read is strict DER, so that it is known where the next node begins.
/// @custom:any DERTime._secondsOf
contract TimeRead {
    function check(uint256 from, uint256 end) external pure {
        (, uint256 next) = DERTime.read(from, end);
        assert(next != 0);
    }
}
