// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Base64} from "../../../evidence/Base64.sol";
import {Calendar} from "../../../x509/Calendar.sol";

/// @notice A document under reading: its first address, and in the top four bytes the error that refuses it.
type JSONText is uint256;

using JSONCursor for JSONText global;

/// @title Reader of compact JSON in a fixed order
/// @notice Every function stands at an address, demands what is due there and gives the address behind it. What is
/// not due is refused with the document's own error and the offset in the document.
/// @dev The document is copied to memory with a zero word behind it. No reader accepts a zero byte, so none passes
/// the end, and what the caller's calldata holds behind the document cannot change the verdict.
library JSONCursor {
    uint256 private constant QUOTES = 0x2222222222222222222222222222222222222222222222222222222222222222;
    uint256 private constant BACKSLASHES = 0x5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c;
    uint256 private constant ONES = 0x0101010101010101010101010101010101010101010101010101010101010101;
    uint256 private constant LOWS = 0x7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f;
    uint256 private constant ZERO_DIGITS = 0x3030303030303030303030303030303030303030303030303030303030303030;

    // 0000-00-00T00:00:00Z: what stands in it, and which of it is a digit.
    uint256 private constant DATE_FORM = 0x0000303030302d30302d30305430303a30303a30305a;
    uint256 private constant DATE_MASK = 0x0000f0f0f0f0fff0f0fff0f0fff0f0fff0f0fff0f0ff;
    uint256 private constant DATE_DIGITS = 0x00000f0f0f0f000f0f000f0f000f0f000f0f000f0f00;
    uint256 private constant DATE_SIXES = 0x00000606060600060600060600060600060600060600;
    uint256 private constant DATE_CARRY = 0x00001010101000101000101000101000101000101000;

    /// @notice Length of a date.
    uint256 internal constant DATE = 20;

    /// @notice Begins to read `json`; what is wrong with it is refused with the error `refusal`(offset).
    function open(
        bytes calldata json,
        bytes4 refusal
    ) internal pure returns (JSONText text, uint256 here, uint256 end) {
        assembly ("memory-safe") {
            here := mload(0x40)
            end := add(here, json.length)
            calldatacopy(here, json.offset, json.length)
            // The word that no reader passes. Memory is not clean there.
            mstore(end, 0)
            mstore(0x40, and(add(end, 0x3f), not(0x1f)))
            text := or(refusal, here)
        }
    }

    /// @notice Refuses the document at an address.
    function refuse(JSONText text, uint256 here) internal pure {
        assembly ("memory-safe") {
            mstore(0x00, text)
            mstore(0x04, sub(here, and(text, 0xffffffff)))
            revert(0x00, 0x24)
        }
    }

    /// @notice The word at an address.
    function load(uint256 here) internal pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(here)
        }
    }

    /// @notice The byte at an address.
    function byteAt(uint256 here) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := byte(0, mload(here))
        }
    }

    /// @notice Demands the `length` first bytes of `due`.
    function expect(
        JSONText text,
        uint256 here,
        bytes32 due,
        uint256 length
    ) internal pure returns (uint256 next) {
        unchecked {
            if ((load(here) ^ uint256(due)) >> (256 - 8 * length) != 0) text.refuse(here);
            return here + length;
        }
    }

    /// @notice Decimal number of 0 to `most`, without sign, leading zero or fraction.
    function readNumber(
        JSONText text,
        uint256 here,
        uint256 most
    ) internal pure returns (uint256 value, uint256 next) {
        unchecked {
            uint256 word = load(here);
            value = (word >> 248) - 0x30;
            if (value > 9) text.refuse(here);
            next = here + 1;
            while (true) {
                word <<= 8;
                uint256 digit = (word >> 248) - 0x30;
                if (digit > 9) break;
                // A zero in front of a digit, or a number that already fills the bound.
                if (value == 0 || value > most) text.refuse(here);
                value = 10 * value + digit;
                ++next;
            }
            if (value > most) text.refuse(here);
        }
    }

    /// @notice Value of `digits` hex digits of either case, at most 32 of them.
    function readHex(JSONText text, uint256 here, uint256 digits) internal pure returns (uint256 value) {
        unchecked {
            uint256 bits = 8 * digits;
            bool ok;
            (value, ok) = Base64.decodeHex((load(here) >> (256 - bits)) | (ZERO_DIGITS << bits));
            if (!ok) text.refuse(here);
        }
    }

    /// @notice The same for 33 to 64 digits.
    function readLongHex(JSONText text, uint256 here, uint256 digits) internal pure returns (uint256 value) {
        unchecked {
            uint256 rest = digits - 32;
            return (text.readHex(here, 32) << (4 * rest)) | text.readHex(here + 32, rest);
        }
    }

    /// @notice Skips a string whose first character stands at `here`, with its closing quote.
    /// @dev Without escapes and control characters; 32 characters at a time. In assembly, as a TCB info has ninety.
    function skipString(JSONText text, uint256 here) internal pure returns (uint256 next) {
        assembly ("memory-safe") {
            for {} 1 {
                here := add(here, 0x20)
            } {
                let word := mload(here)
                // 0x80 in each byte that is a quote, exactly: no byte carries into its neighbour.
                let x := xor(word, QUOTES)
                let quotes := not(or(or(add(and(x, LOWS), LOWS), x), LOWS))
                // The same for a backslash, or none of the three top bits: below 0x20.
                x := xor(word, BACKSLASHES)
                let fine := and(or(add(and(x, LOWS), LOWS), x), or(or(word, shl(1, word)), shl(2, word)))
                let refused := not(or(fine, LOWS))
                if gt(quotes, refused) {
                    // The first quote comes before whatever is refused. Spread its bit to all bytes behind it and
                    // count those: 32 less that many characters stand before it.
                    quotes := or(quotes, shr(8, quotes))
                    quotes := or(quotes, shr(16, quotes))
                    quotes := or(quotes, shr(32, quotes))
                    quotes := or(quotes, shr(64, quotes))
                    quotes := or(quotes, shr(128, quotes))
                    next := sub(add(here, 33), shr(248, mul(shr(7, quotes), ONES)))
                    break
                }
                if refused {
                    break
                }
            }
        }
        if (next == 0) text.refuse(here);
    }

    /// @notice Demands a date YYYY-MM-DDThh:mm:ssZ that the calendar has, from 1950 on.
    function requireDate(JSONText text, uint256 here) internal pure {
        _fields(text, here);
    }

    /// @notice The same as unix seconds; times before 1970 are 0, as DERTime reads them.
    function readDate(JSONText text, uint256 here) internal pure returns (uint256) {
        uint256 fields = _fields(text, here);
        return
            Calendar.secondsOf(
                _year(fields),
                _field(fields, 6),
                _field(fields, 9),
                _field(fields, 12),
                _field(fields, 15),
                _field(fields, 18)
            );
    }

    /// @dev In each of the 20 bytes, the number that its digit and the one before it spell.
    function _fields(JSONText text, uint256 here) private pure returns (uint256 fields) {
        unchecked {
            uint256 date = load(here) >> 96;
            uint256 digits = date & DATE_DIGITS;
            if (date & DATE_MASK != DATE_FORM || (digits + DATE_SIXES) & DATE_CARRY != 0) text.refuse(here);
            fields = digits + 10 * (digits >> 8);
            bool isTime = Calendar.has(
                _year(fields),
                _field(fields, 6),
                _field(fields, 9),
                _field(fields, 12),
                _field(fields, 15),
                _field(fields, 18)
            );
            if (!isTime) text.refuse(here);
        }
    }

    function _field(uint256 fields, uint256 index) private pure returns (uint256) {
        unchecked {
            return (fields >> (8 * (19 - index))) & 0xff;
        }
    }

    function _year(uint256 fields) private pure returns (uint256) {
        unchecked {
            return 100 * _field(fields, 1) + _field(fields, 3);
        }
    }
}
