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
library TPMPublic {
    uint256 private constant ALG_SHA256 = 0x000b;
    uint256 private constant ALG_NULL = 0x0010;
    uint256 private constant ALG_ECDSA = 0x0018;
    uint256 private constant ALG_ECC = 0x0023;
    uint256 private constant CURVE_P256 = 0x0003;

    function read(bytes calldata area) internal pure returns (CertifiedKey memory key) {
        _require(area, 8);
        bool isDue = _u16(area, 0) == ALG_ECC && _u16(area, 2) == ALG_SHA256;
        key.attributes = uint32(bytes4(area[4:8]));
        (bytes calldata policy, uint256 from) = _read2B(area, 8);
        if (!isDue || _readU16(area, from) != ALG_NULL) revert ITPMErrors.CertifyPublicMalformed();
        from = _readScheme(area, from + 2);
        if (_readU16(area, from) != CURVE_P256 || _readU16(area, from + 2) != ALG_NULL)
            revert ITPMErrors.CertifyPublicMalformed();
        (key.x, from) = _readCoordinate(area, from + 4);
        (key.y, from) = _readCoordinate(area, from);
        if (from != area.length) revert ITPMErrors.CertifyPublicMalformed();
        key.authPolicy = policy.length == 32 ? bytes32(policy) : bytes32(0);
    }

    function _readScheme(bytes calldata area, uint256 from) private pure returns (uint256 next) {
        uint256 scheme = _readU16(area, from);
        if (scheme == ALG_NULL) return from + 2;
        if (scheme != ALG_ECDSA) revert ITPMErrors.CertifySchemeUnsupported(uint16(scheme));
        uint256 hash = _readU16(area, from + 2);
        if (hash != ALG_SHA256) revert ITPMErrors.CertifySchemeUnsupported(uint16(hash));
        return from + 4;
    }

    function _readCoordinate(
        bytes calldata area,
        uint256 from
    ) private pure returns (bytes32 value, uint256 next) {
        bytes calldata field;
        (field, next) = _read2B(area, from);
        if (field.length == 0 || field.length > 32) revert ITPMErrors.CertifyPublicMalformed();
        value = bytes32(field) >> (8 * (32 - field.length));
    }

    function _require(bytes calldata area, uint256 length) private pure {
        if (area.length < length) revert ITPMErrors.CertifyPublicMalformed();
    }

    function _u16(bytes calldata area, uint256 from) private pure returns (uint256) {
        return uint16(bytes2(area[from:from + 2]));
    }

    function _readU16(bytes calldata area, uint256 from) private pure returns (uint256) {
        _require(area, from + 2);
        return _u16(area, from);
    }

    function _read2B(
        bytes calldata area,
        uint256 from
    ) private pure returns (bytes calldata value, uint256 next) {
        next = from + 2 + _readU16(area, from);
        _require(area, next);
        value = area[from + 2:next];
    }
}
