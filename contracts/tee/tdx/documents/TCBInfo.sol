// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// JSON literals are full of double quotes.
/* solhint-disable quotes */

import {ITDXErrors} from "../../../interfaces/ITDXErrors.sol";
import {JSONCursor, JSONText} from "./JSONCursor.sol";
import {TCBComponents} from "./TCBComponents.sol";
import {TCBLevel} from "./TCBLevel.sol";
import {TDXModules} from "./TDXModules.sol";

/// @notice What is kept of a TCB info.
/// @param blob what a quote is judged by
/// @param advisories of each level, then of each module level: count, then that many numbers of two bytes
struct TCBInfoFields {
    bytes6 fmspc;
    uint256 number;
    uint256 issueDate;
    uint256 nextUpdate;
    bytes blob;
    bytes advisories;
}

/// @title TCB info of TDX, version 3, as Intel's provisioning service signs it
/// @notice Exactly the compact JSON Intel sends, in Intel's order; whether it is genuine and in date is the caller's.
/// @dev Intel PCS v4, `/tdx/certification/v4/tcb`. `blob`:
/// | bytes | |
/// |---|---|
/// | 32 | content hash, which published DCAP proof journals name |
/// | 2 | pceId |
/// | 1 | count of levels, then each: SGX components 16, TDX components 16, pcesvn 2, status 1 |
/// | 1 | count of modules, then each: id (0 = `tdxModule`, the first), flags, [mrsigner 48], count, count × (isvsvn, status) |
library TCBInfo {
    uint256 private constant MOST_LEVELS = 32;
    uint256 private constant HEAD = 34;
    uint256 private constant LEVEL = 35;
    // Head, counts, 17 modules with mrsigner and 16 × 32 levels, 32 levels; a word that the last store runs over.
    uint256 private constant LARGEST_BLOB = HEAD + 1 + 17 * 51 + 16 * 32 * 2 + 1 + MOST_LEVELS * LEVEL + 32;

    /// @dev Where the texts and the output stand while the document is read.
    /// @param unordered index of the first level that is not below the one before it, plus one
    /// @param levelsOut where the levels begin in the output, behind the modules, as the document has them
    struct Reading {
        uint256 pceId;
        uint256 module;
        uint256 moduleEnd;
        uint256 identities;
        uint256 identitiesEnd;
        uint256 levels;
        uint256 levelsEnd;
        uint256 out;
        uint256 unordered;
        bytes moduleAdvisories;
        uint256[] seenSgx;
        uint256[] seenTdx;
        uint256 levelsOut;
    }

    /// @notice Refuses with TDXTCBInfoMalformed, TDXTCBInfoUnsupported or TDXTCBInfoUnordered.
    function parse(bytes calldata json) internal pure returns (TCBInfoFields memory fields) {
        (JSONText text, uint256 here, uint256 end) = JSONCursor.open(
            json,
            ITDXErrors.TDXTCBInfoMalformed.selector
        );
        Reading memory reading;
        fields.blob = new bytes(LARGEST_BLOB);
        // An advisory takes 17 characters for two bytes, a level 60 for its count: an eighth is ample for both.
        reading.moduleAdvisories = new bytes(json.length / 8 + 32);
        fields.advisories = new bytes(json.length / 8 + 32);
        (reading.seenSgx, reading.seenTdx) = (TCBComponents.newMemory(), TCBComponents.newMemory());
        reading.out = _start(fields.blob) + HEAD;
        here = _readHead(fields, reading, text, here);
        here = _readModules(reading, text, here);
        here = _readLevels(fields, reading, text, here);
        here = text.expect(here, "}", 1);
        if (here != end) text.refuse(here);
        if (reading.unordered != 0) revert ITDXErrors.TDXTCBInfoUnordered(reading.unordered - 1);
        _close(fields, reading);
    }

    function _readHead(
        TCBInfoFields memory fields,
        Reading memory reading,
        JSONText text,
        uint256 here
    ) private pure returns (uint256) {
        here = _requireKind(text, here);
        here = text.expect(here, ',"issueDate":"', 14);
        fields.issueDate = text.readDate(here);
        here = text.expect(here + JSONCursor.DATE, '","nextUpdate":"', 16);
        fields.nextUpdate = text.readDate(here);
        here = text.expect(here + JSONCursor.DATE, '","fmspc":"', 11);
        fields.fmspc = bytes6(uint48(text.readHex(here, 12)));
        here = text.expect(here + 12, '","pceId":"', 11);
        reading.pceId = text.readHex(here, 4);
        here = text.expect(here + 4, '","tcbType":', 12);
        uint256 tcbType;
        (tcbType, here) = text.readNumber(here, type(uint16).max);
        if (tcbType != 0) revert ITDXErrors.TDXTCBInfoUnsupported();
        here = text.expect(here, ',"tcbEvaluationDataNumber":', 27);
        (fields.number, here) = text.readNumber(here, type(uint16).max);
        return here;
    }

    /// @dev `{"id":"TDX","version":3`; what is no such member at all is malformed.
    function _requireKind(JSONText text, uint256 here) private pure returns (uint256) {
        uint256 id = text.expect(here, '{"id":"', 7);
        here = text.skipString(id);
        bool isTdx = bytes4(bytes32(JSONCursor.load(id))) == 'TDX"';
        uint256 version;
        (version, here) = text.readNumber(text.expect(here, ',"version":', 11), type(uint16).max);
        if (!isTdx || version != 3) revert ITDXErrors.TDXTCBInfoUnsupported();
        return here;
    }

    /// @dev `"tdxModule":{…}[,"tdxModuleIdentities":[…]]`
    function _readModules(
        Reading memory reading,
        JSONText text,
        uint256 here
    ) private pure returns (uint256) {
        unchecked {
            here = text.expect(here, ',"tdxModule":', 13);
            reading.module = here;
            uint256 countAt = reading.out;
            (here, reading.out) = TDXModules.readModule(text, here, countAt + 1);
            reading.moduleEnd = here;
            uint256 count = 1;
            uint256 advisories = _start(reading.moduleAdvisories);
            // Either this or tcbLevels; what is neither is refused by the reader of the one it resembles.
            if (bytes4(bytes32(JSONCursor.load(here))) == ',"td') {
                here = text.expect(here, ',"tdxModuleIdentities":', 23);
                reading.identities = here;
                (here, reading.out, advisories, count, reading.unordered) = TDXModules.readIdentities(
                    text,
                    here,
                    reading.out,
                    advisories
                );
                reading.identitiesEnd = here;
            }
            _cut(reading.moduleAdvisories, advisories);
            assembly ("memory-safe") {
                mstore8(countAt, count)
            }
            return here;
        }
    }

    function _readLevels(
        TCBInfoFields memory fields,
        Reading memory reading,
        JSONText text,
        uint256 here
    ) private pure returns (uint256) {
        unchecked {
            here = text.expect(here, ',"tcbLevels":', 13);
            reading.levels = here;
            here = text.expect(here, "[", 1);
            uint256 countAt = reading.out;
            reading.levelsOut = countAt;
            uint256 out = countAt + 1;
            uint256 advisories = _start(fields.advisories);
            uint256 count;
            bool isMore = true;
            while (isMore) {
                if (++count > MOST_LEVELS) text.refuse(here);
                (here, advisories) = _readLevel(reading, text, here, out, advisories);
                if (count > 1 && reading.unordered == 0 && !_descends(out)) reading.unordered = count;
                out += LEVEL;
                isMore = TCBLevel.hasNext(text, here);
                ++here;
            }
            assembly ("memory-safe") {
                mstore8(countAt, count)
            }
            reading.levelsEnd = here;
            _cut(fields.blob, out);
            _cut(fields.advisories, advisories);
            return here;
        }
    }

    function _readLevel(
        Reading memory reading,
        JSONText text,
        uint256 here,
        uint256 out,
        uint256 advisories
    ) private pure returns (uint256 next, uint256 advisoriesNext) {
        uint256 sgx;
        uint256 tdx;
        uint256 pceSvn;
        uint256 status;
        here = text.expect(here, '{"tcb":{"sgxtcbcomponents":[', 28);
        (sgx, here) = TCBComponents.read(text, here, reading.seenSgx);
        here = text.expect(here, ',"pcesvn":', 10);
        (pceSvn, here) = text.readNumber(here, type(uint16).max);
        here = text.expect(here, ',"tdxtcbcomponents":[', 21);
        (tdx, here) = TCBComponents.read(text, here, reading.seenTdx);
        (status, next, advisoriesNext) = TCBLevel.readTail(text, here, advisories);
        assembly ("memory-safe") {
            mstore(out, or(shl(128, sgx), tdx))
            mstore(add(out, 0x20), or(shl(240, pceSvn), shl(232, status)))
        }
    }

    /// @dev The level at `out` is below the one before it, by SGX components, then pcesvn, then TDX components.
    function _descends(uint256 out) private pure returns (bool) {
        unchecked {
            uint256 last = JSONCursor.load(out - LEVEL);
            uint256 now_ = JSONCursor.load(out);
            if (last >> 128 != now_ >> 128) return now_ >> 128 < last >> 128;
            uint256 lastSvn = JSONCursor.load(out - LEVEL + 32) >> 240;
            uint256 svn = JSONCursor.load(out + 32) >> 240;
            return svn == lastSvn ? now_ < last : svn < lastSvn;
        }
    }

    /// @dev Puts the levels before the modules: every quote needs them at a fixed place.
    function _putLevelsFirst(bytes memory blob, uint256 levels) private pure {
        assembly ("memory-safe") {
            let free := mload(0x40)
            let modules := add(blob, add(0x20, HEAD))
            let modulesLength := sub(levels, modules)
            let levelsLength := sub(add(add(blob, 0x20), mload(blob)), levels)
            mcopy(free, modules, modulesLength)
            mcopy(modules, levels, levelsLength)
            mcopy(add(modules, levelsLength), free, modulesLength)
        }
    }

    /// @dev Fills in the head of the blob and joins the advisories.
    function _close(TCBInfoFields memory fields, Reading memory reading) private pure {
        bytes memory blob = fields.blob;
        _putLevelsFirst(blob, reading.levelsOut);
        bytes memory advisories = fields.advisories;
        bytes memory ofModules = reading.moduleAdvisories;
        bytes32 hash = _contentHash(fields, reading);
        uint256 pceId = reading.pceId;
        assembly ("memory-safe") {
            mstore(add(blob, 0x20), hash)
            mstore8(add(blob, 0x40), shr(8, pceId))
            mstore8(add(blob, 0x41), pceId)
            // Both lists together take no more than an eighth of the document, which this one was given.
            let length := mload(advisories)
            mcopy(add(add(advisories, 0x20), length), add(ofModules, 0x20), mload(ofModules))
            mstore(advisories, add(length, mload(ofModules)))
        }
    }

    /// @dev keccak256 of tcbType, id (TDX 1), version u32, number u32, fmspc, pceId and the texts of the values of
    /// tcbLevels, tdxModule and tdxModuleIdentities, big-endian: Automata's DCAP guest, recomputed on a real journal.
    function _contentHash(
        TCBInfoFields memory fields,
        Reading memory reading
    ) private pure returns (bytes32 hash) {
        uint256 head =
            (1 << 128) |
                (3 << 96) |
                (fields.number << 64) |
                (uint256(uint48(fields.fmspc)) << 16) |
                reading.pceId;
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, shl(112, head))
            let to := add(free, 18)
            // module, moduleEnd, identities, identitiesEnd, levels, levelsEnd stand from the second word on.
            let from := mload(add(reading, 0xa0))
            let length := sub(mload(add(reading, 0xc0)), from)
            mcopy(to, from, length)
            to := add(to, length)
            from := mload(add(reading, 0x20))
            length := sub(mload(add(reading, 0x40)), from)
            mcopy(to, from, length)
            to := add(to, length)
            from := mload(add(reading, 0x60))
            length := sub(mload(add(reading, 0x80)), from)
            mcopy(to, from, length)
            hash := keccak256(free, sub(add(to, length), free))
        }
    }

    /// @dev Address of the first byte of `data`.
    function _start(bytes memory data) private pure returns (uint256 start) {
        assembly ("memory-safe") {
            start := add(data, 0x20)
        }
    }

    /// @dev Ends `data` at an address.
    function _cut(bytes memory data, uint256 end) private pure {
        assembly ("memory-safe") {
            mstore(data, sub(end, add(data, 0x20)))
        }
    }
}
