// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Base64 and hex, a word at a time
/// @notice 32 characters are classified and packed in parallel, each in its byte of one word.
library Base64 {
    uint256 private constant ONES = 0x0101010101010101010101010101010101010101010101010101010101010101;
    uint256 private constant TOPS = 0x8080808080808080808080808080808080808080808080808080808080808080;

    /// @notice 24 bytes, left-aligned, of 32 characters of the standard alphabet (RFC 4648 §4).
    function decode(uint256 text) internal pure returns (uint256 packed, bool ok) {
        // '+' 0x2b ^ 62 = 0x15, '/' 0x2f ^ 63 = 0x10
        return _decode(text, 0x2b, 0x15, 0x2f, 0x10);
    }

    /// @notice The same of the URL alphabet (RFC 4648 §5).
    function decodeUrl(uint256 text) internal pure returns (uint256 packed, bool ok) {
        // '-' 0x2d ^ 62 = 0x13, '_' 0x5f ^ 63 = 0x60
        return _decode(text, 0x2d, 0x13, 0x5f, 0x60);
    }

    /// @notice 16 bytes, right-aligned, of 32 hex digits of either case.
    function decodeHex(uint256 text) internal pure returns (uint256 packed, bool ok) {
        unchecked {
            uint256 digit = _between(text, 0x30, 0x3a);
            uint256 letter = _between(text | (ONES * 0x20), 0x61, 0x67) & _atLeast(text, 0x41);
            ok = text & TOPS == 0 && (digit | letter) == TOPS;
            uint256 v = (text & (ONES * 0x0f)) + (letter >> 7) * 9;
            v = (v | (v >> 4)) & 0x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff;
            v = (v | (v >> 8)) & 0x0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff;
            v = (v | (v >> 16)) & 0x00000000ffffffff00000000ffffffff00000000ffffffff00000000ffffffff;
            v = (v | (v >> 32)) & 0x0000000000000000ffffffffffffffff0000000000000000ffffffffffffffff;
            packed = (v | (v >> 64)) & type(uint128).max;
        }
    }

    function _decode(
        uint256 text,
        uint256 char62,
        uint256 fix62,
        uint256 char63,
        uint256 fix63
    ) private pure returns (uint256 packed, bool ok) {
        unchecked {
            uint256 upper = _between(text, 0x41, 0x5b);
            uint256 lower = _between(text, 0x61, 0x7b);
            uint256 digit = _between(text, 0x30, 0x3a);
            uint256 is62 = _between(text, char62, char62 + 1);
            uint256 is63 = _between(text, char63, char63 + 1);
            ok = text & TOPS == 0 && (upper | lower | digit | is62 | is63) == TOPS;
            // 'A' is 0, 'a' is 26, '0' is 52; no byte borrows from its neighbour once every character is one of these.
            uint256 v = text - (upper >> 7) * 65 - (lower >> 7) * 71 + (digit >> 7) * 4;
            v = v ^ ((is62 >> 7) * fix62) ^ ((is63 >> 7) * fix63);
            // 6 → 12 → 24 → 48 → 96 → 192 bits
            v =
                (v & 0x003f003f003f003f003f003f003f003f003f003f003f003f003f003f003f003f) |
                ((v & 0x3f003f003f003f003f003f003f003f003f003f003f003f003f003f003f003f00) >> 2);
            v =
                (v & 0x00000fff00000fff00000fff00000fff00000fff00000fff00000fff00000fff) |
                ((v & 0x0fff00000fff00000fff00000fff00000fff00000fff00000fff00000fff0000) >> 4);
            v =
                (v & 0x0000000000ffffff0000000000ffffff0000000000ffffff0000000000ffffff) |
                ((v & 0x00ffffff0000000000ffffff0000000000ffffff0000000000ffffff00000000) >> 8);
            v =
                (v & 0x00000000000000000000ffffffffffff00000000000000000000ffffffffffff) |
                ((v & 0x0000ffffffffffff00000000000000000000ffffffffffff0000000000000000) >> 16);
            packed = ((v & type(uint128).max) << 64) | ((v >> 128) << 160);
        }
    }

    /// @dev Bit 7 of each byte that is ≥ `low`; every byte must be below 0x80, else the caller refuses anyway.
    function _atLeast(uint256 text, uint256 low) private pure returns (uint256) {
        unchecked {
            return ((text & ~TOPS) + ONES * (0x80 - low)) & TOPS;
        }
    }

    function _between(uint256 text, uint256 low, uint256 end) private pure returns (uint256) {
        return _atLeast(text, low) & ~_atLeast(text, end);
    }
}
