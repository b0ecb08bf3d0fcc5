// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITPMErrors} from "../interfaces/ITPMErrors.sol";
import {CertifiedKey} from "../types/Claims.sol";

/// @title TPMT_PUBLIC of an identity key: P-256, signing
/// @notice TPM 2.0 Part 2 §12.2.4, without a TPM2B length before it, nothing trailing.
/// @dev | bytes | field |
/// |---|---|
/// | 2, 2, 4 | type 0023, nameAlg 000b, objectAttributes |
/// | 2 + n | authPolicy |
/// | 2 | symmetric 0010 (NULL: a signing key has none) |
/// | 2 or 4 | scheme: 0010, or 0018 and hash 000b |
/// | 2, 2 | curve 0003, kdf 0010 |
/// | 2 + n, 2 + n | x, y: up to 32 bytes each, a TPM may drop leading zeros |
/// Unchecked: every sum is of lengths of 16 bits.
library TPMPublic {
    uint256 private constant ALG_SHA256 = 0x000b;
    uint256 private constant ALG_NULL = 0x0010;
    uint256 private constant ALG_ECDSA = 0x0018;
    // TPM_ALG_ECC, TPM_ALG_SHA256; TPM_ECC_NIST_P256, TPM_ALG_NULL.
    uint256 private constant ALG_ECC_SHA256 = 0x0023000b;
    uint256 private constant P256_NO_KDF = 0x00030010;

    /// @notice Fills in all but the Name.
    function read(CertifiedKey memory key, bytes calldata area) internal pure {
        unchecked {
            _require(area, 8);
            uint256 head = _word(area, 0);
            key.attributes = uint32(head >> 192);
            (uint256 policy, uint256 length, uint256 from) = _read2B(area, 8);
            // Type and nameAlg.
            if (head >> 224 != ALG_ECC_SHA256) revert ITPMErrors.CertifyPublicMalformed();
            _require(area, from + 2);
            if (_u16(area, from) != ALG_NULL) revert ITPMErrors.CertifyPublicMalformed();
            from = _readScheme(area, from + 2);
            _require(area, from + 4);
            if (_word(area, from) >> 224 != P256_NO_KDF) revert ITPMErrors.CertifyPublicMalformed();
            (key.x, from) = _readCoordinate(area, from + 4);
            (key.y, from) = _readCoordinate(area, from);
            if (from != area.length) revert ITPMErrors.CertifyPublicMalformed();
            if (length == 32) key.authPolicy = bytes32(policy);
        }
    }

    function _readScheme(bytes calldata area, uint256 from) private pure returns (uint256 next) {
        unchecked {
            _require(area, from + 2);
            uint256 scheme = _u16(area, from);
            if (scheme == ALG_NULL) return from + 2;
            if (scheme != ALG_ECDSA) revert ITPMErrors.CertifySchemeUnsupported(uint16(scheme));
            _require(area, from + 4);
            uint256 hash = _u16(area, from + 2);
            if (hash != ALG_SHA256) revert ITPMErrors.CertifySchemeUnsupported(uint16(hash));
            return from + 4;
        }
    }

    function _readCoordinate(
        bytes calldata area,
        uint256 from
    ) private pure returns (bytes32 value, uint256 next) {
        unchecked {
            uint256 word;
            uint256 length;
            (word, length, next) = _read2B(area, from);
            if (length == 0 || length > 32) revert ITPMErrors.CertifyPublicMalformed();
            value = bytes32(word >> (256 - (length << 3)));
        }
    }

    function _require(bytes calldata area, uint256 length) private pure {
        if (area.length < length) revert ITPMErrors.CertifyPublicMalformed();
    }

    /// @dev A word that may reach past the end; only what `_require` has found to be there is used.
    function _word(bytes calldata area, uint256 from) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := calldataload(add(area.offset, from))
        }
    }

    function _u16(bytes calldata area, uint256 from) private pure returns (uint256) {
        return _word(area, from) >> 240;
    }

    /// @return word the first word of the value
    function _read2B(
        bytes calldata area,
        uint256 from
    ) private pure returns (uint256 word, uint256 length, uint256 next) {
        unchecked {
            _require(area, from + 2);
            length = _u16(area, from);
            next = from + 2 + length;
            _require(area, next);
            word = _word(area, from + 2);
        }
    }
}
