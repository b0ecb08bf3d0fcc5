// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// JSON literals are full of double quotes.
/* solhint-disable quotes */

import {JSONCursor, JSONText} from "./JSONCursor.sol";

/// @title The sixteen SVNs of a TCB level
/// @notice `{"svn":n[,"category":"…"][,"type":"…"]}` sixteen times. Two thirds of a TCB info are this list, so it is
/// read in assembly: 150 thousand gas of a document of 6.3 KB without, 90 with it.
library TCBComponents {
    uint256 private constant COUNT = 16;
    // `{"svn":`
    uint256 private constant SVN = 0x7b2273766e223a;
    // Three times `{"svn":0},`, which most lists end in.
    uint256 private constant ZEROS = 0x7b2273766e223a307d2c7b2273766e223a307d2c7b2273766e223a307d2c;

    /// @notice Members of the sixteen components as they were read last, which the next level most often repeats.
    /// @dev For each component two words, length and keccak256 of `,"category":…}`.
    function newMemory() internal pure returns (uint256[] memory seen) {
        return new uint256[](2 * COUNT);
    }

    /// @notice One byte each, the first on top, and what stands behind the `]`.
    function read(
        JSONText text,
        uint256 here,
        uint256[] memory seen
    ) internal pure returns (uint256 packed, uint256 next) {
        unchecked {
            uint256 left = COUNT;
            while (left != 0) {
                (left, packed, here) = _readKnown(here, left, packed, seen);
                if (left == 0) break;
                uint256 svn;
                uint256 members;
                (svn, members) = text.readNumber(text.expect(here, '{"svn":', 7), type(uint8).max);
                here = _readMembers(text, members);
                _remember(seen, left, members, here);
                packed = (packed << 8) | svn;
                --left;
                // Behind its `}`
                here = text.expect(here, left == 0 ? bytes32("]") : bytes32(","), 1);
            }
            return (packed, here);
        }
    }

    /// @dev Reads up to the first component that is not written as in the level before; stays in front of it.
    function _readKnown(
        uint256 here,
        uint256 left,
        uint256 packed,
        uint256[] memory seen
    ) private pure returns (uint256 leftNext, uint256 packedNext, uint256 next) {
        assembly ("memory-safe") {
            for {} left {} {
                let word := mload(here)
                // The last component has no comma behind it, so it is never one of the three.
                if and(eq(shr(16, word), ZEROS), gt(left, 3)) {
                    packed := shl(24, packed)
                    here := add(here, 30)
                    left := sub(left, 3)
                    continue
                }
                // One digit, or two or three that do not begin with 0.
                let svn := sub(byte(7, word), 0x30)
                let ok := and(eq(shr(200, word), SVN), lt(svn, 10))
                let from := add(here, 8)
                let character := byte(8, word)
                let digit := sub(character, 0x30)
                if lt(digit, 10) {
                    ok := and(ok, gt(svn, 0))
                    svn := add(mul(10, svn), digit)
                    from := add(from, 1)
                    character := byte(9, word)
                    digit := sub(character, 0x30)
                    if lt(digit, 10) {
                        svn := add(mul(10, svn), digit)
                        from := add(from, 1)
                        character := byte(10, word)
                    }
                    ok := and(ok, lt(svn, 256))
                }
                // `}`, or the members of the same component one level before.
                let length := 1
                if xor(character, 0x7d) {
                    let slot := add(seen, shl(6, left))
                    length := mload(sub(slot, 0x20))
                    ok := and(ok, and(gt(length, 0), eq(keccak256(from, length), mload(slot))))
                }
                from := add(from, length)
                // `]` behind the last, `,` behind the others
                ok := and(ok, eq(byte(0, mload(from)), xor(0x2c, mul(0x71, eq(left, 1)))))
                if iszero(ok) {
                    break
                }
                packed := or(shl(8, packed), svn)
                here := add(from, 1)
                left := sub(left, 1)
            }
            leftNext := left
            packedNext := packed
            next := here
        }
    }

    /// @dev What stands behind the SVN, with its `}`.
    function _readMembers(JSONText text, uint256 here) private pure returns (uint256 next) {
        unchecked {
            bytes32 word = bytes32(JSONCursor.load(here));
            if (bytes13(word) == ',"category":"') {
                here = text.skipString(here + 13);
                word = bytes32(JSONCursor.load(here));
            }
            if (bytes9(word) == ',"type":"') here = text.skipString(here + 9);
            return text.expect(here, "}", 1);
        }
    }

    /// @dev Component `left` places before the end; `seen` has its length word in front of the first place.
    function _remember(uint256[] memory seen, uint256 left, uint256 start, uint256 until) private pure {
        assembly ("memory-safe") {
            let slot := add(seen, shl(6, left))
            let length := sub(until, start)
            mstore(sub(slot, 0x20), length)
            mstore(slot, keccak256(start, length))
        }
    }
}
