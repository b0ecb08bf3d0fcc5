// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Base64 and hex, a word at a time
/// @notice 32 characters are classified and packed in parallel, each in its byte of one word.
library Base64 {
    uint256 private constant ONES = 0x0101010101010101010101010101010101010101010101010101010101010101;
    uint256 private constant TOPS = 0x8080808080808080808080808080808080808080808080808080808080808080;

    /// @notice 24 bytes, left-aligned, of 32 characters of the standard alphabet (RFC 4648 §4).
    /// @dev '+' is 62, '/' 63, '0' 52, 'A' 0, 'a' 26. Where a run of characters begins, the number to add changes: no byte
    /// borrows from its neighbour in the sum once every character is one of these. Bounds nest, so that their ^ is set
    /// where a character is in a run.
    function decode(uint256 text) internal pure returns (uint256 packed, bool ok) {
        unchecked {
            uint256 t = text & ~TOPS;
            uint256 plus = t + ONES * (0x80 - 0x2b);
            uint256 slash = t + ONES * (0x80 - 0x2f);
            uint256 upper = t + ONES * (0x80 - 0x41);
            uint256 lower = t + ONES * (0x80 - 0x61);
            uint256 runs = plus ^ (t + ONES * (0x80 - 0x2c)) ^ slash ^ (t + ONES * (0x80 - 0x3a));
            runs = runs ^ upper ^ (t + ONES * (0x80 - 0x5b)) ^ lower ^ (t + ONES * (0x80 - 0x7b));
            ok = runs & ~text & TOPS == TOPS;
            t = t + _step(plus, 19) - _step(slash, 3) - _step(t + ONES * (0x80 - 0x30), 12);
            packed = _pack(t - _step(upper, 69) - _step(lower, 6));
        }
    }

    /// @notice The same of the URL alphabet (RFC 4648 §5): '-' is 62, '_' 63.
    function decodeUrl(uint256 text) internal pure returns (uint256 packed, bool ok) {
        unchecked {
            uint256 t = text & ~TOPS;
            uint256 minus = t + ONES * (0x80 - 0x2d);
            uint256 digit = t + ONES * (0x80 - 0x30);
            uint256 upper = t + ONES * (0x80 - 0x41);
            uint256 line = t + ONES * (0x80 - 0x5f);
            uint256 lower = t + ONES * (0x80 - 0x61);
            uint256 runs = minus ^ (t + ONES * (0x80 - 0x2e)) ^ digit ^ (t + ONES * (0x80 - 0x3a));
            runs = runs ^ upper ^ (t + ONES * (0x80 - 0x5b)) ^ line ^ (t + ONES * (0x80 - 0x60));
            runs = runs ^ lower ^ (t + ONES * (0x80 - 0x7b));
            ok = runs & ~text & TOPS == TOPS;
            t = t + _step(minus, 17) - _step(digit, 13) - _step(upper, 69);
            packed = _pack(t + _step(line, 33) - _step(lower, 39));
        }
    }

    /// @notice 32 characters of the URL alphabet that stand for the first 24 bytes of a word.
    function encodeUrl(uint256 word) internal pure returns (uint256 text) {
        unchecked {
            uint256 v = _unpack(word);
            text = v + ONES * 0x41 + _from(v, 26) * 6 + _from(v, 63) * 49;
            text -= _from(v, 52) * 75 + _from(v, 62) * 13;
        }
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

    /// @notice 32 hex digits, of upper case, of 16 bytes, right-aligned.
    function encodeHex(uint256 packed) internal pure returns (uint256 text) {
        unchecked {
            uint256 v = packed;
            v = (v | (v << 64)) & 0x0000000000000000ffffffffffffffff0000000000000000ffffffffffffffff;
            v = (v | (v << 32)) & 0x00000000ffffffff00000000ffffffff00000000ffffffff00000000ffffffff;
            v = (v | (v << 16)) & 0x0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff;
            v = (v | (v << 8)) & 0x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff;
            v = (v | (v << 4)) & (ONES * 0x0f);
            text = v + ONES * 0x30 + _from(v, 10) * 7;
        }
    }

    /// @dev `by` in each byte whose bit 7 says that it has reached a bound.
    function _step(uint256 reached, uint256 by) private pure returns (uint256) {
        unchecked {
            return ((reached & TOPS) >> 7) * by;
        }
    }

    /// @dev 1 in each byte that is ≥ `low`; every byte is below 0x40.
    function _from(uint256 v, uint256 low) private pure returns (uint256) {
        unchecked {
            return ((v + ONES * (0x80 - low)) >> 7) & ONES;
        }
    }

    /// @dev 32 numbers of six bits, each in its byte, in 24 bytes, left-aligned.
    function _pack(uint256 v) private pure returns (uint256) {
        unchecked {
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
            return ((v & type(uint128).max) << 64) | ((v >> 128) << 160);
        }
    }

    /// @dev The way back: numbers of six bits of the first 24 bytes.
    function _unpack(uint256 word) private pure returns (uint256 v) {
        unchecked {
            // 192 → 96 → 48 → 24 → 12 → 6 bits
            v =
                ((word >> 64) & 0x0000000000000000000000000000000000000000ffffffffffffffffffffffff) |
                ((word >> 160) << 128);
            v =
                (v & 0x00000000000000000000ffffffffffff00000000000000000000ffffffffffff) |
                ((v & 0x00000000ffffffffffff00000000000000000000ffffffffffff000000000000) << 16);
            v =
                (v & 0x0000000000ffffff0000000000ffffff0000000000ffffff0000000000ffffff) |
                ((v & 0x0000ffffff0000000000ffffff0000000000ffffff0000000000ffffff000000) << 8);
            v =
                (v & 0x00000fff00000fff00000fff00000fff00000fff00000fff00000fff00000fff) |
                ((v & 0x00fff00000fff00000fff00000fff00000fff00000fff00000fff00000fff000) << 4);
            v =
                (v & 0x003f003f003f003f003f003f003f003f003f003f003f003f003f003f003f003f) |
                ((v & 0x0fc00fc00fc00fc00fc00fc00fc00fc00fc00fc00fc00fc00fc00fc00fc00fc0) << 2);
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
