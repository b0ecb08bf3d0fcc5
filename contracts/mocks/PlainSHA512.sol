// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title SHA-384 and SHA-512 word for word from FIPS 180-4
/// @notice The readable twin of SHA512.sol: slow, without assembly, with constants computed from their definition
/// given by the caller.
contract PlainSHA512 {
    struct State {
        uint64[8] h;
        uint64[80] w;
    }

    /// @param rounds the eighty constants of FIPS 180-4 §4.2.3
    /// @param initial the eight words of FIPS 180-4 §5.3.4 (SHA-384) or §5.3.5
    /// @return all 64 bytes; SHA-384 is the first 48
    function hash(
        bytes memory data,
        uint64[80] calldata rounds,
        uint64[8] calldata initial
    ) external pure returns (bytes memory) {
        uint256 zeros = (128 - ((data.length + 17) % 128)) % 128;
        bytes memory padded = bytes.concat(
            data,
            hex"80",
            new bytes(zeros + 8),
            bytes8(uint64(data.length * 8))
        );
        State memory state;
        for (uint256 i = 0; i < 8; ++i) state.h[i] = initial[i];
        for (uint256 from = 0; from < padded.length; from += 128) _block(state, padded, from, rounds);
        return
            abi.encodePacked(
                bytes8(state.h[0]),
                bytes8(state.h[1]),
                bytes8(state.h[2]),
                bytes8(state.h[3]),
                bytes8(state.h[4]),
                bytes8(state.h[5]),
                bytes8(state.h[6]),
                bytes8(state.h[7])
            );
    }

    function _block(
        State memory state,
        bytes memory padded,
        uint256 from,
        uint64[80] calldata rounds
    ) private pure {
        uint64[80] memory w = state.w;
        for (uint256 t = 0; t < 16; ++t) {
            uint64 word;
            for (uint256 i = 0; i < 8; ++i) word = (word << 8) | uint64(uint8(padded[from + 8 * t + i]));
            w[t] = word;
        }
        unchecked {
            for (uint256 t = 16; t < 80; ++t) {
                uint64 s0 = _rotate(w[t - 15], 1) ^ _rotate(w[t - 15], 8) ^ (w[t - 15] >> 7);
                uint64 s1 = _rotate(w[t - 2], 19) ^ _rotate(w[t - 2], 61) ^ (w[t - 2] >> 6);
                w[t] = s1 + w[t - 7] + s0 + w[t - 16];
            }
            uint64[8] memory v;
            for (uint256 i = 0; i < 8; ++i) v[i] = state.h[i];
            for (uint256 t = 0; t < 80; ++t) {
                uint64 s1 = _rotate(v[4], 14) ^ _rotate(v[4], 18) ^ _rotate(v[4], 41);
                uint64 t1 = v[7] + s1 + ((v[4] & v[5]) ^ (~v[4] & v[6])) + rounds[t] + w[t];
                uint64 s0 = _rotate(v[0], 28) ^ _rotate(v[0], 34) ^ _rotate(v[0], 39);
                uint64 t2 = s0 + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
                for (uint256 i = 7; i > 0; --i) v[i] = v[i - 1];
                v[4] += t1;
                v[0] = t1 + t2;
            }
            for (uint256 i = 0; i < 8; ++i) state.h[i] += v[i];
        }
    }

    function _rotate(uint64 word, uint64 by) private pure returns (uint64) {
        return (word >> by) | (word << (64 - by));
    }
}
