// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IX509Errors} from "../interfaces/IX509Errors.sol";
import {Calendar} from "./Calendar.sol";
import {DER} from "./DER.sol";

/// @title Times of X.509 (RFC 5280 §4.1.2.5) as unix seconds
/// @notice UTCTime YYMMDDHHMMSSZ or GeneralizedTime YYYYMMDDHHMMSSZ, years 1950 to 9999; no fractions, no offsets.
library DERTime {
    // Fourteen characters "0", and by byte what tells digits from the rest.
    uint256 private constant ZEROS = 0x3030303030303030303030303030;
    uint256 private constant SIXES = 0x0606060606060606060606060606;
    uint256 private constant UPPER = 0xf0f0f0f0f0f0f0f0f0f0f0f0f0f0;

    /// @dev Times before 1970 are kept as 0: nothing here is compared with a time that early.
    function read(uint256 from, uint256 end) internal pure returns (uint256 time, uint256 next) {
        unchecked {
            (uint256 tag, uint256 start, uint256 until) = DER.read(from, end);
            uint256 length = until - start;
            bool isUtc = tag == DER.UTC_TIME && length == 13;
            if (!isUtc && (tag != DER.GENERALIZED_TIME || length != 15)) revert IX509Errors.X509Malformed();
            uint256 word;
            assembly ("memory-safe") {
                word := mload(start)
            }
            // Twelve digits or fourteen, then Z.
            word = isUtc ? word >> 152 : word >> 136;
            if (word & 0xff != 0x5a) revert IX509Errors.X509Malformed();
            return (_secondsOf(word >> 8, isUtc), until);
        }
    }

    /// @dev [YY]YYMMDDHHMMSS. Pairs of digits are taken from one word: the digits less their 0x30, then each tens digit
    /// times ten on top of the one behind it. A byte that is no digit shows in its upper half, or carries into it.
    function _secondsOf(uint256 word, bool isUtc) private pure returns (uint256) {
        unchecked {
            uint256 digits = word ^ (isUtc ? ZEROS >> 16 : ZEROS);
            if ((digits | (digits + SIXES)) & UPPER != 0) revert IX509Errors.X509Malformed();
            uint256 pairs = digits + 10 * (digits >> 8);
            uint256 year = (pairs >> 80) & 0xff;
            // RFC 5280: two-digit years from 50 on belong to the twentieth century.
            year += isUtc ? (year < 50 ? 2000 : 1900) : ((pairs >> 96) & 0xff) * 100;
            uint256 month = (pairs >> 64) & 0xff;
            uint256 day = (pairs >> 48) & 0xff;
            uint256 hour = (pairs >> 32) & 0xff;
            uint256 minute = (pairs >> 16) & 0xff;
            uint256 second = pairs & 0xff;
            if (!Calendar.has(year, month, day, hour, minute, second)) revert IX509Errors.X509Malformed();
            return Calendar.secondsOf(year, month, day, hour, minute, second);
        }
    }
}
