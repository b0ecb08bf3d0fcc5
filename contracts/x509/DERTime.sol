// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IX509Errors} from "../interfaces/IX509Errors.sol";
import {DER} from "./DER.sol";

/// @title Times of X.509 (RFC 5280 §4.1.2.5) as unix seconds
/// @notice UTCTime YYMMDDHHMMSSZ or GeneralizedTime YYYYMMDDHHMMSSZ, years 1950 to 9999; no fractions, no offsets.
library DERTime {
    // Ten characters "0", and by byte what tells digits from the rest.
    uint256 private constant ZEROS = 0x30303030303030303030;
    uint256 private constant SIXES = 0x06060606060606060606;
    uint256 private constant UPPER = 0xf0f0f0f0f0f0f0f0f0f0;

    /// @dev Times before 1970 are kept as 0: nothing here is compared with a time that early.
    function read(uint256 from, uint256 end) internal pure returns (uint256 time, uint256 next) {
        unchecked {
            (uint256 tag, uint256 start, uint256 until) = DER.read(from, end);
            uint256 length = until - start;
            bool isUtc = tag == DER.UTC_TIME && length == 13;
            if (!isUtc && (tag != DER.GENERALIZED_TIME || length != 15)) revert IX509Errors.X509Malformed();
            if (DER.byteAt(until - 1) != 0x5a) revert IX509Errors.X509Malformed();
            uint256 year = _pair(start);
            if (isUtc) {
                // RFC 5280: two-digit years from 50 on belong to the twentieth century.
                year += year < 50 ? 2000 : 1900;
                start += 2;
            } else {
                year = year * 100 + _pair(start + 2);
                start += 4;
            }
            return (_secondsOf(year, start), until);
        }
    }

    /// @dev MMDDHHMMSS at `from`. Pairs of digits are taken from one word: the digits less their 0x30, then each tens
    /// digit times ten on top of the one behind it. A byte that is no digit shows in its upper half, or carries into it.
    function _secondsOf(uint256 year, uint256 from) private pure returns (uint256) {
        unchecked {
            uint256 word;
            assembly ("memory-safe") {
                word := shr(176, mload(from))
            }
            uint256 digits = word ^ ZEROS;
            if ((digits | (digits + SIXES)) & UPPER != 0) revert IX509Errors.X509Malformed();
            uint256 pairs = digits + 10 * (digits >> 8);
            uint256 month = (pairs >> 64) & 0xff;
            uint256 day = (pairs >> 48) & 0xff;
            uint256 hour = (pairs >> 32) & 0xff;
            uint256 minute = (pairs >> 16) & 0xff;
            uint256 second = pairs & 0xff;
            if (
                year < 1950 || month == 0 || month > 12 || day == 0 || hour > 23 || minute > 59 || second > 59
            ) revert IX509Errors.X509Malformed();
            if (day > 28 && day > _daysIn(year, month)) revert IX509Errors.X509Malformed();
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

    /// @dev Two decimal digits.
    function _pair(uint256 from) private pure returns (uint256 value) {
        uint256 word;
        assembly ("memory-safe") {
            word := mload(from)
        }
        unchecked {
            uint256 tens = (word >> 248) - 0x30;
            uint256 ones = ((word >> 240) & 0xff) - 0x30;
            if (tens > 9 || ones > 9) revert IX509Errors.X509Malformed();
            return tens * 10 + ones;
        }
    }
}
