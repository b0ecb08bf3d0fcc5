// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Calendar} from "../../contracts/x509/Calendar.sol";

/// @notice Months have 28 to 31 days.
contract DaysInMonth {
    function check(uint256 year, uint256 month) external pure {
        uint256 days_ = Calendar._daysIn(year, month);
        assert(days_ >= 28 && days_ <= 31);
    }
}

/// @notice What is let through is a date, so that the sums of `secondsOf` are of small numbers.
contract DatesInRange {
    function check(
        uint256 year,
        uint256 month,
        uint256 day,
        uint256 hour,
        uint256 minute,
        uint256 second
    ) external pure {
        if (!Calendar.has(year, month, day, hour, minute, second)) return;
        assert(year >= 1950 && month >= 1 && month <= 12 && day >= 1 && day <= 31);
        assert(hour < 24 && minute < 60 && second < 60);
    }
}

/// @notice Seconds of a date fit 40 bits while its year has five digits at most.
/// @custom:of Calendar.secondsOf
/// @custom:given year > 0 && year < 30000 && month <= 12 && day <= 31 && hour < 24 && minute < 60 && second < 60
/// @custom:then any0 < 1 << 40
/// @custom:engine bmc
contract SecondsInRange {
    function check(
        uint256 year,
        uint256 month,
        uint256 day,
        uint256 hour,
        uint256 minute,
        uint256 second
    ) external pure {
        require(
            year > 0 && year < 30000 && month <= 12 && day <= 31 && hour < 24 && minute < 60 && second < 60
        );
        uint256 any0 = Calendar.secondsOf(year, month, day, hour, minute, second);
        assert(any0 < 1 << 40);
    }
}
