// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Gregorian calendar
/// @notice Times of certificates (`DERTime`) and of Intel's documents (`JSONCursor`).
library Calendar {
    /// @notice True for a time that the calendar has, from 1950 on; no leap seconds.
    function has(
        uint256 year,
        uint256 month,
        uint256 day,
        uint256 hour,
        uint256 minute,
        uint256 second
    ) internal pure returns (bool) {
        if (year < 1950 || month == 0 || month > 12 || day == 0) return false;
        if (hour > 23 || minute > 59 || second > 59) return false;
        return day < 29 || day <= _daysIn(year, month);
    }

    /// @notice Unix seconds of such a time; before 1970 it is 0: nothing here is compared with a time that early.
    function secondsOf(
        uint256 year,
        uint256 month,
        uint256 day,
        uint256 hour,
        uint256 minute,
        uint256 second
    ) internal pure returns (uint256) {
        unchecked {
            // Days from 1970-01-01; March is the first month of the counting year, so the leap day is its last.
            uint256 y = month > 2 ? year : year - 1;
            uint256 dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
            uint256 fromYearZero = 365 * y + y / 4 - y / 100 + y / 400 + dayOfYear;
            if (fromYearZero < 719_468) return 0;
            return ((fromYearZero - 719_468) * 24 + hour) * 3600 + minute * 60 + second;
        }
    }

    function _daysIn(uint256 year, uint256 month) private pure returns (uint256) {
        if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
        // April, June, September, November
        return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
    }
}
