// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SHA512} from "./SHA512.sol";

/// @title RSASSA-PKCS1-v1_5
/// @notice RFC 8017 §8.2.2 with e = 65537, moduli of 2048, 3072 and 4096 bits.
/// @dev The opened signature is compared with the encoded message in every byte (RFC 8017 §9.2): no byte of the padding
/// is parsed, so there is nothing to hide a forgery in. A signature is as long as its modulus and below it.
library RSA {
    // The last 32 bytes before a digest of 32 or 64 bytes: twelve of the padding's ff, its closing 00 and the DigestInfo
    // up to the digest (RFC 8017 §9.2 note 1), 19 bytes.
    uint256 private constant SHA256_INFO = 0xffffffffffffffffffffffff003031300d060960864801650304020105000420;
    uint256 private constant SHA512_INFO = 0xffffffffffffffffffffffff003051300d060960864801650304020305000440;
    // A digest of 48 bytes ends 16 bytes into the second word: 28 ff, 00 and the first three bytes, then the other 16.
    uint256 private constant SHA384_INFO = 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffff00304130;
    bytes16 private constant SHA384_INFO_END = 0x0d060960864801650304020205000430;

    /// @notice True for a modulus length that this library serves.
    function isSupported(uint256 modulusLength) internal pure returns (bool) {
        return modulusLength == 256 || modulusLength == 384 || modulusLength == 512;
    }

    /// @notice True when `signature` is one of the digest sha256 = `hash` by the key (n, 65537).
    function verifySha256(bytes memory n, bytes memory signature, bytes32 hash) internal view returns (bool) {
        return _verify(n, signature, type(uint256).max, SHA256_INFO, uint256(hash));
    }

    /// @notice The same over SHA-384(message).
    function verifySha384(
        bytes memory n,
        bytes memory signature,
        bytes memory message
    ) internal view returns (bool) {
        (bytes32 head, bytes16 tail) = SHA512.sha384(message);
        uint256 middle = uint256(bytes32(SHA384_INFO_END)) | (uint256(head) >> 128);
        uint256 last = (uint256(head) << 128) | (uint256(bytes32(tail)) >> 128);
        return _verify(n, signature, SHA384_INFO, middle, last);
    }

    /// @notice The same over SHA-512(message).
    function verifySha512(
        bytes memory n,
        bytes memory signature,
        bytes memory message
    ) internal view returns (bool) {
        (bytes32 head, bytes32 tail) = SHA512.sha512(message);
        return _verify(n, signature, SHA512_INFO, uint256(head), uint256(tail));
    }

    /// @dev `third`, `second` and `first` from the end are the last 96 bytes of the encoded message; before them stand
    /// 00 01 and ff only.
    function _verify(
        bytes memory n,
        bytes memory signature,
        uint256 third,
        uint256 second,
        uint256 first
    ) private view returns (bool) {
        if (!isSupported(n.length) || signature.length != n.length) return false;
        return _isBelow(signature, n) && _opensTo(signature, n, third, second, first);
    }

    /// @dev Big-endian a < b of equal lengths, a multiple of 32.
    function _isBelow(bytes memory a, bytes memory b) private pure returns (bool below) {
        assembly ("memory-safe") {
            let end := add(mload(a), 0x20)
            for {
                let i := 0x20
            } lt(i, end) {
                i := add(i, 0x20)
            } {
                let left := mload(add(a, i))
                let right := mload(add(b, i))
                if iszero(eq(left, right)) {
                    below := lt(left, right)
                    break
                }
            }
        }
    }

    /// @dev signature^65537 mod n by the MODEXP precompile at 0x05 (EIP-198, priced by EIP-7883), in memory behind the
    /// free pointer, which stays: nothing of it is needed afterwards.
    function _opensTo(
        bytes memory signature,
        bytes memory n,
        uint256 third,
        uint256 second,
        uint256 first
    ) private view returns (bool opens) {
        assembly ("memory-safe") {
            let length := mload(n)
            let input := mload(0x40)
            mstore(input, length)
            mstore(add(input, 0x20), 3)
            mstore(add(input, 0x40), length)
            let exponent := add(add(input, 0x60), length)
            mcopy(add(input, 0x60), add(signature, 0x20), length)
            mstore(exponent, shl(232, 0x010001))
            mcopy(add(exponent, 3), add(n, 0x20), length)
            // The result overwrites the input.
            opens := staticcall(gas(), 0x05, input, add(0x63, shl(1, length)), input, length)
            opens := and(opens, eq(returndatasize(), length))

            // 00 01 and 30 ff.
            opens := and(opens, eq(mload(input), shr(15, not(0))))
            // Between the first word and the last three lie 4, 8 or 12: four a turn.
            let at := add(input, 0x20)
            let end := sub(add(input, length), 0x60)
            for {} lt(at, end) {
                at := add(at, 0x80)
            } {
                let ones := and(mload(at), mload(add(at, 0x20)))
                ones := and(ones, and(mload(add(at, 0x40)), mload(add(at, 0x60))))
                opens := and(opens, iszero(not(ones)))
            }
            opens := and(opens, eq(mload(end), third))
            opens := and(opens, eq(mload(add(end, 0x20)), second))
            opens := and(opens, eq(mload(add(end, 0x40)), first))
        }
    }
}
