// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title SHA-384 and SHA-512
/// @notice FIPS 180-4 §6.4 and §6.5. Held against node:crypto and against a plain Solidity twin by the tests.
/// @dev A 64-bit word lives in the low half of a 256-bit slot. x·(2⁶⁴+1) is x‖x, so a right shift of it is a
/// rotation in the low 64 bits; what it leaves above is cut when a register is reused. Message schedule and round
/// constants stand packed, eight bytes apart: one unaligned MLOAD reads a word.
/// Everything lives in one frame of memory, so that a round needs few stack slots (with more the compiler's stack
/// compressor re-computes whole rounds inside expressions and the code grows out of bounds):
/// | at | bytes | |
/// |---|---|---|
/// | 0x000 | 0x040 | state a‖b‖c‖d, e‖f‖g‖h |
/// | 0x040 | 0x280 | message schedule, 80 words |
/// | 0x2c0 | 0x020 | what the last store of the schedule runs over |
/// | 0x2e0 | 0x280 | round constants |
/// | 0x560 | 0x020 | zero: no round constant is, so it ends the rounds |
library SHA512 {
    // FIPS 180-4 §4.2.3
    bytes private constant ROUNDS =
        hex"428a2f98d728ae227137449123ef65cdb5c0fbcfec4d3b2fe9b5dba58189dbbc3956c25bf348b53859f111f1b605d019923f82a4af194f9bab1c5ed5da6d8118"
        hex"d807aa98a303024212835b0145706fbe243185be4ee4b28c550c7dc3d5ffb4e272be5d74f27b896f80deb1fe3b1696b19bdc06a725c71235c19bf174cf692694"
        hex"e49b69c19ef14ad2efbe4786384f25e30fc19dc68b8cd5b5240ca1cc77ac9c652de92c6f592b02754a7484aa6ea6e4835cb0a9dcbd41fbd476f988da831153b5"
        hex"983e5152ee66dfaba831c66d2db43210b00327c898fb213fbf597fc7beef0ee4c6e00bf33da88fc2d5a79147930aa72506ca6351e003826f142929670a0e6e70"
        hex"27b70a8546d22ffc2e1b21385c26c9264d2c6dfc5ac42aed53380d139d95b3df650a73548baf63de766a0abb3c77b2a881c2c92e47edaee692722c851482353b"
        hex"a2bfe8a14cf10364a81a664bbc423001c24b8b70d0f89791c76c51a30654be30d192e819d6ef5218d69906245565a910f40e35855771202a106aa07032bbd1b8"
        hex"19a4c116b8d2d0c81e376c085141ab532748774cdf8eeb9934b0bcb5e19b48a8391c0cb3c5c95a634ed8aa4ae3418acb5b9cca4f7763e373682e6ff3d6b2b8a3"
        hex"748f82ee5defb2fc78a5636f43172f6084c87814a1f0ab728cc702081a6439ec90befffa23631e28a4506cebde82bde9bef9a3f7b2c67915c67178f2e372532b"
        hex"ca273eceea26619cd186b8c721c0c207eada7dd6cde0eb1ef57d4f7fee6ed17806f067aa72176fba0a637dc5a2c898a6113f9804bef90dae1b710b35131c471b"
        hex"28db77f523047d8432caab7b40c724933c9ebe0a15c9bebc431d67c49c100d4c4cc5d4becb3e42b6597f299cfc657e2a5fcb6fab3ad6faec6c44198c4a475817";

    // FIPS 180-4 §5.3.4 and §5.3.5, two rows of four 64-bit words.
    uint256 private constant SHA384_ABCD = 0xcbbb9d5dc1059ed8629a292a367cd5079159015a3070dd17152fecd8f70e5939;
    uint256 private constant SHA384_EFGH = 0x67332667ffc00b318eb44a8768581511db0c2e0d64f98fa747b5481dbefa4fa4;
    uint256 private constant SHA512_ABCD = 0x6a09e667f3bcc908bb67ae8584caa73b3c6ef372fe94f82ba54ff53a5f1d36f1;
    uint256 private constant SHA512_EFGH = 0x510e527fade682d19b05688c2b3e6c1f1f83d9abfb41bd6b5be0cd19137e2179;

    /// @notice The first 32 and the last 16 bytes of SHA-384(data).
    function sha384(bytes memory data) internal pure returns (bytes32 head, bytes16 tail) {
        (uint256 abcd, uint256 efgh) = _hash(data, SHA384_ABCD, SHA384_EFGH);
        return (bytes32(abcd), bytes16(bytes32(efgh)));
    }

    /// @notice Both halves of SHA-512(data).
    function sha512(bytes memory data) internal pure returns (bytes32 head, bytes32 tail) {
        (uint256 abcd, uint256 efgh) = _hash(data, SHA512_ABCD, SHA512_EFGH);
        return (bytes32(abcd), bytes32(efgh));
    }

    function _hash(bytes memory data, uint256 abcd, uint256 efgh) private pure returns (uint256, uint256) {
        bytes memory rounds = ROUNDS;
        uint256 rest = data.length & 127;
        bytes memory padded = _pad(data, rest);
        uint256 frame;
        assembly ("memory-safe") {
            frame := mload(0x40)
            mstore(0x40, add(frame, 0x580))
            mstore(frame, abcd)
            mstore(add(frame, 0x20), efgh)
            mcopy(add(frame, 0x2e0), add(rounds, 0x20), 0x280)
            mstore(add(frame, 0x560), 0)
        }
        uint256 whole = data.length - rest;
        for (uint256 position = 0; position < whole; position += 128) {
            assembly ("memory-safe") {
                mcopy(add(frame, 0x40), add(add(data, 0x20), position), 0x80)
            }
            _compress(frame);
        }
        // Two places call _compress on purpose: a function called once is inlined, and its rounds then compete with
        // this function for stack slots.
        for (uint256 position = 0; position < padded.length; position += 128) {
            assembly ("memory-safe") {
                mcopy(add(frame, 0x40), add(add(padded, 0x20), position), 0x80)
            }
            _compress(frame);
        }
        assembly ("memory-safe") {
            abcd := mload(frame)
            efgh := mload(add(frame, 0x20))
        }
        return (abcd, efgh);
    }

    /// @dev The padded rest: 0x80, zeros, the bit length at the end of one or two blocks (FIPS 180-4 §5.1.2).
    function _pad(bytes memory data, uint256 rest) private pure returns (bytes memory padded) {
        padded = new bytes(rest < 112 ? 128 : 256);
        assembly ("memory-safe") {
            let size := mload(data)
            let to := add(padded, 0x20)
            mcopy(to, add(add(data, 0x20), sub(size, rest)), rest)
            mstore8(add(to, rest), 0x80)
            // The last word of the padding; a length below 2^61 bytes fills only its last eight bytes.
            let last := add(to, sub(mload(padded), 0x20))
            mstore(last, or(mload(last), shl(3, size)))
        }
    }

    function _compress(uint256 frame) private pure {
        assembly ("memory-safe") {
            // W[16..79] = σ1(W[t−2]) + W[t−7] + σ0(W[t−15]) + W[t−16]. Stores ascend, so the 24 bytes that each runs
            // over are words not yet made.
            for {
                let at := add(frame, 0xc0)
                let end := add(frame, 0x2c0)
            } lt(at, end) {
                at := add(at, 0x08)
            } {
                let w := shr(192, mload(sub(at, 0x78)))
                let twice := mul(w, 0x10000000000000001)
                let sum := xor(xor(shr(1, twice), shr(8, twice)), shr(7, w))
                w := shr(192, mload(sub(at, 0x10)))
                twice := mul(w, 0x10000000000000001)
                sum := add(sum, xor(xor(shr(19, twice), shr(61, twice)), shr(6, w)))
                sum := add(sum, shr(192, mload(sub(at, 0x80))))
                sum := add(sum, shr(192, mload(sub(at, 0x38))))
                mstore(at, shl(192, sum))
            }
            let at := add(frame, 0x40)
            let t := mload(frame)
            let a := shr(192, t)
            let b := and(shr(128, t), 0xffffffffffffffff)
            let c := and(shr(64, t), 0xffffffffffffffff)
            let d := and(t, 0xffffffffffffffff)
            t := mload(add(frame, 0x20))
            let e := shr(192, t)
            let f := and(shr(128, t), 0xffffffffffffffff)
            let g := and(shr(64, t), 0xffffffffffffffff)
            let h := and(t, 0xffffffffffffffff)
            // Eight rounds a turn: the registers come round to their own names.
            for {} shr(192, mload(add(at, 0x2a0))) {
                at := add(at, 0x40)
            } {
                t := mul(e, 0x10000000000000001)
                h := add(h, xor(xor(shr(14, t), shr(18, t)), shr(41, t)))
                h := add(h, xor(g, and(e, xor(f, g))))
                h := add(h, shr(192, mload(add(at, 0x0))))
                h := add(h, shr(192, mload(add(at, 0x2a0))))
                d := and(add(d, h), 0xffffffffffffffff)
                t := mul(a, 0x10000000000000001)
                h := add(h, xor(xor(shr(28, t), shr(34, t)), shr(39, t)))
                h := and(add(h, xor(and(a, b), and(c, xor(a, b)))), 0xffffffffffffffff)

                t := mul(d, 0x10000000000000001)
                g := add(g, xor(xor(shr(14, t), shr(18, t)), shr(41, t)))
                g := add(g, xor(f, and(d, xor(e, f))))
                g := add(g, shr(192, mload(add(at, 0x8))))
                g := add(g, shr(192, mload(add(at, 0x2a8))))
                c := and(add(c, g), 0xffffffffffffffff)
                t := mul(h, 0x10000000000000001)
                g := add(g, xor(xor(shr(28, t), shr(34, t)), shr(39, t)))
                g := and(add(g, xor(and(h, a), and(b, xor(h, a)))), 0xffffffffffffffff)

                t := mul(c, 0x10000000000000001)
                f := add(f, xor(xor(shr(14, t), shr(18, t)), shr(41, t)))
                f := add(f, xor(e, and(c, xor(d, e))))
                f := add(f, shr(192, mload(add(at, 0x10))))
                f := add(f, shr(192, mload(add(at, 0x2b0))))
                b := and(add(b, f), 0xffffffffffffffff)
                t := mul(g, 0x10000000000000001)
                f := add(f, xor(xor(shr(28, t), shr(34, t)), shr(39, t)))
                f := and(add(f, xor(and(g, h), and(a, xor(g, h)))), 0xffffffffffffffff)

                t := mul(b, 0x10000000000000001)
                e := add(e, xor(xor(shr(14, t), shr(18, t)), shr(41, t)))
                e := add(e, xor(d, and(b, xor(c, d))))
                e := add(e, shr(192, mload(add(at, 0x18))))
                e := add(e, shr(192, mload(add(at, 0x2b8))))
                a := and(add(a, e), 0xffffffffffffffff)
                t := mul(f, 0x10000000000000001)
                e := add(e, xor(xor(shr(28, t), shr(34, t)), shr(39, t)))
                e := and(add(e, xor(and(f, g), and(h, xor(f, g)))), 0xffffffffffffffff)

                t := mul(a, 0x10000000000000001)
                d := add(d, xor(xor(shr(14, t), shr(18, t)), shr(41, t)))
                d := add(d, xor(c, and(a, xor(b, c))))
                d := add(d, shr(192, mload(add(at, 0x20))))
                d := add(d, shr(192, mload(add(at, 0x2c0))))
                h := and(add(h, d), 0xffffffffffffffff)
                t := mul(e, 0x10000000000000001)
                d := add(d, xor(xor(shr(28, t), shr(34, t)), shr(39, t)))
                d := and(add(d, xor(and(e, f), and(g, xor(e, f)))), 0xffffffffffffffff)

                t := mul(h, 0x10000000000000001)
                c := add(c, xor(xor(shr(14, t), shr(18, t)), shr(41, t)))
                c := add(c, xor(b, and(h, xor(a, b))))
                c := add(c, shr(192, mload(add(at, 0x28))))
                c := add(c, shr(192, mload(add(at, 0x2c8))))
                g := and(add(g, c), 0xffffffffffffffff)
                t := mul(d, 0x10000000000000001)
                c := add(c, xor(xor(shr(28, t), shr(34, t)), shr(39, t)))
                c := and(add(c, xor(and(d, e), and(f, xor(d, e)))), 0xffffffffffffffff)

                t := mul(g, 0x10000000000000001)
                b := add(b, xor(xor(shr(14, t), shr(18, t)), shr(41, t)))
                b := add(b, xor(a, and(g, xor(h, a))))
                b := add(b, shr(192, mload(add(at, 0x30))))
                b := add(b, shr(192, mload(add(at, 0x2d0))))
                f := and(add(f, b), 0xffffffffffffffff)
                t := mul(c, 0x10000000000000001)
                b := add(b, xor(xor(shr(28, t), shr(34, t)), shr(39, t)))
                b := and(add(b, xor(and(c, d), and(e, xor(c, d)))), 0xffffffffffffffff)

                t := mul(f, 0x10000000000000001)
                a := add(a, xor(xor(shr(14, t), shr(18, t)), shr(41, t)))
                a := add(a, xor(h, and(f, xor(g, h))))
                a := add(a, shr(192, mload(add(at, 0x38))))
                a := add(a, shr(192, mload(add(at, 0x2d8))))
                e := and(add(e, a), 0xffffffffffffffff)
                t := mul(b, 0x10000000000000001)
                a := add(a, xor(xor(shr(28, t), shr(34, t)), shr(39, t)))
                a := and(add(a, xor(and(b, c), and(d, xor(b, c)))), 0xffffffffffffffff)
            }
            frame := sub(at, 0x2c0)
            t := mload(frame)
            a := shl(192, add(a, shr(192, t)))
            b := shl(128, and(add(b, shr(128, t)), 0xffffffffffffffff))
            c := shl(64, and(add(c, shr(64, t)), 0xffffffffffffffff))
            mstore(frame, or(or(a, b), or(c, and(add(d, t), 0xffffffffffffffff))))
            t := mload(add(frame, 0x20))
            e := shl(192, add(e, shr(192, t)))
            f := shl(128, and(add(f, shr(128, t)), 0xffffffffffffffff))
            g := shl(64, and(add(g, shr(64, t)), 0xffffffffffffffff))
            mstore(add(frame, 0x20), or(or(e, f), or(g, and(add(h, t), 0xffffffffffffffff))))
        }
    }
}
