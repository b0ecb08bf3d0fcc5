// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SHA512} from "./SHA512.sol";

/// @title RSASSA-PKCS1-v1_5
/// @notice RFC 8017 §8.2.2 with e = 65537, moduli of 2048, 3072 and 4096 bits.
/// @dev The encoded message is built and compared whole (RFC 8017 §9.2): no byte of the padding is parsed, so there
/// is nothing to hide a forgery in. A signature is as long as its modulus and below it.
library RSA {
    // DigestInfo prefixes, RFC 8017 §9.2 note 1.
    bytes19 private constant SHA256_INFO = hex"3031300d060960864801650304020105000420";
    bytes19 private constant SHA384_INFO = hex"3041300d060960864801650304020205000430";
    bytes19 private constant SHA512_INFO = hex"3051300d060960864801650304020305000440";

    /// @notice True for a modulus length that this library serves.
    function isSupported(uint256 modulusLength) internal pure returns (bool) {
        return modulusLength == 256 || modulusLength == 384 || modulusLength == 512;
    }

    /// @notice True when `signature` is one of the digest sha256 = `hash` by the key (n, 65537).
    function verifySha256(bytes memory n, bytes memory signature, bytes32 hash) internal view returns (bool) {
        return _verify(n, signature, abi.encodePacked(SHA256_INFO, hash));
    }

    /// @notice The same over SHA-384(message).
    function verifySha384(
        bytes memory n,
        bytes memory signature,
        bytes memory message
    ) internal view returns (bool) {
        (bytes32 head, bytes16 tail) = SHA512.sha384(message);
        return _verify(n, signature, abi.encodePacked(SHA384_INFO, head, tail));
    }

    /// @notice The same over SHA-512(message).
    function verifySha512(
        bytes memory n,
        bytes memory signature,
        bytes memory message
    ) internal view returns (bool) {
        (bytes32 head, bytes32 tail) = SHA512.sha512(message);
        return _verify(n, signature, abi.encodePacked(SHA512_INFO, head, tail));
    }

    function _verify(
        bytes memory n,
        bytes memory signature,
        bytes memory digestInfo
    ) private view returns (bool) {
        if (!isSupported(n.length) || signature.length != n.length) return false;
        if (!_isBelow(signature, n)) return false;
        bytes memory opened = _power65537(signature, n);
        if (opened.length != n.length) return false;
        return keccak256(opened) == keccak256(_encode(digestInfo, n.length));
    }

    /// @dev 00 01 ff … ff 00 ‖ DigestInfo. `length` is a multiple of 32 and leaves far more than eight bytes of ff.
    function _encode(bytes memory digestInfo, uint256 length) private pure returns (bytes memory encoded) {
        encoded = new bytes(length);
        assembly ("memory-safe") {
            let start := add(encoded, 0x20)
            for {
                let i := 0
            } lt(i, length) {
                i := add(i, 0x20)
            } {
                mstore(add(start, i), not(0))
            }
            mstore8(start, 0x00)
            mstore8(add(start, 1), 0x01)
            let info := add(start, sub(length, mload(digestInfo)))
            mstore8(sub(info, 1), 0x00)
            mcopy(info, add(digestInfo, 0x20), mload(digestInfo))
        }
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

    /// @dev MODEXP precompile at 0x05 (EIP-198, priced by EIP-7883); empty when the call fails.
    function _power65537(bytes memory base, bytes memory n) private view returns (bytes memory result) {
        assembly ("memory-safe") {
            let length := mload(n)
            let input := mload(0x40)
            mstore(input, length)
            mstore(add(input, 0x20), 3)
            mstore(add(input, 0x40), length)
            let position := add(input, 0x60)
            mcopy(position, add(base, 0x20), length)
            position := add(position, length)
            mstore(position, shl(232, 0x010001))
            position := add(position, 3)
            mcopy(position, add(n, 0x20), length)
            let size := add(sub(position, input), length)
            // The result overwrites the input; its length stands before it.
            result := input
            let ok := staticcall(gas(), 0x05, input, size, add(input, 0x20), length)
            ok := and(ok, eq(returndatasize(), length))
            mstore(result, mul(ok, length))
            mstore(0x40, add(add(result, 0x20), length))
        }
    }
}
