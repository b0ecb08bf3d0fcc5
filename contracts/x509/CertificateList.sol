// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SHA256} from "../crypto/SHA256.sol";
import {IX509Errors} from "../interfaces/IX509Errors.sol";
import {CertificateExtensions} from "./CertificateExtensions.sol";
import {DER} from "./DER.sol";
import {DERTime} from "./DERTime.sol";

/// @notice What is read of a CRL; whether it is trusted or in date is the caller's business.
/// @param tbsHash sha256 of the TBSCertList, which its issuer signs
/// @param contentHash keccak256 of the same, which published DCAP proof journals name
/// @param issuerHash keccak256 of the DER of the issuer's name
/// @param serials 20 bytes each, in the order of the list
struct CertificateListFields {
    bytes32 tbsHash;
    bytes32 contentHash;
    bytes32 issuerHash;
    bytes32 r;
    bytes32 s;
    uint256 thisUpdate;
    uint256 nextUpdate;
    bytes serials;
}

/// @title X.509 v2 certificate revocation lists signed by ECDSA-SHA256 (RFC 5280 §5)
/// @notice No extension is understood, so a critical one is refused, on an entry as on the list.
library CertificateList {
    // AlgorithmIdentifier 1.2.840.10045.4.3.2 without parameters.
    bytes32 private constant ECDSA_SHA256 = keccak256(hex"300a06082a8648ce3d040302");
    uint256 private constant SERIAL = 20;
    // An entry has at least a sequence header, a serial of one byte and a UTCTime.
    uint256 private constant SMALLEST_ENTRY = 20;

    /// @notice Reads one CRL: structure, then signature algorithm and signature, then critical extensions.
    function parse(bytes memory der) internal view returns (CertificateListFields memory fields) {
        (uint256 from, uint256 end) = DER.bounds(der);
        (from, end) = DER.openWhole(from, end, DER.SEQUENCE);
        (uint256 tbsStart, uint256 tbsStop) = DER.open(from, end, DER.SEQUENCE);
        (, uint256 algorithmStop) = DER.open(tbsStop, end, DER.SEQUENCE);
        (uint256 bits, uint256 bitsStop) = DER.openWhole(algorithmStop, end, DER.BIT_STRING);
        if (bits == bitsStop || DER.byteAt(bits) != 0) revert IX509Errors.X509Malformed();
        fields.tbsHash = SHA256.ofMemory(from, tbsStop - from);
        fields.contentHash = DER.hash(from, tbsStop);
        bytes32 algorithm = DER.hash(tbsStop, algorithmStop);
        (bytes32 innerAlgorithm, bool hasCritical) = _readTbs(fields, tbsStart, tbsStop);
        if (innerAlgorithm != algorithm || algorithm != ECDSA_SHA256)
            revert IX509Errors.X509SignatureAlgorithmUnsupported();
        _readSignature(fields, bits + 1, bitsStop);
        if (hasCritical) revert IX509Errors.X509CriticalExtensionUnknown();
    }

    /// @notice True when `serial` is one of `serials`.
    function contains(bytes memory serials, uint160 serial) internal pure returns (bool found) {
        assembly ("memory-safe") {
            let here := add(serials, 0x20)
            let end := add(here, mload(serials))
            let due := shl(96, serial)
            // Four at a time, then the rest: what differs in none of its 160 bits is the serial.
            for {} iszero(gt(add(here, 80), end)) {
                here := add(here, 80)
            } {
                found := iszero(shr(96, xor(mload(here), due)))
                found := or(found, iszero(shr(96, xor(mload(add(here, 20)), due))))
                found := or(found, iszero(shr(96, xor(mload(add(here, 40)), due))))
                found := or(found, iszero(shr(96, xor(mload(add(here, 60)), due))))
                if found {
                    break
                }
            }
            for {} and(iszero(found), lt(here, end)) {
                here := add(here, SERIAL)
            } {
                found := iszero(shr(96, xor(mload(here), due)))
            }
        }
    }

    /// @dev TBSCertList of version 2.
    function _readTbs(
        CertificateListFields memory fields,
        uint256 from,
        uint256 end
    ) private pure returns (bytes32 algorithm, bool hasCritical) {
        uint256 start;
        (start, from) = DER.open(from, end, DER.INTEGER);
        if (DER.key(start, from) != (1 << 248) | 0x01) revert IX509Errors.X509Malformed();
        start = from;
        (, from) = DER.open(from, end, DER.SEQUENCE);
        algorithm = DER.hash(start, from);
        start = from;
        (, from) = DER.open(from, end, DER.SEQUENCE);
        fields.issuerHash = DER.hash(start, from);
        (fields.thisUpdate, from) = DERTime.read(from, end);
        (fields.nextUpdate, from) = DERTime.read(from, end);
        if (from != end && DER.byteAt(from) == DER.SEQUENCE) {
            (start, from) = DER.open(from, end, DER.SEQUENCE);
            hasCritical = _readEntries(fields, start, from);
        }
        if (from == end) return (algorithm, hasCritical);
        (start, from) = DER.openWhole(from, end, 0xa0);
        if (_readExtensions(start, from)) hasCritical = true;
    }

    /// @dev SEQUENCE OF SEQUENCE { serial INTEGER, date Time, [Extensions] }, not empty. What follows the serial is
    /// the same in every entry of Intel's lists: read once, then compared as one word.
    function _readEntries(
        CertificateListFields memory fields,
        uint256 from,
        uint256 end
    ) private pure returns (bool hasCritical) {
        if (from == end) revert IX509Errors.X509Malformed();
        bytes memory serials = new bytes(((end - from) / SMALLEST_ENTRY + 2) * SERIAL);
        (uint256 out, ) = DER.bounds(serials);
        // No tail is empty, so 0 is none.
        uint256 lastTail = 0;
        while (from != end) {
            (from, out) = _readAlike(from, end, out, lastTail);
            if (from == end) break;
            uint256 serial;
            (uint256 start, uint256 until) = DER.open(from, end, DER.SEQUENCE);
            (serial, start) = DER.readWord(start, until);
            // Positive, of at most 20 bytes (RFC 5280 §4.1.2.2).
            if (serial == 0 || serial > type(uint160).max) revert IX509Errors.X509Malformed();
            uint256 tail = DER.key(start, until);
            if (tail == 0 || tail != lastTail) hasCritical = _readTail(start, until) || hasCritical;
            lastTail = tail;
            assembly ("memory-safe") {
                mstore(out, shl(96, serial))
                out := add(out, SERIAL)
            }
            from = until;
        }
        assembly ("memory-safe") {
            mstore(serials, sub(out, add(serials, 0x20)))
        }
        fields.serials = serials;
    }

    /// @dev Entries from `from` on that end in `tail`, a DER.key, and have a serial of 20 significant bytes, as all but
    /// one in 256 of Intel's; stays in front of the first that is otherwise. In assembly, as a list has many.
    function _readAlike(
        uint256 from,
        uint256 end,
        uint256 out,
        uint256 tail
    ) private pure returns (uint256 next, uint256 outNext) {
        uint256 length = tail >> 248;
        if (length == 0) return (from, out);
        tail &= type(uint248).max;
        // 30 length 02 14 01, of which that is the least; 30 length 02 15 00, and a top bit.
        uint256 plain = 0x3016021401 + (length << 24);
        uint256 signed = ((0x3017021500 + (length << 24)) << 1) | 1;
        assembly ("memory-safe") {
            for {} lt(from, end) {} {
                let word := mload(from)
                let hasSign := eq(shr(215, word), signed)
                // Without a sign byte, the first is 0x01 to 0x7f: 0 would be spare, or in front of 19 bytes.
                if iszero(or(hasSign, lt(sub(shr(216, word), plain), 0x7f))) {
                    break
                }
                let start := add(add(from, 24), hasSign)
                if xor(shr(sub(256, shl(3, length)), mload(start)), tail) {
                    break
                }
                // What follows the 20 bytes is overwritten by the next or left behind the end.
                mstore(out, shl(add(32, shl(3, hasSign)), word))
                out := add(out, SERIAL)
                from := add(start, length)
            }
        }
        // The last one may have run over; then nothing fits between it and the end, which the caller refuses.
        return (from, out);
    }

    /// @dev Date and extensions of an entry.
    function _readTail(uint256 from, uint256 end) private pure returns (bool hasCritical) {
        (, from) = DERTime.read(from, end);
        if (from != end) hasCritical = _readExtensions(from, end);
    }

    /// @dev SEQUENCE OF Extension, not empty, none twice.
    function _readExtensions(uint256 from, uint256 end) private pure returns (bool hasCritical) {
        (from, end) = DER.openWhole(from, end, DER.SEQUENCE);
        if (from == end) revert IX509Errors.X509Malformed();
        bytes32[] memory seen = new bytes32[]((end - from) / CertificateExtensions.SMALLEST + 1);
        for (uint256 count = 0; from != end; ++count) {
            (uint256 start, uint256 until) = DER.open(from, end, DER.SEQUENCE);
            (uint256 oid, uint256 oidStop) = DER.open(start, until, DER.OID);
            CertificateExtensions.requireFirst(seen, count, DER.hash(oid, oidStop));
            bool isCritical;
            (isCritical, oidStop) = CertificateExtensions.readCritical(oidStop, until);
            if (isCritical) hasCritical = true;
            DER.openWhole(oidStop, until, DER.OCTET_STRING);
            from = until;
        }
    }

    /// @dev ECDSA-Sig-Value, RFC 3279 §2.2.3
    function _readSignature(CertificateListFields memory fields, uint256 from, uint256 end) private pure {
        uint256 value;
        (from, end) = DER.openWhole(from, end, DER.SEQUENCE);
        (value, from) = DER.readWord(from, end);
        fields.r = bytes32(value);
        (value, from) = DER.readWord(from, end);
        fields.s = bytes32(value);
        if (from != end) revert IX509Errors.X509Malformed();
    }
}
