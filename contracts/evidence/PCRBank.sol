// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SHA256} from "../crypto/SHA256.sol";
import {ITPMErrors} from "../interfaces/ITPMErrors.sol";
import {QuoteClaims} from "../types/Claims.sol";
import {MeasureablePcr} from "../types/Evidence.sol";
import {PCRValues} from "./PCRValues.sol";

/// @title The quoted PCRs of a SHA-256 bank
/// @notice Checks the list against the quote and condenses it (protocol §5, §7, §13).
/// @dev Works on calldata addresses, and builds what is hashed in free memory, which is left as it was found: nothing
/// here allocates. Reading the list by Solidity's own accessors and `abi.encode` costs five times as much;
/// `PlainPCRBank` does it that way, and tests hold this against it. Unchecked: every sum is of an address and lengths
/// below 2^32.
library PCRBank {
    // TPM2_PolicyPCR (TPM 2.0 Part 3 §23.7): command code, then TPML_PCR_SELECTION of one SHA-256 bank, three bytes.
    uint256 private constant POLICY_PCR = 0x0000017f00000001000b03;

    /// @dev Four bitmaps that one pass over the list leaves, of 32 bits each from the lowest: PCRs listed, PCRs of mode 1,
    /// PCRs of mode 1 or 2, and positions of entries with events or marks.
    uint256 private constant MAP = 0xffffffff;

    /// @notice Every rule of the list in list order, then the quoted bitmap, then the quoted digest. Fills in what the
    /// list says beyond the quote.
    /// @param selection bit i is set when PCR i is quoted
    /// @param digest sha256 of the quoted values
    function judge(
        QuoteClaims memory claims,
        MeasureablePcr[] calldata pcrs,
        uint24 selection,
        bytes32 digest
    ) internal view {
        (bool isPlain, uint256 listed, uint256 measured) = PCRValues.read(pcrs);
        if (!isPlain) return _judgeAny(claims, pcrs, selection, digest);
        _requireSelection(listed, selection);
        _requireSame(PCRValues.digest(pcrs.length), digest);
        claims.selectionHash = PCRValues.hashSelected(pcrs.length);
        claims.pcrMeasurement = PCRValues.hashMeasured(pcrs.length);
        claims.measuredPcrs = uint24(measured);
        bytes32 values = measured == listed ? digest : PCRValues.digestMeasured(pcrs.length);
        claims.policyDigest = _policyDigest(measured, values);
    }

    function _judgeAny(
        QuoteClaims memory claims,
        MeasureablePcr[] calldata pcrs,
        uint24 selection,
        bytes32 digest
    ) private view {
        (uint256 maps, uint256 brokenAt) = _readRules(pcrs);
        for (uint256 i = 0; maps >> (96 + i) != 0; ++i)
            if ((maps >> (96 + i)) & 1 != 0) _requireEvents(pcrs[i]);
        if (brokenAt != pcrs.length) _refuse(pcrs[brokenAt], maps & MAP);
        _requireSelection(maps & MAP, selection);
        _requireDigest(pcrs, digest);
        claims.selectionHash = _hashSelected(pcrs);
        claims.pcrMeasurement = _hashMeasured(pcrs);
        claims.measuredPcrs = uint24((maps >> 32) & MAP);
        uint256 chosen = (maps >> 64) & MAP;
        claims.policyDigest = _policyDigest(chosen, _digestChosen(pcrs, chosen));
    }

    /// @notice The quoted digest is that of these values.
    function requireValues(bytes32[] calldata values, bytes32 digest) internal view {
        uint256 copy;
        assembly ("memory-safe") {
            copy := mload(0x40)
            calldatacopy(copy, values.offset, shl(5, values.length))
        }
        _requireSame(SHA256.ofMemory(copy, values.length << 5), digest);
    }

    /// @dev The digest is made with the hash of the signing scheme (TPM 2.0 Part 3, TPM2_Quote), which is SHA-256 here.
    function _requireDigest(MeasureablePcr[] calldata pcrs, bytes32 digest) private view {
        uint256 values;
        assembly ("memory-safe") {
            values := mload(0x40)
            let base := pcrs.offset
            let end := shl(5, pcrs.length)
            for {
                let i := 0
            } lt(i, end) {
                i := add(i, 0x20)
            } {
                let item := add(base, calldataload(add(base, i)))
                mstore(add(values, i), calldataload(add(item, 0x20)))
            }
        }
        _requireSame(SHA256.ofMemory(values, pcrs.length << 5), digest);
    }

    function _requireSelection(uint256 listed, uint24 selection) private pure {
        if (listed != selection) revert ITPMErrors.PCRSelectionMismatch(selection, uint24(listed));
    }

    function _requireSame(bytes32 computed, bytes32 digest) private pure {
        if (computed != digest) revert ITPMErrors.PCRDigestMismatch(computed, digest);
    }

    /// @dev Reads entry by entry what every one has, and stops at the first that breaks a rule. Entries with events or
    /// marks are only noted. Offsets and lengths of 32 bits, and lists that end within calldata, as an ABI decoder asks.
    /// @return maps see above, of the entries before `brokenAt`
    /// @return brokenAt position of the first entry that breaks a rule of its own, or the length of the list
    function _readRules(
        MeasureablePcr[] calldata pcrs
    ) private pure returns (uint256 maps, uint256 brokenAt) {
        assembly ("memory-safe") {
            let base := pcrs.offset
            let count := pcrs.length
            for {} lt(brokenAt, count) {
                brokenAt := add(brokenAt, 1)
            } {
                let wide := calldataload(add(base, shl(5, brokenAt)))
                let item := add(base, wide)
                let broken := gt(add(item, 0xa0), calldatasize())
                let offset := calldataload(add(item, 0x60))
                let marked := calldataload(add(item, offset))
                wide := or(wide, or(offset, marked))
                broken := or(broken, gt(add(add(item, offset), add(0x20, shl(5, marked))), calldatasize()))
                offset := calldataload(add(item, 0x40))
                let total := calldataload(add(item, offset))
                wide := or(wide, or(offset, total))
                broken := or(broken, gt(add(add(item, offset), add(0x20, shl(5, total))), calldatasize()))
                let isMeasured := calldataload(add(item, 0x80))
                let index := calldataload(item)
                // Ascending: no listed PCR is at or above this one.
                broken := or(broken, or(gt(index, 23), shr(index, and(maps, MAP))))
                broken := or(broken, or(gt(isMeasured, 1), and(isMeasured, gt(marked, 0))))
                if or(broken, shr(32, wide)) {
                    break
                }
                // Mode 1 sets three bits, mode 2 the first and the third.
                maps := or(maps, shl(index, add(1, mul(isMeasured, shl(32, 1)))))
                maps := or(maps, shl(add(index, 64), or(isMeasured, gt(marked, 0))))
                if or(total, marked) {
                    maps := or(maps, shl(add(brokenAt, 96), 1))
                }
            }
        }
    }

    /// @dev keccak256 of abi.encode of (uint256 index, bool measurePcr, uint256[] measureEventsIdx)[].
    function _hashSelected(MeasureablePcr[] calldata pcrs) private pure returns (bytes32 value) {
        assembly ("memory-safe") {
            let base := pcrs.offset
            let end := shl(5, pcrs.length)
            let heads := add(mload(0x40), 0x40)
            let next := add(heads, end)
            for {
                let i := 0
            } lt(i, end) {
                i := add(i, 0x20)
            } {
                mstore(add(heads, i), sub(next, heads))
                let item := add(base, calldataload(add(base, i)))
                mstore(next, calldataload(item))
                mstore(add(next, 0x20), calldataload(add(item, 0x80)))
                mstore(add(next, 0x40), 0x60)
                item := add(item, calldataload(add(item, 0x60)))
                let size := add(shl(5, calldataload(item)), 0x20)
                calldatacopy(add(next, 0x60), item, size)
                next := add(add(next, 0x60), size)
            }
            mstore(sub(heads, 0x40), 0x20)
            mstore(sub(heads, 0x20), pcrs.length)
            value := keccak256(sub(heads, 0x40), sub(add(next, 0x40), heads))
        }
    }

    /// @dev keccak256 of abi.encode of (uint8 index, uint8 mode, bytes32 value, uint256[] eventIndices, bytes32[]
    /// eventDigests)[]. Mode 1: by value; 2: by the events marked; 0: quoted, not measured.
    function _hashMeasured(MeasureablePcr[] calldata pcrs) private pure returns (bytes32 value) {
        assembly ("memory-safe") {
            let base := pcrs.offset
            let end := shl(5, pcrs.length)
            let heads := add(mload(0x40), 0x40)
            let next := add(heads, end)
            for {
                let i := 0
            } lt(i, end) {
                i := add(i, 0x20)
            } {
                mstore(add(heads, i), sub(next, heads))
                let item := add(base, calldataload(add(base, i)))
                let isMeasured := calldataload(add(item, 0x80))
                mstore(next, calldataload(item))
                mstore(add(next, 0x20), isMeasured)
                mstore(add(next, 0x40), mul(isMeasured, calldataload(add(item, 0x20))))
                mstore(add(next, 0x60), 0xa0)
                let marks := add(item, calldataload(add(item, 0x60)))
                let size := shl(5, calldataload(marks))
                mstore(add(next, 0x80), add(0xc0, size))
                calldatacopy(add(next, 0xa0), marks, add(size, 0x20))
                let digests := add(add(next, 0xc0), size)
                if size {
                    mstore(add(next, 0x20), 2)
                    let events := add(item, add(calldataload(add(item, 0x40)), 0x20))
                    for {
                        let k := 0x20
                    } iszero(gt(k, size)) {
                        k := add(k, 0x20)
                    } {
                        let mark := calldataload(add(marks, k))
                        mstore(add(digests, k), calldataload(add(events, shl(5, mark))))
                    }
                }
                mstore(digests, shr(5, size))
                next := add(digests, add(size, 0x20))
            }
            mstore(sub(heads, 0x40), 0x20)
            mstore(sub(heads, 0x20), pcrs.length)
            value := keccak256(sub(heads, 0x40), sub(add(next, 0x40), heads))
        }
    }

    /// @dev sha256 of the values of the PCRs chosen.
    function _digestChosen(MeasureablePcr[] calldata pcrs, uint256 chosen) private view returns (bytes32) {
        uint256 text;
        uint256 end;
        assembly ("memory-safe") {
            text := mload(0x40)
            end := text
            let base := pcrs.offset
            let count := pcrs.length
            for {
                let i := 0
            } lt(i, count) {
                i := add(i, 1)
            } {
                let item := add(base, calldataload(add(base, shl(5, i))))
                mstore(end, calldataload(add(item, 0x20)))
                end := add(end, shl(5, and(shr(calldataload(item), chosen), 1)))
            }
        }
        return SHA256.ofMemory(text, end - text);
    }

    /// @dev sha256(0³² ‖ command code ‖ TPML_PCR_SELECTION ‖ sha256(values of the PCRs selected)); PCR i is bit i % 8 of
    /// byte i / 8.
    function _policyDigest(uint256 selection, bytes32 values) private view returns (bytes32) {
        selection = ((selection & 0xff) << 16) | (selection & 0xff00) | (selection >> 16);
        uint256 text;
        assembly ("memory-safe") {
            text := mload(0x40)
            mstore(text, 0)
            // 11 bytes, 3 of the bitmap, then the digest.
            mstore(add(text, 0x20), or(shl(168, POLICY_PCR), shl(144, selection)))
            mstore(add(text, 0x2e), values)
        }
        return SHA256.ofMemory(text, 0x4e);
    }

    /// @dev Names the rule that an entry breaks.
    /// @param listed the PCRs before it
    function _refuse(MeasureablePcr calldata pcr, uint256 listed) private pure {
        if (pcr.index > 23) revert ITPMErrors.PCRIndexOutOfRange(pcr.index);
        if (listed >> pcr.index != 0) revert ITPMErrors.PCROrder(pcr.index);
        if (pcr.measurePcr && pcr.measureEventsIdx.length != 0) revert ITPMErrors.PCRModeConflict(pcr.index);
        // The encoding is broken: as the ABI decoder ends.
        assembly ("memory-safe") {
            revert(0, 0)
        }
    }

    /// @dev Of an entry with events or marks. Positions ascend and are of events that are there, so there are some, and
    /// they replay to the value.
    function _requireEvents(MeasureablePcr calldata pcr) private view {
        bytes32[] calldata events = pcr.allEvents;
        uint256[] calldata marks = pcr.measureEventsIdx;
        uint256 least;
        for (uint256 k = 0; k < marks.length; ++k) {
            uint256 position = marks[k];
            if (position < least || position >= events.length) revert ITPMErrors.PCREventIndex(pcr.index);
            least = position + 1;
        }
        bytes32 value = _replay(events);
        if (value != pcr.pcr) revert ITPMErrors.PCREventReplay(pcr.index, value, pcr.pcr);
    }

    /// @dev PCR := sha256(PCR ‖ digest) from zero, in scratch space.
    function _replay(bytes32[] calldata events) private view returns (bytes32 value) {
        assembly ("memory-safe") {
            let from := events.offset
            let end := add(from, shl(5, events.length))
            mstore(0x00, 0)
            for {} lt(from, end) {
                from := add(from, 0x20)
            } {
                mstore(0x20, calldataload(from))
                if iszero(staticcall(gas(), 0x02, 0x00, 0x40, 0x00, 0x20)) {
                    revert(0, 0)
                }
            }
            value := mload(0x00)
        }
    }
}
