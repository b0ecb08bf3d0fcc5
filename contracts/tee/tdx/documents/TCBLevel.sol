// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// JSON literals are full of double quotes.
/* solhint-disable quotes */

import {TCBStatus} from "../../../types/Claims.sol";
import {JSONCursor, JSONText} from "./JSONCursor.sol";

/// @title What the TCB levels of Intel's documents have in common
/// @notice `"tcbDate":…,"tcbStatus":…[,"advisoryIDs":[…]]}` behind the numbers of a level.
library TCBLevel {
    /// @notice A status that stands in documents only and never in claims.
    uint256 internal constant REVOKED = 9;

    uint256 private constant UP_TO_DATE = uint256(uint8(TCBStatus.UpToDate));
    uint256 private constant SW_HARDENING = uint256(uint8(TCBStatus.SWHardeningNeeded));
    uint256 private constant CONFIGURATION = uint256(uint8(TCBStatus.ConfigurationNeeded));
    uint256 private constant BOTH = uint256(uint8(TCBStatus.ConfigurationAndSWHardeningNeeded));
    uint256 private constant OUT_OF_DATE = uint256(uint8(TCBStatus.OutOfDate));
    uint256 private constant OUT_OF_DATE_CONFIGURATION = uint256(
        uint8(TCBStatus.OutOfDateConfigurationNeeded)
    );

    // One list is counted in one byte.
    uint256 private constant MOST_ADVISORIES = 255;
    // The five digits of an advisory as digits, at bytes 11 to 15 of a word shifted right by 136 bits.
    uint256 private constant DIGIT_FORM = 0x3030303030;
    uint256 private constant DIGIT_MASK = 0xf0f0f0f0f0;
    uint256 private constant DIGIT_SIXES = 0x0606060606;

    /// @notice `{"tcb":{"isvsvn":n},…}` and its status; its advisories are appended at `out`.
    function readSvnLevel(
        JSONText text,
        uint256 here,
        uint256 mostSvn,
        uint256 out
    ) internal pure returns (uint256 svn, uint256 status, uint256 next, uint256 outNext) {
        here = text.expect(here, '{"tcb":{"isvsvn":', 17);
        (svn, here) = text.readNumber(here, mostSvn);
        (status, next, outNext) = readTail(text, here, out);
    }

    /// @notice What closes the numbers of a level, and the rest of the level.
    function readTail(
        JSONText text,
        uint256 here,
        uint256 out
    ) internal pure returns (uint256 status, uint256 next, uint256 outNext) {
        here = text.expect(here, '},"tcbDate":"', 13);
        text.requireDate(here);
        here = text.expect(here + JSONCursor.DATE, '","tcbStatus":"', 15);
        (status, here) = _readStatus(text, here);
        (here, outNext) = _readAdvisories(text, here, out);
        next = text.expect(here, "}", 1);
    }

    /// @notice True when the list goes on behind an element, false when it ends.
    function hasNext(JSONText text, uint256 here) internal pure returns (bool) {
        uint256 character = JSONCursor.byteAt(here);
        if (character == 0x2c) return true;
        if (character != 0x5d) text.refuse(here);
        return false;
    }

    function _readStatus(JSONText text, uint256 here) private pure returns (uint256 status, uint256 next) {
        bytes32 word = bytes32(JSONCursor.load(here));
        unchecked {
            if (bytes9(word) == 'UpToDate"') return (UP_TO_DATE, here + 9);
            if (bytes10(word) == 'OutOfDate"') return (OUT_OF_DATE, here + 10);
            if (bytes18(word) == 'SWHardeningNeeded"') return (SW_HARDENING, here + 18);
            if (bytes20(word) == 'ConfigurationNeeded"') return (CONFIGURATION, here + 20);
            if (bytes29(word) == 'OutOfDateConfigurationNeeded"')
                return (OUT_OF_DATE_CONFIGURATION, here + 29);
            if (bytes8(word) == 'Revoked"') return (REVOKED, here + 8);
        }
        next = text.expect(here, "ConfigurationAndSWHardeningNeede", 32);
        return (BOTH, text.expect(next, 'd"', 2));
    }

    /// @dev Written at `out`: count, then that many numbers of two bytes.
    function _readAdvisories(
        JSONText text,
        uint256 here,
        uint256 out
    ) private pure returns (uint256 next, uint256 outNext) {
        unchecked {
            outNext = out + 1;
            uint256 count;
            if (JSONCursor.byteAt(here) == 0x2c) {
                here = text.expect(here, ',"advisoryIDs":[', 16);
                bool isMore = true;
                while (isMore) {
                    if (++count > MOST_ADVISORIES) text.refuse(here);
                    uint256 advisory = _readAdvisory(text, here);
                    assembly ("memory-safe") {
                        mstore(outNext, shl(240, advisory))
                    }
                    outNext += 2;
                    isMore = hasNext(text, here + 16);
                    here += 17;
                }
            }
            assembly ("memory-safe") {
                mstore8(out, count)
            }
            return (here, outNext);
        }
    }

    /// @dev `"INTEL-SA-ddddd"`
    function _readAdvisory(JSONText text, uint256 here) private pure returns (uint256 number) {
        unchecked {
            uint256 word = JSONCursor.load(here);
            uint256 characters = (word >> 136) & 0xffffffffff;
            uint256 digits = characters & 0x0f0f0f0f0f;
            bool ok =
                bytes10(bytes32(word)) == '"INTEL-SA-' &&
                    characters & DIGIT_MASK == DIGIT_FORM &&
                    (digits + DIGIT_SIXES) & DIGIT_MASK == 0 &&
                    uint8(word >> 128) == 0x22;
            // In each byte, the number that its digit and the one before it spell.
            uint256 pairs = digits + 10 * (digits >> 8);
            number = 1000 * ((pairs >> 24) & 0xff) + 100 * ((digits >> 16) & 0xff) + (pairs & 0xff);
            if (!ok || number > type(uint16).max) text.refuse(here);
        }
    }
}
