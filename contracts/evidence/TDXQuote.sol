// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITDXErrors} from "../interfaces/ITDXErrors.sol";

/// @notice How the evidence around a quote's signed bytes is written.
enum TDXForm {
    Raw,
    KnownHost,
    NewHost
}

/// @notice Where the parts of a quote lie.
/// @param signed start of what the attestation key signed
/// @param body start of the TD report body
/// @param bodyEnd its end, also the end of what is signed
/// @param signature start of signature 64 ‖ attestation key 64
/// @param qeReport start of QE report 384 ‖ its signature 64
/// @param auth start of the QE authentication data
/// @param authEnd its end
/// @param rest start of what is left: PEM chain (raw), PCK certificate (new host), host attributes (known host)
/// @param end its end
struct TDXQuoteLayout {
    TDXForm form;
    uint256 signed;
    uint256 body;
    uint256 bodyEnd;
    uint256 signature;
    uint256 qeReport;
    uint256 auth;
    uint256 authEnd;
    uint256 rest;
    uint256 end;
}

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
    bytes16 private constant INTEL_VENDOR = 0x939a7233f79c4ca9940a0db3957f0607;
    // Key type 2, TEE type 0x81 in the header's bytes 2 to 8.
    uint256 private constant KEY_AND_TEE_TYPE = 0x020081000000;
    // Raw signature data: where the QE report and the authentication data begin.
    uint256 private constant RAW_QE_REPORT = 134;
    uint256 private constant RAW_AUTH = 584;

    uint256 private constant KNOWN_HOST = 0xff01;
    uint256 private constant NEW_HOST = 0xff02;
    uint256 internal constant ATTRIBUTES_LENGTH = 94;

    function parse(bytes calldata quote) internal pure returns (TDXQuoteLayout memory parts) {
        uint256 prefix = quote.length < 2 ? 0 : word(quote, 0) >> 240;
        if (prefix == KNOWN_HOST) parts.form = TDXForm.KnownHost;
        else if (prefix == NEW_HOST) parts.form = TDXForm.NewHost;
        if (parts.form != TDXForm.Raw) parts.signed = 2;
        (parts.body, parts.bodyEnd) = _locateBody(quote, parts.signed, _readVersion(quote, parts.signed));
        if (parts.form == TDXForm.Raw) _locateRaw(quote, parts);
        else _locateCompact(quote, parts);
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

    /// @notice sha256, by the precompile at 0x02, of a range that `parse` has found to be there.
    /// @dev Copied into free memory, which is left as it was found.
    function sha256Of(
        bytes calldata data,
        uint256 from,
        uint256 until
    ) internal view returns (bytes32 value) {
        assembly ("memory-safe") {
            let copy := mload(0x40)
            let length := sub(until, from)
            calldatacopy(copy, add(data.offset, from), length)
            if iszero(staticcall(gas(), 0x02, copy, length, 0x00, 0x20)) {
                revert(0, 0)
            }
            value := mload(0x00)
        }
    }

    /// @notice Little-endian u64 at an offset that `parse` has found to be there.
    function u64(bytes calldata data, uint256 offset) internal pure returns (uint64) {
        uint256 value = word(data, offset) >> 192;
        value = ((value & 0xff00ff00ff00ff00) >> 8) | ((value & 0x00ff00ff00ff00ff) << 8);
        value = ((value & 0xffff0000ffff0000) >> 16) | ((value & 0x0000ffff0000ffff) << 16);
        return uint64((value >> 32) | (value << 32));
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
            if ((head >> 192) & type(uint48).max != KEY_AND_TEE_TYPE) {
                uint256 keyType = _u16(quote, from + 2);
                if (keyType != 2) revert ITDXErrors.TDXKeyTypeUnsupported(uint16(keyType));
                revert ITDXErrors.TDXTeeTypeUnsupported(uint32(_u32(quote, from + 4)));
            }
            bytes16 vendor = bytes16(bytes32(word(quote, from + 12)));
            if (vendor != INTEL_VENDOR) revert ITDXErrors.TDXVendorUnknown(vendor);
        }
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

    function _locateRaw(bytes calldata quote, TDXQuoteLayout memory parts) private pure {
        unchecked {
            uint256 signature = parts.bodyEnd + 4;
            _requireLength(quote, signature);
            uint256 length = _u32(quote, parts.bodyEnd);
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
            parts.signature = signature;
            parts.qeReport = signature + RAW_QE_REPORT;
            parts.auth = signature + RAW_AUTH;
            parts.authEnd = signature + inner;
            parts.rest = signature + inner + 6;
            parts.end = end;
        }
    }

    function _locateCompact(bytes calldata quote, TDXQuoteLayout memory parts) private pure {
        unchecked {
            parts.signature = parts.bodyEnd;
            parts.end = quote.length;
            if (parts.form == TDXForm.KnownHost) {
                parts.rest = parts.signature + 128;
                if (parts.end != parts.rest + ATTRIBUTES_LENGTH)
                    revert ITDXErrors.TDXCompactMalformed(quote.length);
                return;
            }
            parts.qeReport = parts.signature + 128;
            parts.auth = parts.qeReport + 450;
            if (parts.end < parts.auth) revert ITDXErrors.TDXCompactMalformed(quote.length);
            parts.authEnd = parts.auth + (word(quote, parts.auth - 2) >> 240);
            parts.rest = parts.authEnd;
            if (parts.end <= parts.rest) revert ITDXErrors.TDXCompactMalformed(quote.length);
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
