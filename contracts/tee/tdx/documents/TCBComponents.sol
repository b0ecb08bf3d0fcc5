// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// JSON literals are full of double quotes.
/* solhint-disable quotes */

import {JSONCursor, JSONText} from "./JSONCursor.sol";

/// @title The sixteen SVNs of a TCB level
/// @notice `{"svn":n[,"category":"…"][,"type":"…"]}` sixteen times. Two thirds of a TCB info are this list.
library TCBComponents {
    uint256 private constant COUNT = 16;
    // `{"svn":`
    uint256 private constant SVN = 0x7b2273766e223a;
    // Three components of SVN 0, which is what most lists end in.
    uint256 private constant ZEROS = uint256(uint240(bytes30('{"svn":0},{"svn":0},{"svn":0},')));

    /// @notice One byte each, the first on top, and what stands behind the `]`.
    function read(JSONText text, uint256 here) internal pure returns (uint256 packed, uint256 next) {
        unchecked {
            uint256 i = 0;
            while (i < COUNT) {
                uint256 word = JSONCursor.load(here);
                // The comma of the last one is not the list's end, so this never reads the sixteenth.
                if (word >> 16 == ZEROS && i < COUNT - 3) {
                    packed <<= 24;
                    here += 30;
                    i += 3;
                    continue;
                }
                if (word >> 200 != SVN) text.refuse(here);
                uint256 svn = ((word >> 192) & 0xff) - 0x30;
                here += 8;
                // `}` behind one digit
                if ((word >> 184) & 0xff != 0x7d || svn > 9) (svn, here) = _readMembers(text, here - 1);
                packed = (packed << 8) | svn;
                ++i;
                // `},` or `}]`
                if (JSONCursor.load(here) >> 240 != (i == COUNT ? 0x7d5d : 0x7d2c)) text.refuse(here);
                here += 2;
            }
            return (packed, here);
        }
    }

    /// @dev SVN and strings of a component up to its `}`.
    function _readMembers(JSONText text, uint256 here) private pure returns (uint256 svn, uint256 next) {
        unchecked {
            (svn, here) = text.readNumber(here, type(uint8).max);
            bytes32 word = bytes32(JSONCursor.load(here));
            if (bytes13(word) == ',"category":"') {
                here = text.skipString(here + 13);
                word = bytes32(JSONCursor.load(here));
            }
            if (bytes9(word) == ',"type":"') here = text.skipString(here + 9);
            return (svn, here);
        }
    }
}
