// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITPMErrors} from "../interfaces/ITPMErrors.sol";
import {QuoteClaims} from "../types/Claims.sol";
import {MeasureablePcr} from "../types/Evidence.sol";

/// @title Plain twin of PCRBank: the same rules in high-level Solidity, for tests
/// @notice Checks the list against the quote and condenses it (protocol §5, §7, §13).
library PlainPCRBank {
    /// @dev Element of selectionHash, protocol §13.
    struct Selected {
        uint256 index;
        bool measurePcr;
        uint256[] measureEventsIdx;
    }

    /// @dev Element of pcrMeasurement, protocol §13.
    struct Measured {
        uint8 index;
        uint8 mode;
        bytes32 value;
        uint256[] eventIndices;
        bytes32[] eventDigests;
    }

    uint8 private constant BY_VALUE = 1;
    uint8 private constant BY_EVENTS = 2;

    // TPM2_PolicyPCR (TPM 2.0 Part 3 §23.7): command code, then TPML_PCR_SELECTION of one SHA-256 bank, three bytes.
    bytes4 private constant POLICY_PCR = 0x0000017f;
    bytes7 private constant ONE_SHA256_BANK = 0x00000001000b03;

    /// @notice Every rule of the list in list order, then the quoted bitmap, then the quoted digest.
    function requireQuoted(MeasureablePcr[] calldata pcrs, uint24 selection, bytes32 digest) internal pure {
        uint24 listed;
        bytes memory values = new bytes(32 * pcrs.length);
        for (uint256 i = 0; i < pcrs.length; ++i) {
            MeasureablePcr calldata pcr = pcrs[i];
            if (pcr.index > 23) revert ITPMErrors.PCRIndexOutOfRange(pcr.index);
            // Ascending: no listed PCR is at or above this one.
            if (listed >> pcr.index != 0) revert ITPMErrors.PCROrder(pcr.index);
            listed |= uint24(1 << pcr.index);
            if (pcr.measurePcr && pcr.measureEventsIdx.length != 0)
                revert ITPMErrors.PCRModeConflict(pcr.index);
            _requireEvents(pcr);
            _put(values, i, pcr.pcr);
        }
        if (listed != selection) revert ITPMErrors.PCRSelectionMismatch(selection, listed);
        // The digest is made with the hash of the signing scheme (TPM 2.0 Part 3, TPM2_Quote), which is SHA-256 here.
        bytes32 computed = sha256(values);
        if (computed != digest) revert ITPMErrors.PCRDigestMismatch(computed, digest);
    }

    /// @notice Fills in what the list says beyond the quote.
    function condense(QuoteClaims memory claims, MeasureablePcr[] calldata pcrs) internal pure {
        Selected[] memory selected = new Selected[](pcrs.length);
        Measured[] memory measured = new Measured[](pcrs.length);
        bytes memory values = new bytes(32 * pcrs.length);
        uint256 count;
        uint24 policySelection;
        for (uint256 i = 0; i < pcrs.length; ++i) {
            MeasureablePcr calldata pcr = pcrs[i];
            selected[i] = Selected(pcr.index, pcr.measurePcr, pcr.measureEventsIdx);
            measured[i] = _measure(pcr);
            if (measured[i].mode == 0) continue;
            policySelection |= uint24(1 << pcr.index);
            if (pcr.measurePcr) claims.measuredPcrs |= uint24(1 << pcr.index);
            _put(values, count++, pcr.pcr);
        }
        claims.selectionHash = keccak256(abi.encode(selected));
        claims.pcrMeasurement = keccak256(abi.encode(measured));
        assembly ("memory-safe") {
            mstore(values, shl(5, count))
        }
        claims.policyDigest = _policyDigest(policySelection, sha256(values));
    }

    function _measure(MeasureablePcr calldata pcr) private pure returns (Measured memory measured) {
        uint256 count = pcr.measureEventsIdx.length;
        measured.index = uint8(pcr.index);
        if (pcr.measurePcr) {
            measured.mode = BY_VALUE;
            measured.value = pcr.pcr;
        } else if (count != 0) {
            measured.mode = BY_EVENTS;
            measured.eventIndices = pcr.measureEventsIdx;
            measured.eventDigests = new bytes32[](count);
            for (uint256 i = 0; i < count; ++i)
                measured.eventDigests[i] = pcr.allEvents[pcr.measureEventsIdx[i]];
        }
    }

    /// @dev sha256(0³² ‖ command code ‖ TPML_PCR_SELECTION ‖ sha256(values)); PCR i is bit i % 8 of byte i / 8.
    function _policyDigest(uint24 selection, bytes32 values) private pure returns (bytes32) {
        bytes3 bitmap = bytes3(((selection & 0xff) << 16) | (selection & 0xff00) | (selection >> 16));
        return sha256(abi.encodePacked(bytes32(0), POLICY_PCR, ONE_SHA256_BANK, bitmap, values));
    }

    function _requireEvents(MeasureablePcr calldata pcr) private pure {
        uint256 total = pcr.allEvents.length;
        uint256 least;
        for (uint256 i = 0; i < pcr.measureEventsIdx.length; ++i) {
            uint256 position = pcr.measureEventsIdx[i];
            if (position < least || position >= total) revert ITPMErrors.PCREventIndex(pcr.index);
            least = position + 1;
        }
        if (total == 0) return;
        bytes32 value;
        for (uint256 i = 0; i < total; ++i) value = sha256(abi.encodePacked(value, pcr.allEvents[i]));
        if (value != pcr.pcr) revert ITPMErrors.PCREventReplay(pcr.index, value, pcr.pcr);
    }

    function _put(bytes memory values, uint256 position, bytes32 value) private pure {
        assembly ("memory-safe") {
            mstore(add(add(values, 0x20), shl(5, position)), value)
        }
    }
}
