// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IX509Errors} from "../interfaces/IX509Errors.sol";

/// @title Strict DER (ITU-T X.690 §10)
/// @notice Definite minimal lengths, single-byte tags, nothing trailing: one certificate has one encoding.
/// @dev Works on absolute memory addresses. A node is (tag, start, until) of its content; the next node begins at
/// `until`. A header is read from one word that may reach past the end, but nothing past the end is ever used: `until`
/// is checked first. Unchecked: every sum is of an address and a length that `until` bounds.
library DER {
    uint256 internal constant BOOLEAN = 0x01;
    uint256 internal constant INTEGER = 0x02;
    uint256 internal constant BIT_STRING = 0x03;
    uint256 internal constant OCTET_STRING = 0x04;
    uint256 internal constant OID = 0x06;
    uint256 internal constant UTC_TIME = 0x17;
    uint256 internal constant GENERALIZED_TIME = 0x18;
    uint256 internal constant SEQUENCE = 0x30;
    uint256 internal constant SET = 0x31;

    /// @notice Start and end of the content of `der`.
    function bounds(bytes memory der) internal pure returns (uint256 start, uint256 until) {
        assembly ("memory-safe") {
            start := add(der, 0x20)
            until := add(start, mload(der))
        }
    }

    /// @notice Header at `from`; `until` is 0 when it is not strict DER that ends at or before `end`.
    function peek(
        uint256 from,
        uint256 end
    ) internal pure returns (uint256 tag, uint256 start, uint256 until) {
        assembly ("memory-safe") {
            let word := mload(from)
            tag := byte(0, word)
            let length := byte(1, word)
            let ok := lt(and(tag, 0x1f), 0x1f)
            start := add(from, 2)
            if gt(length, 0x7f) {
                // The long form with one to three length bytes, none of them spare. 0x80 is the indefinite form.
                let count := sub(length, 0x80)
                ok := and(ok, lt(sub(count, 1), 3))
                start := add(start, count)
                length := shr(sub(256, shl(3, count)), shl(16, word))
                let least := shl(shl(3, sub(count, 1)), 1)
                if eq(count, 1) {
                    least := 0x80
                }
                ok := and(ok, iszero(lt(length, least)))
            }
            until := add(start, length)
            until := mul(until, and(ok, iszero(gt(until, end))))
        }
    }

    /// @notice The same, quicker for a header of two bytes, as nearly every one is.
    function peekShort(
        uint256 from,
        uint256 end
    ) internal pure returns (uint256 tag, uint256 start, uint256 until) {
        bool isShort;
        assembly ("memory-safe") {
            let word := mload(from)
            tag := byte(0, word)
            start := add(from, 2)
            until := add(start, byte(1, word))
            isShort := and(lt(byte(1, word), 0x80), lt(and(tag, 0x1f), 0x1f))
            isShort := and(isShort, iszero(gt(until, end)))
        }
        if (!isShort) (tag, start, until) = peek(from, end);
    }

    /// @notice Header at `from`, refused with X509Malformed when it is not strict.
    function read(
        uint256 from,
        uint256 end
    ) internal pure returns (uint256 tag, uint256 start, uint256 until) {
        (tag, start, until) = peek(from, end);
        if (until == 0) revert IX509Errors.X509Malformed();
    }

    /// @notice The same with the tag that is due.
    function open(
        uint256 from,
        uint256 end,
        uint256 due
    ) internal pure returns (uint256 start, uint256 until) {
        (start, until) = seek(from, end, due);
        if (until == 0) revert IX509Errors.X509Malformed();
    }

    /// @notice The same for callers with an error of their own: `until` is 0 when it is not strict or of another tag.
    function seek(
        uint256 from,
        uint256 end,
        uint256 due
    ) internal pure returns (uint256 start, uint256 until) {
        bool isShort;
        assembly ("memory-safe") {
            // Nearly every header is of two bytes: `peek` for those alone.
            let word := mload(from)
            start := add(from, 2)
            until := add(start, byte(1, word))
            isShort := and(eq(byte(0, word), due), lt(byte(1, word), 0x80))
            isShort := and(isShort, iszero(gt(until, end)))
        }
        if (isShort) return (start, until);
        uint256 tag;
        (tag, start, until) = peek(from, end);
        if (tag != due) until = 0;
    }

    /// @notice The same for a node that fills its container.
    function openWhole(
        uint256 from,
        uint256 end,
        uint256 due
    ) internal pure returns (uint256 start, uint256 until) {
        (start, until) = open(from, end, due);
        if (until != end) revert IX509Errors.X509Malformed();
    }

    /// @notice First byte at an address.
    function byteAt(uint256 from) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := byte(0, mload(from))
        }
    }

    /// @notice Content of up to 31 bytes as one number with its length in the top byte; 0 for longer content.
    function key(uint256 start, uint256 until) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            let length := sub(until, start)
            if lt(length, 32) {
                value := or(shl(248, length), shr(sub(256, shl(3, length)), mload(start)))
            }
        }
    }

    /// @notice keccak256 of a range of memory.
    function hash(uint256 start, uint256 until) internal pure returns (bytes32 value) {
        assembly ("memory-safe") {
            value := keccak256(start, sub(until, start))
        }
    }

    /// @notice A copy of a range of memory.
    function slice(uint256 start, uint256 until) internal pure returns (bytes memory copy) {
        copy = new bytes(until - start);
        assembly ("memory-safe") {
            mcopy(add(copy, 0x20), start, sub(until, start))
        }
    }

    /// @notice X.690 §8.3.2: refuses an INTEGER with a spare leading byte.
    function requireMinimalInteger(uint256 start, uint256 until) internal pure {
        unchecked {
            uint256 length = until - start;
            if (length == 0) revert IX509Errors.X509Malformed();
            if (length == 1) return;
            uint256 first = byteAt(start);
            uint256 second = byteAt(start + 1);
            if ((first == 0 && second < 0x80) || (first == 0xff && second >= 0x80))
                revert IX509Errors.X509Malformed();
        }
    }

    /// @notice Start of the magnitude of a non-negative INTEGER, without its sign byte.
    function magnitude(uint256 start, uint256 until) internal pure returns (uint256) {
        unchecked {
            requireMinimalInteger(start, until);
            uint256 first = byteAt(start);
            if (first >= 0x80) revert IX509Errors.X509Malformed();
            return first == 0 && until - start > 1 ? start + 1 : start;
        }
    }

    /// @notice A non-negative INTEGER at `from` of at most 32 bytes, and where the next node begins.
    function readWord(uint256 from, uint256 end) internal pure returns (uint256 value, uint256 next) {
        unchecked {
            uint256 start;
            (start, next) = open(from, end, INTEGER);
            start = magnitude(start, next);
            uint256 length = next - start;
            if (length > 32) revert IX509Errors.X509Malformed();
            assembly ("memory-safe") {
                value := shr(sub(256, shl(3, length)), mload(start))
            }
        }
    }

    /// @notice BOOLEAN content, whose true is ff in DER (X.690 §11.1).
    function boolean(uint256 start, uint256 until) internal pure returns (bool) {
        unchecked {
            uint256 value = byteAt(start);
            if (until != start + 1 || (value != 0 && value != 0xff)) revert IX509Errors.X509Malformed();
            return value == 0xff;
        }
    }
}
