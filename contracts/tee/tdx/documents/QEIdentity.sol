// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// JSON literals are full of double quotes.
/* solhint-disable quotes */

import {ITDXErrors} from "../../../interfaces/ITDXErrors.sol";
import {JSONCursor, JSONText} from "./JSONCursor.sol";
import {TCBLevel} from "./TCBLevel.sol";

/// @notice What is kept of a QE identity.
/// @param blob what a QE report is judged by
/// @param levels level i at bit 24·i: isvsvn u16 << 8 | status; an unused place is 0, which no status is
struct QEIdentityFields {
    uint256 number;
    uint256 issueDate;
    uint256 nextUpdate;
    bytes blob;
    uint256 levels;
}

/// @title Identity of the TD quoting enclave, version 2, as Intel's provisioning service signs it
/// @notice Exactly the compact JSON Intel sends, in Intel's order; whether it is genuine and in date is the caller's.
/// @dev Intel PCS v4, `/tdx/certification/v4/qe/identity`. `blob`:
/// | at | bytes | |
/// |---|---|---|
/// | 0 | 32 | content hash, which published DCAP proof journals name |
/// | 32 | 32 | mrsigner |
/// | 64 | 16 | attributes |
/// | 80 | 16 | attributesMask |
/// | 96 | 4 | miscselect, as it stands in memory |
/// | 100 | 4 | miscselectMask |
/// | 104 | 2 | isvprodid, big-endian |
/// | 106 | | advisories of each level: count, then that many numbers of two bytes |
library QEIdentity {
    uint256 private constant MOST_LEVELS = 8;
    uint256 private constant HEAD = 106;

    struct Reading {
        uint256 miscSelects;
        uint256 attributes;
        uint256 mrSigner;
        uint256 product;
        uint256 levels;
        uint256 levelsEnd;
        uint256 unordered;
    }

    /// @notice Refuses with TDXQEIdentityMalformed, TDXQEIdentityUnsupported or TDXQEIdentityUnordered.
    function parse(bytes calldata json) internal pure returns (QEIdentityFields memory fields) {
        (JSONText text, uint256 here, uint256 end) = JSONCursor.open(
            json,
            ITDXErrors.TDXQEIdentityMalformed.selector
        );
        Reading memory reading;
        // An advisory takes 17 characters for two bytes, a level 60 for its count; the last store runs over.
        fields.blob = new bytes(HEAD + json.length / 8 + 32);
        here = _readHead(fields, text, here);
        here = _readEnclave(reading, text, here);
        here = _readLevels(fields, reading, text, here);
        here = text.expect(here, "}", 1);
        if (here != end) text.refuse(here);
        if (reading.unordered != 0) revert ITDXErrors.TDXQEIdentityUnordered(reading.unordered - 1);
        _close(fields, reading);
    }

    function _readHead(
        QEIdentityFields memory fields,
        JSONText text,
        uint256 here
    ) private pure returns (uint256) {
        here = _requireKind(text, here);
        here = text.expect(here, ',"issueDate":"', 14);
        fields.issueDate = text.readDate(here);
        here = text.expect(here + JSONCursor.DATE, '","nextUpdate":"', 16);
        fields.nextUpdate = text.readDate(here);
        here = text.expect(here + JSONCursor.DATE, '","tcbEvaluationDataNumber":', 28);
        (fields.number, here) = text.readNumber(here, type(uint16).max);
        return here;
    }

    /// @dev `{"id":"TD_QE","version":2`; what is no such member at all is malformed.
    function _requireKind(JSONText text, uint256 here) private pure returns (uint256) {
        uint256 id = text.expect(here, '{"id":"', 7);
        here = text.skipString(id);
        bool isTdQe = bytes6(bytes32(JSONCursor.load(id))) == 'TD_QE"';
        uint256 version;
        (version, here) = text.readNumber(text.expect(here, ',"version":', 11), type(uint16).max);
        if (!isTdQe || version != 2) revert ITDXErrors.TDXQEIdentityUnsupported();
        return here;
    }

    function _readEnclave(
        Reading memory reading,
        JSONText text,
        uint256 here
    ) private pure returns (uint256) {
        unchecked {
            here = text.expect(here, ',"miscselect":"', 15);
            reading.miscSelects = text.readHex(here, 8) << 32;
            here = text.expect(here + 8, '","miscselectMask":"', 20);
            reading.miscSelects |= text.readHex(here, 8);
            here = text.expect(here + 8, '","attributes":"', 16);
            reading.attributes = text.readHex(here, 32) << 128;
            here = text.expect(here + 32, '","attributesMask":"', 20);
            reading.attributes |= text.readHex(here, 32);
            here = text.expect(here + 32, '","mrsigner":"', 14);
            reading.mrSigner = text.readLongHex(here, 64);
            here = text.expect(here + 64, '","isvprodid":', 14);
            (reading.product, here) = text.readNumber(here, type(uint16).max);
            return here;
        }
    }

    function _readLevels(
        QEIdentityFields memory fields,
        Reading memory reading,
        JSONText text,
        uint256 here
    ) private pure returns (uint256) {
        unchecked {
            here = text.expect(here, ',"tcbLevels":', 13);
            reading.levels = here;
            here = text.expect(here, "[", 1);
            bytes memory blob = fields.blob;
            uint256 out;
            assembly ("memory-safe") {
                out := add(add(blob, 0x20), HEAD)
            }
            uint256 count;
            uint256 last;
            bool isMore = true;
            while (isMore) {
                if (++count > MOST_LEVELS) text.refuse(here);
                uint256 svn;
                uint256 status;
                (svn, status, here, out) = TCBLevel.readSvnLevel(text, here, type(uint16).max, out);
                if (count > 1 && svn >= last && reading.unordered == 0) reading.unordered = count;
                last = svn;
                fields.levels |= ((svn << 8) | status) << (24 * (count - 1));
                isMore = TCBLevel.hasNext(text, here);
                ++here;
            }
            reading.levelsEnd = here;
            assembly ("memory-safe") {
                mstore(blob, sub(out, add(blob, 0x20)))
            }
            return here;
        }
    }

    /// @dev Fills in the head of the blob. The content hash is keccak256 of id (TD_QE 2), version u32, number u32,
    /// miscselect, its mask, attributes, their mask, mrsigner, isvprodid u16 and the text of the value of tcbLevels,
    /// big-endian: Automata's DCAP guest, recomputed on a real journal.
    function _close(QEIdentityFields memory fields, Reading memory reading) private pure {
        bytes memory blob = fields.blob;
        uint256 kind = (2 << 64) | (2 << 32) | fields.number;
        (uint256 misc, uint256 attributes) = (reading.miscSelects, reading.attributes);
        (uint256 mrSigner, uint256 product) = (reading.mrSigner, reading.product);
        (uint256 levels, uint256 levelsEnd) = (reading.levels, reading.levelsEnd);
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, shl(184, kind))
            mstore(add(free, 9), shl(192, misc))
            mstore(add(free, 17), attributes)
            mstore(add(free, 49), mrSigner)
            mstore(add(free, 81), shl(240, product))
            let length := sub(levelsEnd, levels)
            mcopy(add(free, 83), levels, length)

            mstore(add(blob, 0x20), keccak256(free, add(83, length)))
            mstore(add(blob, 0x40), mrSigner)
            mstore(add(blob, 0x60), attributes)
            // Ten bytes, with advisories behind them.
            let last := add(blob, 0x80)
            let rest := and(mload(last), sub(shl(176, 1), 1))
            mstore(last, or(or(shl(192, misc), shl(176, product)), rest))
        }
    }
}
