// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SHA256} from "../crypto/SHA256.sol";
import {MeasureablePcr} from "../types/Evidence.sol";

/// @title PCR lists of values alone
/// @notice The usual list: canonically encoded and without events, so that every entry is seven words and stands where
/// its position says. Reading such a list takes half the gas of `PCRBank`'s passes over lists of any shape.
/// @dev Decides only whether a list is of this shape and keeps every rule of its own; one that does not is `PCRBank`'s to
/// judge and to name. What is hashed is built in free memory, which nobody may touch between `read` and the rest: the
/// encoding of pcrMeasurement (two words, then eight a PCR, heads first), then the values, then whatever comes.
library PCRValues {
    /// @notice Copies the list to free memory and turns it into the encoding of pcrMeasurement.
    /// @dev In calldata an entry is (index, pcr, 0xa0, 0xc0, measurePcr, 0, 0), in the encoding (index, mode, value, 0xa0,
    /// 0xc0, 0, 0): equally long, so the heads stay as they are. Whatever deviates is left as a bit of `broken`.
    /// @return isPlain whether the list is of this shape and keeps the rules
    /// @return listed bit i is set when PCR i is listed
    /// @return measured bit i is set when PCR i is of mode 1; there is no mode 2 here
    function read(
        MeasureablePcr[] calldata pcrs
    ) internal pure returns (bool isPlain, uint256 listed, uint256 measured) {
        assembly ("memory-safe") {
            let size := shl(8, pcrs.length)
            let base := add(mload(0x40), 0x40)
            // Events of any PCR but the last move the last: most other lists end here.
            let last := sub(size, 0xe0)
            let broken := xor(calldataload(sub(add(pcrs.offset, shl(5, pcrs.length)), 0x20)), last)
            broken := or(broken, gt(add(pcrs.offset, size), calldatasize()))
            if iszero(broken) {
                calldatacopy(base, pcrs.offset, size)
                let value := add(base, size)
                last := value
                for {
                    let item := add(base, shl(5, pcrs.length))
                } lt(item, last) {
                    item := add(item, 0xe0)
                } {
                    broken := or(broken, xor(mload(sub(value, size)), sub(item, base)))
                    broken := or(broken, xor(mload(add(item, 0x40)), 0xa0))
                    broken := or(broken, xor(mload(add(item, 0x60)), 0xc0))
                    broken := or(broken, or(mload(add(item, 0xa0)), mload(add(item, 0xc0))))
                    // Ascending: no listed PCR is at or above this one.
                    let index := mload(item)
                    broken := or(broken, or(gt(index, 23), shr(index, listed)))
                    listed := or(listed, shl(index, 1))
                    let isMeasured := mload(add(item, 0x80))
                    broken := or(broken, gt(isMeasured, 1))
                    measured := or(measured, shl(index, isMeasured))
                    let pcr := mload(add(item, 0x20))
                    mstore(value, pcr)
                    value := add(value, 0x20)
                    mstore(add(item, 0x20), isMeasured)
                    mstore(add(item, 0x40), mul(isMeasured, pcr))
                    mstore(add(item, 0x60), 0xa0)
                    mstore(add(item, 0x80), 0xc0)
                }
                isPlain := iszero(broken)
            }
        }
    }

    /// @notice sha256 of all values.
    function digest(uint256 count) internal view returns (bytes32) {
        return SHA256.ofMemory(_values(count), count << 5);
    }

    /// @notice sha256 of the values of the PCRs measured. Only the values are left afterwards.
    function digestMeasured(uint256 count) internal view returns (bytes32) {
        uint256 from = _values(count);
        uint256 length;
        assembly ("memory-safe") {
            let item := add(mload(0x40), add(0x40, shl(5, count)))
            for {} lt(item, from) {
                item := add(item, 0xe0)
            } {
                // A value that is not measured is written over by the next.
                mstore(add(from, length), mload(add(item, 0x40)))
                length := add(length, shl(5, mload(add(item, 0x20))))
            }
        }
        return SHA256.ofMemory(from, length);
    }

    /// @notice keccak256 of abi.encode of (uint8 index, uint8 mode, bytes32 value, uint256[] eventIndices, bytes32[]
    /// eventDigests)[].
    function hashMeasured(uint256 count) internal pure returns (bytes32 value) {
        assembly ("memory-safe") {
            let text := mload(0x40)
            mstore(text, 0x20)
            mstore(add(text, 0x20), count)
            value := keccak256(text, add(0x40, shl(8, count)))
        }
    }

    /// @notice keccak256 of abi.encode of (uint256 index, bool measurePcr, uint256[] measureEventsIdx)[].
    function hashSelected(uint256 count) internal pure returns (bytes32 value) {
        uint256 from = _values(count);
        assembly ("memory-safe") {
            let text := add(from, shl(5, count))
            let head := add(text, 0x40)
            let next := add(head, shl(5, count))
            let offset := shl(5, count)
            for {
                let item := sub(from, mul(count, 0xe0))
            } lt(item, from) {
                item := add(item, 0xe0)
            } {
                mstore(head, offset)
                head := add(head, 0x20)
                offset := add(offset, 0x80)
                // Index and mode, which is the flag here.
                mcopy(next, item, 0x40)
                mstore(add(next, 0x40), 0x60)
                mstore(add(next, 0x60), 0)
                next := add(next, 0x80)
            }
            mstore(text, 0x20)
            mstore(add(text, 0x20), count)
            value := keccak256(text, sub(next, text))
        }
    }

    function _values(uint256 count) private pure returns (uint256 from) {
        assembly ("memory-safe") {
            from := add(mload(0x40), add(0x40, shl(8, count)))
        }
    }
}
