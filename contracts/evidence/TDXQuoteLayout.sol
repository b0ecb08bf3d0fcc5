// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Where the parts of a quote lie, in one word: every verification reads them many times.
/// @dev From the lowest bit, offsets of 32 bits: end, rest, authEnd, signature, bodyEnd; then of 8 bits: body, signed,
/// form. Calldata is shorter than 2^32 bytes: that many would cost 2^34 gas.
/// `signed` start of what the attestation key signed · `body` start of the TD report body · `bodyEnd` its end, also the
/// end of what is signed · `signature` start of signature 64 ‖ attestation key 64 · `qeReport` start of QE report 384 ‖
/// its signature 64 ‖ length 2 · `auth` to `authEnd` QE authentication data · `rest` to `end` what is left: PEM chain
/// (raw), PCK certificate (new host), host attributes (known host). A known host has neither QE report nor
/// authentication data.
type TDXQuoteLayout is uint256;

using TDXQuoteLayoutLibrary for TDXQuoteLayout global;

/// @title Packing of `TDXQuoteLayout`
library TDXQuoteLayoutLibrary {
    // How the evidence around a quote's signed bytes is written.
    uint256 internal constant RAW = 0;
    uint256 internal constant KNOWN_HOST = 1;
    uint256 internal constant NEW_HOST = 2;

    uint256 private constant OFFSET = type(uint32).max;
    // Signature and key, and in raw quotes type and length of the outer certification data.
    uint256 private constant COMPACT_QE_REPORT = 128;
    uint256 private constant RAW_QE_REPORT = 134;
    uint256 private constant AUTH = 450;

    function pack(
        uint256 form,
        uint256 signedFrom,
        uint256 bodyFrom,
        uint256 bodyUntil,
        uint256 signatureFrom,
        uint256 authUntil,
        uint256 restFrom,
        uint256 until
    ) internal pure returns (TDXQuoteLayout) {
        uint256 head = (form << 176) | (signedFrom << 168) | (bodyFrom << 160) | (bodyUntil << 128);
        return
            TDXQuoteLayout.wrap(head | (signatureFrom << 96) | (authUntil << 64) | (restFrom << 32) | until);
    }

    function isRaw(TDXQuoteLayout parts) internal pure returns (bool) {
        return _form(parts) == RAW;
    }

    function isKnownHost(TDXQuoteLayout parts) internal pure returns (bool) {
        return _form(parts) == KNOWN_HOST;
    }

    function isNewHost(TDXQuoteLayout parts) internal pure returns (bool) {
        return _form(parts) == NEW_HOST;
    }

    function signed(TDXQuoteLayout parts) internal pure returns (uint256) {
        return (TDXQuoteLayout.unwrap(parts) >> 168) & 0xff;
    }

    function body(TDXQuoteLayout parts) internal pure returns (uint256) {
        return (TDXQuoteLayout.unwrap(parts) >> 160) & 0xff;
    }

    function bodyEnd(TDXQuoteLayout parts) internal pure returns (uint256) {
        return (TDXQuoteLayout.unwrap(parts) >> 128) & OFFSET;
    }

    function signature(TDXQuoteLayout parts) internal pure returns (uint256) {
        return (TDXQuoteLayout.unwrap(parts) >> 96) & OFFSET;
    }

    function qeReport(TDXQuoteLayout parts) internal pure returns (uint256) {
        unchecked {
            return signature(parts) + (isRaw(parts) ? RAW_QE_REPORT : COMPACT_QE_REPORT);
        }
    }

    function auth(TDXQuoteLayout parts) internal pure returns (uint256) {
        unchecked {
            return qeReport(parts) + AUTH;
        }
    }

    function authEnd(TDXQuoteLayout parts) internal pure returns (uint256) {
        return (TDXQuoteLayout.unwrap(parts) >> 64) & OFFSET;
    }

    function rest(TDXQuoteLayout parts) internal pure returns (uint256) {
        return (TDXQuoteLayout.unwrap(parts) >> 32) & OFFSET;
    }

    function end(TDXQuoteLayout parts) internal pure returns (uint256) {
        return TDXQuoteLayout.unwrap(parts) & OFFSET;
    }

    function _form(TDXQuoteLayout parts) private pure returns (uint256) {
        return TDXQuoteLayout.unwrap(parts) >> 176;
    }
}
