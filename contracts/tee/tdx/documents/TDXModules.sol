// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// JSON literals are full of double quotes.
/* solhint-disable quotes */

import {JSONCursor, JSONText} from "./JSONCursor.sol";
import {TCBLevel} from "./TCBLevel.sol";

/// @title TDX modules of a TCB info
/// @notice `tdxModule` and `tdxModuleIdentities`, written as TCBInfo describes its blob.
library TDXModules {
    uint256 private constant MOST_IDENTITIES = 16;
    uint256 private constant MOST_LEVELS = 32;
    // Flags of a module.
    uint256 private constant HAS_SIGNER = 1;
    uint256 private constant HAS_ATTRIBUTES = 2;

    bytes32 private constant ZEROS = "00000000000000000000000000000000";

    /// @notice The object `tdxModule`: module 0, without levels.
    function readModule(
        JSONText text,
        uint256 here,
        uint256 out
    ) internal pure returns (uint256 next, uint256 outNext) {
        here = text.expect(here, '{"mrsigner":"', 13);
        (here, outNext) = _readMembers(text, here, out, 0);
        next = text.expect(here, "}", 1);
        assembly ("memory-safe") {
            mstore8(outNext, 0)
            outNext := add(outNext, 1)
        }
    }

    /// @notice The list `tdxModuleIdentities`.
    /// @return next address behind it
    /// @return outNext end of what was written
    /// @return advisoriesNext end of the advisories written
    /// @return count modules by now, the one before the list included
    /// @return unordered index of the first level not below the one before it, plus one
    function readIdentities(
        JSONText text,
        uint256 here,
        uint256 out,
        uint256 advisories
    )
        internal
        pure
        returns (uint256 next, uint256 outNext, uint256 advisoriesNext, uint256 count, uint256 unordered)
    {
        unchecked {
            // Bit 0: no identity is of version 0, which is tdxModule.
            uint256 seen = 1;
            here = text.expect(here, "[", 1);
            count = 1;
            bool isMore = true;
            while (isMore) {
                if (++count > MOST_IDENTITIES + 1) text.refuse(here);
                here = text.expect(here, '{"id":"TDX_', 11);
                uint256 id = text.readHex(here, 2);
                if ((seen >> id) & 1 != 0) text.refuse(here);
                seen |= 1 << id;
                here = text.expect(here + 2, '","mrsigner":"', 14);
                (here, out) = _readMembers(text, here, out, id);
                here = text.expect(here, ',"tcbLevels":[', 14);
                uint256 found;
                (here, out, advisories, found) = _readLevels(text, here, out, advisories);
                if (unordered == 0) unordered = found;
                here = text.expect(here, "}", 1);
                isMore = TCBLevel.hasNext(text, here);
                ++here;
            }
            return (here, out, advisories, count, unordered);
        }
    }

    /// @dev mrsigner from its first digit, attributes and mask; writes id, flags and, when it is not zero, mrsigner.
    function _readMembers(
        JSONText text,
        uint256 here,
        uint256 out,
        uint256 id
    ) private pure returns (uint256 next, uint256 outNext) {
        unchecked {
            uint256 flags;
            outNext = out + 2;
            if (!_isZeroSigner(here)) {
                flags = HAS_SIGNER;
                uint256 head = text.readLongHex(here, 64);
                uint256 tail = text.readHex(here + 64, 32);
                assembly ("memory-safe") {
                    mstore(outNext, head)
                    mstore(add(outNext, 0x20), shl(128, tail))
                }
                outNext += 48;
            }
            here = text.expect(here + 96, '","attributes":"', 16);
            // A quote's attributes must be zero, so no quote matches others; what is masked of them is no matter.
            if (text.readHex(here, 16) != 0) flags |= HAS_ATTRIBUTES;
            here = text.expect(here + 16, '","attributesMask":"', 20);
            text.readHex(here, 16);
            next = text.expect(here + 16, '"', 1);
            assembly ("memory-safe") {
                mstore8(out, id)
                mstore8(add(out, 1), flags)
            }
        }
    }

    function _isZeroSigner(uint256 here) private pure returns (bool) {
        unchecked {
            return
                bytes32(JSONCursor.load(here)) == ZEROS &&
                bytes32(JSONCursor.load(here + 32)) == ZEROS &&
                bytes32(JSONCursor.load(here + 64)) == ZEROS;
        }
    }

    function _readLevels(
        JSONText text,
        uint256 here,
        uint256 out,
        uint256 advisories
    ) private pure returns (uint256 next, uint256 outNext, uint256 advisoriesNext, uint256 unordered) {
        unchecked {
            uint256 countAt = out++;
            uint256 count;
            uint256 last;
            bool isMore = true;
            while (isMore) {
                if (++count > MOST_LEVELS) text.refuse(here);
                uint256 svn;
                uint256 status;
                (svn, status, here, advisories) = TCBLevel.readSvnLevel(
                    text,
                    here,
                    type(uint8).max,
                    advisories
                );
                if (count > 1 && svn >= last && unordered == 0) unordered = count;
                last = svn;
                assembly ("memory-safe") {
                    mstore8(out, svn)
                    mstore8(add(out, 1), status)
                }
                out += 2;
                isMore = TCBLevel.hasNext(text, here);
                ++here;
            }
            assembly ("memory-safe") {
                mstore8(countAt, count)
            }
            return (here, out, advisories, unordered);
        }
    }
}
