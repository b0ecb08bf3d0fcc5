// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITDXErrors} from "../interfaces/ITDXErrors.sol";

/// @notice Where the parts of a quote lie.
/// @param body start of the TD report body
/// @param bodyEnd its end, also the end of what the attestation key signed
/// @param signature start of the signature data
/// @param authEnd end of the QE authentication data
/// @param end end of the signature data, which is also the end of the PEM chain
struct TDXQuoteLayout {
    uint256 body;
    uint256 bodyEnd;
    uint256 signature;
    uint256 authEnd;
    uint256 end;
}

/// @title Reader of Intel TDX DCAP quotes, versions 4 and 5
/// @notice Structure only; nothing here says that a quote is genuine.
/// @dev Intel TDX DCAP Quoting Library API, appendix A. Integers are little-endian.
/// | at | bytes | |
/// |---|---|---|
/// | 0 | 48 | header: version u16, key type u16, TEE type u32, 4 reserved, vendor 16, user data 20 |
/// | 48 | 6 | version 5 only: body type u16, body size u32 |
/// | 48, 54 | 584, 648 | TD report 1.0, 1.5 |
/// | | 4 | length of the signature data |
/// Signature data: signature 64, attestation key 64, type 6 u16, length u32, QE report 384, its signature 64,
/// authentication data u16 + n, type 5 u16, length u32, PEM chain. Behind it zero padding (GCP hands out buffers of
/// 8,000 bytes, Azure 70 bytes more than used).
library TDXQuote {
    uint256 private constant HEADER_LENGTH = 48;
    uint256 private constant BODY_10_LENGTH = 584;
    uint256 private constant BODY_15_LENGTH = 648;
    bytes16 private constant INTEL_VENDOR = 0x939a7233f79c4ca9940a0db3957f0607;
    // Signature data up to the QE authentication data.
    uint256 private constant FIXED_LENGTH = 584;

    // Offsets in the signature data.
    uint256 internal constant KEY = 64;
    uint256 internal constant QE_REPORT = 134;
    uint256 internal constant QE_SIGNATURE = 518;
    uint256 internal constant AUTH = 584;

    function parse(bytes calldata quote) internal pure returns (TDXQuoteLayout memory parts) {
        _requireHeader(quote);
        (parts.body, parts.bodyEnd) = _locateBody(quote);
        parts.signature = parts.bodyEnd + 4;
        _requireLength(quote, parts.signature);
        parts.end = parts.signature + _u32(quote, parts.bodyEnd);
        _requireLength(quote, parts.end);
        _requireSignatureData(quote, parts);
        _requireZeroPadding(quote, parts.end);
    }

    /// @notice Little-endian u64 at an offset.
    function u64(bytes calldata data, uint256 offset) internal pure returns (uint64 value) {
        return uint64(_u32(data, offset) | (_u32(data, offset + 4) << 32));
    }

    function _requireLength(bytes calldata quote, uint256 due) private pure {
        if (quote.length < due) revert ITDXErrors.TDXQuoteTruncated(quote.length, due);
    }

    function _requireHeader(bytes calldata quote) private pure {
        _requireLength(quote, HEADER_LENGTH);
        uint256 version = _u16(quote, 0);
        if (version != 4 && version != 5) revert ITDXErrors.TDXVersionUnsupported(uint16(version));
        uint256 keyType = _u16(quote, 2);
        if (keyType != 2) revert ITDXErrors.TDXKeyTypeUnsupported(uint16(keyType));
        uint256 teeType = _u32(quote, 4);
        if (teeType != 0x81) revert ITDXErrors.TDXTeeTypeUnsupported(uint32(teeType));
        bytes16 vendor = bytes16(quote[12:28]);
        if (vendor != INTEL_VENDOR) revert ITDXErrors.TDXVendorUnknown(vendor);
    }

    /// @dev Version 4 has no descriptor: its body is always a TD report 1.0.
    function _locateBody(bytes calldata quote) private pure returns (uint256 start, uint256 end) {
        if (_u16(quote, 0) == 4) return (HEADER_LENGTH, HEADER_LENGTH + BODY_10_LENGTH);
        start = HEADER_LENGTH + 6;
        _requireLength(quote, start);
        uint256 bodyType = _u16(quote, 48);
        uint256 size = _u32(quote, 50);
        bool isKnown = (bodyType == 2 && size == BODY_10_LENGTH) || (bodyType == 3 && size == BODY_15_LENGTH);
        if (!isKnown) revert ITDXErrors.TDXBodyUnsupported(uint16(bodyType), uint32(size));
        return (start, start + size);
    }

    function _requireSignatureData(bytes calldata quote, TDXQuoteLayout memory parts) private pure {
        bytes calldata data = quote[parts.signature:parts.end];
        uint256 length = data.length;
        if (length < FIXED_LENGTH + 6) revert ITDXErrors.TDXSignatureLengthMismatch(length, FIXED_LENGTH + 6);
        uint256 due = QE_REPORT + _u32(data, 130);
        if (due != length) revert ITDXErrors.TDXSignatureLengthMismatch(length, due);
        uint256 inner = FIXED_LENGTH + _u16(data, 582);
        due = inner + 6;
        if (due <= length) due += _u32(data, inner + 2);
        if (due != length) revert ITDXErrors.TDXSignatureLengthMismatch(length, due);
        uint256 outerType = _u16(data, 128);
        if (outerType != 6) revert ITDXErrors.TDXCertificationTypeUnsupported(uint16(outerType));
        uint256 innerType = _u16(data, inner);
        if (innerType != 5) revert ITDXErrors.TDXCertificationTypeUnsupported(uint16(innerType));
        parts.authEnd = parts.signature + inner;
    }

    /// @dev A word at a time; calldata reads past the slice are cut off by the shift.
    function _requireZeroPadding(bytes calldata quote, uint256 from) private pure {
        bool isZero;
        assembly ("memory-safe") {
            let position := add(quote.offset, from)
            let end := add(quote.offset, quote.length)
            let bits := 0
            for {} iszero(gt(add(position, 0x20), end)) {
                position := add(position, 0x20)
            } {
                bits := or(bits, calldataload(position))
            }
            if lt(position, end) {
                bits := or(bits, shr(sub(256, shl(3, sub(end, position))), calldataload(position)))
            }
            isZero := iszero(bits)
        }
        if (!isZero) revert ITDXErrors.TDXPaddingNotZero();
    }

    function _u16(bytes calldata data, uint256 offset) private pure returns (uint256) {
        return uint256(uint8(data[offset])) | (uint256(uint8(data[offset + 1])) << 8);
    }

    function _u32(bytes calldata data, uint256 offset) private pure returns (uint256) {
        return _u16(data, offset) | (_u16(data, offset + 2) << 16);
    }
}
