// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITDXErrors} from "../interfaces/ITDXErrors.sol";
import {TDXQuoteLayout, TDXQuoteLayoutLibrary} from "./TDXQuoteLayout.sol";

/// @title Reader of Intel TDX DCAP quotes, versions 4 and 5, raw and compact
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
///
/// Certification data lies outside every signature, so it may be recoded. Compact forms, lengths big-endian:
/// known host: ff01 ‖ header and body ‖ signature 64 ‖ key 64 ‖ host attributes 94
/// new host: ff02 ‖ header and body ‖ signature 64 ‖ key 64 ‖ QE report 384 ‖ its signature 64 ‖ u16 + authentication
/// data ‖ PCK certificate (DER)
/// Unchecked: every sum is of lengths of at most 32 bits.
library TDXQuote {
    uint256 private constant HEADER_LENGTH = 48;
    uint256 private constant BODY_10_LENGTH = 584;
    uint256 private constant BODY_15_LENGTH = 648;
    // Bytes 2 to 28 of the header: key type 2, TEE type 0x81, reserved bytes that are not looked at, Intel's vendor id.
    uint256 private constant HEADER = 0x02008100000000000000939a7233f79c4ca9940a0db3957f0607;
    uint256 private constant HEADER_MASK = 0xffffffffffff00000000ffffffffffffffffffffffffffffffff;
    // Raw signature data: where the QE report and the authentication data begin.
    uint256 private constant RAW_QE_REPORT = 134;
    uint256 private constant RAW_AUTH = 584;

    uint256 private constant KNOWN_HOST = 0xff01;
    uint256 private constant NEW_HOST = 0xff02;
    uint256 private constant ATTRIBUTES_LENGTH = 94;

    function parse(bytes calldata quote) internal pure returns (TDXQuoteLayout) {
        uint256 prefix = quote.length < 2 ? 0 : word(quote, 0) >> 240;
        uint256 form = TDXQuoteLayoutLibrary.RAW;
        if (prefix == KNOWN_HOST) form = TDXQuoteLayoutLibrary.KNOWN_HOST;
        else if (prefix == NEW_HOST) form = TDXQuoteLayoutLibrary.NEW_HOST;
        uint256 signed = form == TDXQuoteLayoutLibrary.RAW ? 0 : 2;
        (uint256 body, uint256 bodyEnd) = _locateBody(quote, signed, _readVersion(quote, signed));
        if (form == TDXQuoteLayoutLibrary.RAW) return _locateRaw(quote, body, bodyEnd);
        return
            form == TDXQuoteLayoutLibrary.KNOWN_HOST
                ? _locateKnownHost(quote, body, bodyEnd)
                : _locateNewHost(quote, body, bodyEnd);
    }

    /// @notice A range that `parse` has found to be there, without looking again.
    function slice(
        bytes calldata data,
        uint256 from,
        uint256 until
    ) internal pure returns (bytes calldata part) {
        assembly ("memory-safe") {
            part.offset := add(data.offset, from)
            part.length := sub(until, from)
        }
    }

    function _requireLength(bytes calldata quote, uint256 due) private pure {
        if (quote.length < due) revert ITDXErrors.TDXQuoteTruncated(quote.length, due);
    }

    function _readVersion(bytes calldata quote, uint256 from) private pure returns (uint256 version) {
        unchecked {
            _requireLength(quote, from + HEADER_LENGTH);
            uint256 head = word(quote, from);
            version = _swap16(head >> 240);
            if (version != 4 && version != 5) revert ITDXErrors.TDXVersionUnsupported(uint16(version));
            if ((head >> 32) & HEADER_MASK != HEADER) _refuseHeader(quote, from);
        }
    }

    function _refuseHeader(bytes calldata quote, uint256 from) private pure {
        uint256 keyType = _u16(quote, from + 2);
        if (keyType != 2) revert ITDXErrors.TDXKeyTypeUnsupported(uint16(keyType));
        uint256 teeType = _u32(quote, from + 4);
        if (teeType != 0x81) revert ITDXErrors.TDXTeeTypeUnsupported(uint32(teeType));
        revert ITDXErrors.TDXVendorUnknown(bytes16(bytes32(word(quote, from + 12))));
    }

    /// @dev Version 4 has no descriptor: its body is always a TD report 1.0.
    function _locateBody(
        bytes calldata quote,
        uint256 from,
        uint256 version
    ) private pure returns (uint256 start, uint256 end) {
        unchecked {
            start = from + HEADER_LENGTH;
            if (version == 4) return (start, start + BODY_10_LENGTH);
            _requireLength(quote, start + 6);
            uint256 bodyType = _u16(quote, start);
            uint256 size = _u32(quote, start + 2);
            bool isKnown =
                (bodyType == 2 && size == BODY_10_LENGTH) || (bodyType == 3 && size == BODY_15_LENGTH);
            if (!isKnown) revert ITDXErrors.TDXBodyUnsupported(uint16(bodyType), uint32(size));
            return (start + 6, start + 6 + size);
        }
    }

    function _locateRaw(
        bytes calldata quote,
        uint256 body,
        uint256 bodyEnd
    ) private pure returns (TDXQuoteLayout) {
        unchecked {
            uint256 signature = bodyEnd + 4;
            _requireLength(quote, signature);
            uint256 length = _u32(quote, bodyEnd);
            uint256 end = signature + length;
            _requireLength(quote, end);
            if (length < RAW_AUTH + 6) revert ITDXErrors.TDXSignatureLengthMismatch(length, RAW_AUTH + 6);
            uint256 due = RAW_QE_REPORT + _u32(quote, signature + 130);
            if (due != length) revert ITDXErrors.TDXSignatureLengthMismatch(length, due);
            uint256 inner = RAW_AUTH + _u16(quote, signature + 582);
            due = inner + 6;
            if (due <= length) due += _u32(quote, signature + inner + 2);
            if (due != length) revert ITDXErrors.TDXSignatureLengthMismatch(length, due);
            uint256 outerType = _u16(quote, signature + 128);
            if (outerType != 6) revert ITDXErrors.TDXCertificationTypeUnsupported(uint16(outerType));
            uint256 innerType = _u16(quote, signature + inner);
            if (innerType != 5) revert ITDXErrors.TDXCertificationTypeUnsupported(uint16(innerType));
            _requireZeroPadding(quote, end);
            inner += signature;
            uint256 form = TDXQuoteLayoutLibrary.RAW;
            return TDXQuoteLayoutLibrary.pack(form, 0, body, bodyEnd, signature, inner, inner + 6, end);
        }
    }

    function _locateKnownHost(
        bytes calldata quote,
        uint256 body,
        uint256 bodyEnd
    ) private pure returns (TDXQuoteLayout) {
        unchecked {
            uint256 rest = bodyEnd + 128;
            uint256 end = rest + ATTRIBUTES_LENGTH;
            if (quote.length != end) revert ITDXErrors.TDXCompactMalformed(quote.length);
            uint256 form = TDXQuoteLayoutLibrary.KNOWN_HOST;
            return TDXQuoteLayoutLibrary.pack(form, 2, body, bodyEnd, bodyEnd, 0, rest, end);
        }
    }

    function _locateNewHost(
        bytes calldata quote,
        uint256 body,
        uint256 bodyEnd
    ) private pure returns (TDXQuoteLayout) {
        unchecked {
            uint256 end = quote.length;
            uint256 rest = bodyEnd + 578;
            if (end < rest) revert ITDXErrors.TDXCompactMalformed(end);
            rest += word(quote, rest - 2) >> 240;
            if (end <= rest) revert ITDXErrors.TDXCompactMalformed(end);
            uint256 form = TDXQuoteLayoutLibrary.NEW_HOST;
            return TDXQuoteLayoutLibrary.pack(form, 2, body, bodyEnd, bodyEnd, rest, rest, end);
        }
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

    /// @notice Word at an offset that `parse` has found to be there; what lies past the end must not be used.
    function word(bytes calldata data, uint256 offset) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := calldataload(add(data.offset, offset))
        }
    }

    function _swap16(uint256 value) private pure returns (uint256) {
        return (value >> 8) | ((value & 0xff) << 8);
    }

    function _u16(bytes calldata data, uint256 offset) private pure returns (uint256) {
        return _swap16(word(data, offset) >> 240);
    }

    function _u32(bytes calldata data, uint256 offset) private pure returns (uint256) {
        unchecked {
            uint256 value = word(data, offset) >> 224;
            return _swap16(value >> 16) | (_swap16(value & 0xffff) << 16);
        }
    }
}
