// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The compression function of SHA-384 and SHA-512
/// @notice FIPS 180-4 §6.4.2, about 22,900 gas for a block of 128 bytes.
/// @dev One 256-bit word holds two 64-bit words, each at the foot of a lane of 128 bits: `upper‖lower`, the spare half of
/// either lane zero. x·(2⁶⁴+1) is then x‖x in each lane, so a right shift of it by n ≤ 64 is a rotation in the low half
/// of each lane. What it leaves in the high half is called junk below: it is cut once, before a sum could carry out of
/// the lane.
///
/// All lies in one frame of memory, so that a round needs few stack slots. With more, the compiler computes whole rounds
/// twice or gives up.
/// | at | bytes | |
/// |---|---|---|
/// | 0x000 | 0x020 | length of the round constants: Solidity's, read only as junk |
/// | 0x020 | 0x280 | round constants, eight bytes apart |
/// | 0x2a0 | 0x020 | the mask of the lanes; its first eight bytes are zero, which no round constant is: they end the rounds |
/// | 0x2c0 | 0x500 | message schedule, 80 words, a lane each |
/// | 0x7c0 | 0x080 | state: a‖e, b‖f, c‖g, d‖h |
/// | 0x840 | 0x100 | room for the caller's padded blocks |
library SHA512Block {
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

    /// @dev Where the frame has room for two blocks.
    uint256 internal constant ROOM = 0x840;

    /// @notice A frame with its state; the memory it takes is never given back.
    function open(uint256 ae, uint256 bf, uint256 cg, uint256 dh) internal pure returns (uint256 frame) {
        bytes memory rounds = ROUNDS;
        assembly ("memory-safe") {
            // The constants are what was allocated last: the frame is that allocation, made longer.
            frame := rounds
            mstore(0x40, add(frame, 0x940))
            mstore(add(frame, 0x2a0), 0xffffffffffffffff0000000000000000ffffffffffffffff)
            mstore(add(frame, 0x7c0), ae)
            mstore(add(frame, 0x7e0), bf)
            mstore(add(frame, 0x800), cg)
            mstore(add(frame, 0x820), dh)
        }
    }

    /// @notice The state as FIPS 180-4 orders it.
    function close(uint256 frame) internal pure returns (bytes32 abcd, bytes32 efgh) {
        assembly ("memory-safe") {
            let ae := mload(add(frame, 0x7c0))
            let bf := mload(add(frame, 0x7e0))
            let cg := mload(add(frame, 0x800))
            let dh := mload(add(frame, 0x820))
            abcd := or(shl(192, shr(128, ae)), shl(128, shr(128, bf)))
            abcd := or(abcd, or(shl(64, shr(128, cg)), shr(128, dh)))
            efgh := or(shl(192, ae), shl(128, and(bf, 0xffffffffffffffff)))
            efgh := or(efgh, or(shl(64, and(cg, 0xffffffffffffffff)), and(dh, 0xffffffffffffffff)))
        }
    }

    /// @notice Puts the 128 bytes of memory at `from` through the state.
    /// @dev Call it from two places or more: called once it is inlined, and its rounds compete with the caller for stack
    /// slots.
    function compress(uint256 frame, uint256 from) internal pure {
        assembly ("memory-safe") {
            // Read from memory and not written here: the optimizer would see through it, merge it with the masks of
            // later rounds and keep every word twice, masked and not.
            let lanes := mload(add(frame, 0x2a0))
            let q
            let at := add(frame, 0x2c0)
            // Four words of the message become two pairs.
            for {
                let end := add(at, 0x100)
            } lt(at, end) {
                at := add(at, 0x40)
            } {
                let odd := mload(from)
                let even := and(shr(64, odd), lanes)
                odd := and(odd, lanes)
                mstore(at, or(shl(128, shr(128, even)), shr(128, odd)))
                mstore(add(at, 0x20), or(shl(128, even), and(odd, 0xffffffffffffffff)))
                from := add(from, 0x20)
            }

            // W[t] = σ1(W[t−2]) + W[t−7] + σ0(W[t−15]) + W[t−16], for t and t+1 in one pair; `at` is at W[t−16].
            // σ1 = rotr19 ^ rotr61 ^ shr6 = shr19(q ^ shr42(q)) ^ shr6(x), σ0 = shr1(q ^ shr7(q)) ^ shr7(x). The upper
            // lane shifts into the lower one down to bit 128 − 61 = 67 only: junk, cut before the sum, which carries out
            // of the 64 bits and is cut again.
            at := add(frame, 0x2c0)
            for {} lt(at, add(frame, 0x6c0)) {
                at := add(at, 0x80)
            } {
                let x
                let sum
                x := mload(add(at, 0xe0))
                q := mul(x, 0x10000000000000001)
                sum := add(mload(at), and(xor(shr(6, x), shr(19, xor(q, shr(42, q)))), lanes))
                x := mload(add(at, 0x10))
                q := mul(x, 0x10000000000000001)
                sum := add(and(xor(shr(7, x), shr(1, xor(q, shr(7, q)))), lanes), sum)
                mstore(add(at, 0x100), and(add(mload(add(at, 0x90)), sum), lanes))

                x := mload(add(at, 0x100))
                q := mul(x, 0x10000000000000001)
                sum := add(mload(add(at, 0x20)), and(xor(shr(6, x), shr(19, xor(q, shr(42, q)))), lanes))
                x := mload(add(at, 0x30))
                q := mul(x, 0x10000000000000001)
                sum := add(and(xor(shr(7, x), shr(1, xor(q, shr(7, q)))), lanes), sum)
                mstore(add(at, 0x120), and(add(mload(add(at, 0xb0)), sum), lanes))

                x := mload(add(at, 0x120))
                q := mul(x, 0x10000000000000001)
                sum := add(mload(add(at, 0x40)), and(xor(shr(6, x), shr(19, xor(q, shr(42, q)))), lanes))
                x := mload(add(at, 0x50))
                q := mul(x, 0x10000000000000001)
                sum := add(and(xor(shr(7, x), shr(1, xor(q, shr(7, q)))), lanes), sum)
                mstore(add(at, 0x140), and(add(mload(add(at, 0xd0)), sum), lanes))

                x := mload(add(at, 0x140))
                q := mul(x, 0x10000000000000001)
                sum := add(mload(add(at, 0x60)), and(xor(shr(6, x), shr(19, xor(q, shr(42, q)))), lanes))
                x := mload(add(at, 0x70))
                q := mul(x, 0x10000000000000001)
                sum := add(and(xor(shr(7, x), shr(1, xor(q, shr(7, q)))), lanes), sum)
                mstore(add(at, 0x160), and(add(mload(add(at, 0xf0)), sum), lanes))
            }

            // s0 = a‖e, s1 = b‖f, s2 = c‖g, s3 = d‖h; the new a‖e takes the place of s3 and the names move on. With
            // q = a‖a‖e‖e, t1 = h + Σ1(e) + Ch(e, f, g) + K + W and t2 = Σ0(a) + Maj(a, b, c), a round is:
            // - Σ1(e) = rotr14 ^ rotr18 ^ rotr41 = shr18(q ^ shr23(q)) ^ shr14(q), under junk. W and K come with junk above
            //   them as well: each is read by the word of memory that ends with it. So does s3, whose junk is d. One mask
            //   cuts that of the whole sum.
            // - Σ0(a) = rotr28 ^ rotr34 ^ rotr39 of the upper lane, shifted down by 128 more: below 2¹⁰⁰.
            // - Ch(e, f, g) = (e & (f ^ g)) ^ g and Maj(a, b, c) = (a & (b ^ c)) ^ (b & c): one term for both lanes, as
            //   (b‖f | 0‖ones) & c‖g = (b & c)‖g.
            // - Now t = Maj‖t1, and the new word (t1 + t2)‖(d + t1) is t + d + shl128(t + Σ0): the shift drops Maj. The
            //   lower lane stays below 2⁶⁶, so nothing carries into the upper one; the mask cuts both.
            let k := add(frame, 0x08)
            at := add(frame, 0x2b0)
            let s0 := mload(add(frame, 0x7c0))
            let s1 := mload(add(frame, 0x7e0))
            let s2 := mload(add(frame, 0x800))
            let s3 := mload(add(frame, 0x820))
            let t
            // Eight rounds a turn.
            for {} shr(192, mload(add(k, 0x18))) {
                k := add(k, 0x40)
                at := add(at, 0x80)
            } {
                q := mul(s0, 0x10000000000000001)
                t := add(add(s3, xor(shr(18, xor(q, shr(23, q))), shr(14, q))), mload(k))
                t := and(add(mload(at), t), 0xffffffffffffffff)
                q := shr(156, xor(xor(shr(11, q), shr(6, q)), q))
                t := add(t, xor(and(s0, xor(s2, s1)), and(or(s1, 0xffffffffffffffff), s2)))
                s3 := and(lanes, add(add(shr(128, s3), t), shl(128, add(q, t))))

                q := mul(s3, 0x10000000000000001)
                t := add(add(s2, xor(shr(18, xor(q, shr(23, q))), shr(14, q))), mload(add(k, 0x08)))
                t := and(add(mload(add(at, 0x10)), t), 0xffffffffffffffff)
                q := shr(156, xor(xor(shr(11, q), shr(6, q)), q))
                t := add(t, xor(and(s3, xor(s1, s0)), and(or(s0, 0xffffffffffffffff), s1)))
                s2 := and(lanes, add(add(shr(128, s2), t), shl(128, add(q, t))))

                q := mul(s2, 0x10000000000000001)
                t := add(add(s1, xor(shr(18, xor(q, shr(23, q))), shr(14, q))), mload(add(k, 0x10)))
                t := and(add(mload(add(at, 0x20)), t), 0xffffffffffffffff)
                q := shr(156, xor(xor(shr(11, q), shr(6, q)), q))
                t := add(t, xor(and(s2, xor(s0, s3)), and(or(s3, 0xffffffffffffffff), s0)))
                s1 := and(lanes, add(add(shr(128, s1), t), shl(128, add(q, t))))

                q := mul(s1, 0x10000000000000001)
                t := add(add(s0, xor(shr(18, xor(q, shr(23, q))), shr(14, q))), mload(add(k, 0x18)))
                t := and(add(mload(add(at, 0x30)), t), 0xffffffffffffffff)
                q := shr(156, xor(xor(shr(11, q), shr(6, q)), q))
                t := add(t, xor(and(s1, xor(s3, s2)), and(or(s2, 0xffffffffffffffff), s3)))
                s0 := and(lanes, add(add(shr(128, s0), t), shl(128, add(q, t))))

                q := mul(s0, 0x10000000000000001)
                t := add(add(s3, xor(shr(18, xor(q, shr(23, q))), shr(14, q))), mload(add(k, 0x20)))
                t := and(add(mload(add(at, 0x40)), t), 0xffffffffffffffff)
                q := shr(156, xor(xor(shr(11, q), shr(6, q)), q))
                t := add(t, xor(and(s0, xor(s2, s1)), and(or(s1, 0xffffffffffffffff), s2)))
                s3 := and(lanes, add(add(shr(128, s3), t), shl(128, add(q, t))))

                q := mul(s3, 0x10000000000000001)
                t := add(add(s2, xor(shr(18, xor(q, shr(23, q))), shr(14, q))), mload(add(k, 0x28)))
                t := and(add(mload(add(at, 0x50)), t), 0xffffffffffffffff)
                q := shr(156, xor(xor(shr(11, q), shr(6, q)), q))
                t := add(t, xor(and(s3, xor(s1, s0)), and(or(s0, 0xffffffffffffffff), s1)))
                s2 := and(lanes, add(add(shr(128, s2), t), shl(128, add(q, t))))

                q := mul(s2, 0x10000000000000001)
                t := add(add(s1, xor(shr(18, xor(q, shr(23, q))), shr(14, q))), mload(add(k, 0x30)))
                t := and(add(mload(add(at, 0x60)), t), 0xffffffffffffffff)
                q := shr(156, xor(xor(shr(11, q), shr(6, q)), q))
                t := add(t, xor(and(s2, xor(s0, s3)), and(or(s3, 0xffffffffffffffff), s0)))
                s1 := and(lanes, add(add(shr(128, s1), t), shl(128, add(q, t))))

                q := mul(s1, 0x10000000000000001)
                t := add(add(s0, xor(shr(18, xor(q, shr(23, q))), shr(14, q))), mload(add(k, 0x38)))
                t := and(add(mload(add(at, 0x70)), t), 0xffffffffffffffff)
                q := shr(156, xor(xor(shr(11, q), shr(6, q)), q))
                t := add(t, xor(and(s1, xor(s3, s2)), and(or(s2, 0xffffffffffffffff), s3)))
                s0 := and(lanes, add(add(shr(128, s0), t), shl(128, add(q, t))))
            }
            // Not kept on the stack through the rounds: k stands 0x288 into the frame.
            frame := add(k, 0x538)
            mstore(frame, and(add(mload(frame), s0), lanes))
            mstore(add(frame, 0x20), and(add(mload(add(frame, 0x20)), s1), lanes))
            mstore(add(frame, 0x40), and(add(mload(add(frame, 0x40)), s2), lanes))
            mstore(add(frame, 0x60), and(add(mload(add(frame, 0x60)), s3), lanes))
        }
    }
}
