// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SHA512Block} from "./SHA512Block.sol";

/// @title SHA-384 and SHA-512
/// @notice FIPS 180-4 §6.4 and §6.5. Held against node:crypto and against a plain Solidity twin by the tests.
library SHA512 {
    // FIPS 180-4 §5.3.4 and §5.3.5, in pairs as SHA512Block keeps them.
    uint256 private constant SHA384_AE = 0xcbbb9d5dc1059ed8000000000000000067332667ffc00b31;
    uint256 private constant SHA384_BF = 0x629a292a367cd50700000000000000008eb44a8768581511;
    uint256 private constant SHA384_CG = 0x9159015a3070dd170000000000000000db0c2e0d64f98fa7;
    uint256 private constant SHA384_DH = 0x152fecd8f70e5939000000000000000047b5481dbefa4fa4;
    uint256 private constant SHA512_AE = 0x6a09e667f3bcc9080000000000000000510e527fade682d1;
    uint256 private constant SHA512_BF = 0xbb67ae8584caa73b00000000000000009b05688c2b3e6c1f;
    uint256 private constant SHA512_CG = 0x3c6ef372fe94f82b00000000000000001f83d9abfb41bd6b;
    uint256 private constant SHA512_DH = 0xa54ff53a5f1d36f100000000000000005be0cd19137e2179;

    /// @notice The first 32 and the last 16 bytes of SHA-384(data).
    function sha384(bytes memory data) internal pure returns (bytes32 head, bytes16 tail) {
        uint256 frame = SHA512Block.open(SHA384_AE, SHA384_BF, SHA384_CG, SHA384_DH);
        _absorb(frame, data);
        return _close384(frame);
    }

    /// @notice The same of bytes in calldata or a slice of them: never more than one block is copied to memory.
    function sha384Calldata(bytes calldata data) internal pure returns (bytes32 head, bytes16 tail) {
        uint256 frame = SHA512Block.open(SHA384_AE, SHA384_BF, SHA384_CG, SHA384_DH);
        _absorbCalldata(frame, data);
        return _close384(frame);
    }

    /// @notice Both halves of SHA-512(data).
    function sha512(bytes memory data) internal pure returns (bytes32 head, bytes32 tail) {
        uint256 frame = SHA512Block.open(SHA512_AE, SHA512_BF, SHA512_CG, SHA512_DH);
        _absorb(frame, data);
        return SHA512Block.close(frame);
    }

    /// @notice The same of bytes in calldata or a slice of them.
    function sha512Calldata(bytes calldata data) internal pure returns (bytes32 head, bytes32 tail) {
        uint256 frame = SHA512Block.open(SHA512_AE, SHA512_BF, SHA512_CG, SHA512_DH);
        _absorbCalldata(frame, data);
        return SHA512Block.close(frame);
    }

    function _close384(uint256 frame) private pure returns (bytes32 head, bytes16 tail) {
        bytes32 efgh;
        (head, efgh) = SHA512Block.close(frame);
        tail = bytes16(efgh);
    }

    /// @dev Whole blocks are read where they stand; only the rest is copied.
    function _absorb(uint256 frame, bytes memory data) private pure {
        uint256 rest = data.length;
        uint256 from;
        uint256 room = frame + SHA512Block.ROOM;
        assembly ("memory-safe") {
            from := add(data, 0x20)
        }
        for (; rest >= 128; rest -= 128) {
            SHA512Block.compress(frame, from);
            from += 128;
        }
        assembly ("memory-safe") {
            mcopy(room, from, rest)
        }
        _absorbRest(frame, rest, data.length);
    }

    function _absorbCalldata(uint256 frame, bytes calldata data) private pure {
        uint256 rest = data.length;
        uint256 from;
        uint256 room = frame + SHA512Block.ROOM;
        assembly ("memory-safe") {
            from := data.offset
        }
        for (; rest >= 128; rest -= 128) {
            assembly ("memory-safe") {
                calldatacopy(room, from, 128)
            }
            SHA512Block.compress(frame, room);
            from += 128;
        }
        assembly ("memory-safe") {
            calldatacopy(room, from, rest)
        }
        _absorbRest(frame, rest, data.length);
    }

    /// @dev The last `rest` bytes of `length` stand in the frame's room. Behind them come 0x80, zeros and the bit length,
    /// which ends the block or, where it does not fit, a second one (FIPS 180-4 §5.1.2).
    function _absorbRest(uint256 frame, uint256 rest, uint256 length) private pure {
        uint256 from = frame + SHA512Block.ROOM;
        uint256 end = from + (rest < 112 ? 128 : 256);
        assembly ("memory-safe") {
            let padding := add(from, rest)
            // Behind the calldata there are only zeros.
            calldatacopy(padding, calldatasize(), sub(end, padding))
            mstore8(padding, 0x80)
            // A length below 2⁶¹ bytes needs only the last eight of its sixteen bytes.
            let last := sub(end, 0x20)
            mstore(last, or(mload(last), shl(3, length)))
        }
        for (; from < end; from += 128) SHA512Block.compress(frame, from);
    }
}
