// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CVMIdentity} from "../types/Evidence.sol";
import {IRegistryErrors} from "../interfaces/IRegistryErrors.sol";
import {P256} from "../crypto/P256.sol";

/// @title Identity of a CVM
/// @notice One algorithm triple, two spellings of a key, one hash per spelling (protocol §2).
library Identity {
    // TPM 2.0 Part 2: TPM_ALG_ECDSA, TPM_ECC_NIST_P256, TPM_ALG_SHA256.
    uint16 private constant ECDSA = 0x0018;
    uint16 private constant NIST_P256 = 0x0003;
    uint16 private constant SHA_256 = 0x000b;
    // SEC 1 §2.3.3: first byte of an uncompressed point.
    bytes1 private constant UNCOMPRESSED = 0x04;

    /// @param hash identity hash in the spelling given
    /// @param isLong the spelling given is that of 65 bytes
    struct Key {
        bytes32 hash;
        bytes32 x;
        bytes32 y;
        bool isLong;
    }

    /// @dev Of canonical calldata: the data follows its length, in the fifth word, and lies within.
    function read(CVMIdentity calldata identity) internal pure returns (Key memory key) {
        uint256 sigScheme;
        uint256 curve;
        uint256 hashAlgo;
        uint256 length;
        bytes1 first;
        assembly ("memory-safe") {
            sigScheme := calldataload(identity)
            curve := calldataload(add(identity, 0x20))
            hashAlgo := calldataload(add(identity, 0x40))
            length := calldataload(add(identity, 0x80))
            first := shl(248, shr(248, calldataload(add(identity, 0xa0))))
        }
        if (sigScheme != ECDSA || curve != NIST_P256 || hashAlgo != SHA_256)
            revert IRegistryErrors.IdentityAlgorithmUnsupported(
                uint16(sigScheme),
                uint16(curve),
                uint16(hashAlgo)
            );
        key.isLong = length == 65;
        if (length != 64 && !(key.isLong && first == UNCOMPRESSED))
            revert IRegistryErrors.IdentityEncodingUnsupported(length);
        assembly ("memory-safe") {
            // x and y, behind the prefix of the long spelling.
            let from := add(identity, add(0xa0, eq(length, 65)))
            calldatacopy(add(key, 0x20), from, 0x40)
        }
        if (!P256.isOnCurve(key.x, key.y)) revert IRegistryErrors.IdentityNotOnCurve();
        key.hash = key.isLong ? _long(key.x, key.y) : _short(key.x, key.y);
    }

    /// @notice The hash of the same key in the spelling that was not given.
    function otherHash(Key memory key) internal pure returns (bytes32) {
        return key.isLong ? _short(key.x, key.y) : _long(key.x, key.y);
    }

    /// @notice The hash of the same key in the spelling that `hash` is not of.
    function otherSpelling(bytes32 hash, bytes32 x, bytes32 y) internal pure returns (bytes32) {
        bytes32 short = _short(x, y);
        return hash == short ? _long(x, y) : short;
    }

    function _short(bytes32 x, bytes32 y) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(ECDSA, NIST_P256, SHA_256, x, y));
    }

    function _long(bytes32 x, bytes32 y) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(ECDSA, NIST_P256, SHA_256, UNCOMPRESSED, x, y));
    }

    /// @notice The data that hashes to `hash`: 64 bytes, or 65 where the record was made with that spelling.
    function spell(bytes32 hash, bytes32 x, bytes32 y) internal pure returns (bytes memory data) {
        data = abi.encodePacked(x, y);
        if (keccak256(abi.encodePacked(ECDSA, NIST_P256, SHA_256, data)) != hash)
            data = abi.encodePacked(UNCOMPRESSED, data);
    }

    function withData(bytes memory data) internal pure returns (CVMIdentity memory) {
        return CVMIdentity(ECDSA, NIST_P256, SHA_256, data);
    }
}
