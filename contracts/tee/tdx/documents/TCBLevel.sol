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

    // Of modules and enclaves Intel's API knows no others (specs/tdx.md, PCS v4), and its library ignores or refuses them.
    uint256 private constant SVN_STATUSES = (1 << UP_TO_DATE) | (1 << OUT_OF_DATE) | (1 << REVOKED);

    // One list is counted in one byte.
    uint256 private constant MOST_ADVISORIES = 255;
    // `"INTEL-SA-00000"`, and of a digit only its upper half.
    uint256 private constant ADVISORY_FORM =
        0x22494e54454c2d53412d30303030302200000000000000000000000000000000;
    uint256 private constant ADVISORY_MASK =
        0xfffffffffffffffffffff0f0f0f0f0ff00000000000000000000000000000000;

    /// @notice `{"tcb":{"isvsvn":n},…}` and its status, UpToDate, OutOfDate or Revoked; its advisories are appended at `out`.
    function readSvnLevel(
        JSONText text,
        uint256 here,
        uint256 mostSvn,
        uint256 out
    ) internal pure returns (uint256 svn, uint256 status, uint256 next, uint256 outNext) {
        here = text.expect(here, '{"tcb":{"isvsvn":', 17);
        (svn, here) = text.readNumber(here, mostSvn);
        (status, next, outNext) = readTail(text, here, out);
        if ((SVN_STATUSES >> status) & 1 == 0) text.refuse(here);
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

    /// @dev Written at `out`: count, then that many numbers of two bytes. In assembly, as a TCB info has fifty.
    function _readAdvisories(
        JSONText text,
        uint256 here,
        uint256 out
    ) private pure returns (uint256 next, uint256 outNext) {
        unchecked {
            if (JSONCursor.byteAt(here) != 0x2c) {
                assembly ("memory-safe") {
                    mstore8(out, 0)
                }
                return (here, out + 1);
            }
            next = text.expect(here, ',"advisoryIDs":[', 16);
            outNext = out + 1;
            bool isRead;
            assembly ("memory-safe") {
                for {
                    let most := add(outNext, mul(2, MOST_ADVISORIES))
                } lt(outNext, most) {} {
                    let word := mload(next)
                    let digits := and(shr(136, word), 0x0f0f0f0f0f)
                    // In each byte, the number that its digit and the one before it spell.
                    let pairs := add(digits, mul(10, shr(8, digits)))
                    let number_ := add(mul(1000, byte(28, pairs)), mul(100, byte(29, digits)))
                    number_ := add(number_, byte(31, pairs))
                    let ok := eq(and(word, ADVISORY_MASK), ADVISORY_FORM)
                    // A digit above 9 carries into the upper half of its byte.
                    ok := and(ok, iszero(and(add(digits, 0x0606060606), 0x1010101010)))
                    if iszero(and(ok, lt(number_, 0x10000))) {
                        break
                    }
                    mstore(outNext, shl(240, number_))
                    outNext := add(outNext, 2)
                    next := add(next, 17)
                    let behind := byte(16, word)
                    if xor(behind, 0x2c) {
                        isRead := eq(behind, 0x5d)
                        break
                    }
                }
                mstore8(out, shr(1, sub(outNext, add(out, 1))))
            }
            if (!isRead) text.refuse(next);
        }
    }
}
