// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IX509Errors} from "../interfaces/IX509Errors.sol";
import {CertificateFields} from "./CertificateFields.sol";
import {DER} from "./DER.sol";

/// @title Extensions of a certificate
/// @notice Reads those that decide something here; any other that is critical is refused (RFC 5280 §4.2).
library CertificateExtensions {
    // Content bytes of the OIDs as DER.key spells them; id-ce, 2.5.29.n, with n left zero.
    uint256 private constant STANDARD = (3 << 248) | 0x551d00;
    uint256 private constant KEY_USAGE = (3 << 248) | 0x551d0f;
    uint256 private constant SUBJECT_ALT_NAME = (3 << 248) | 0x551d11;
    uint256 private constant BASIC_CONSTRAINTS = (3 << 248) | 0x551d13;
    uint256 private constant EXTENDED_KEY_USAGE = (3 << 248) | 0x551d25;
    // 1.3.6.1.4.1.11129.2.1.21, Google's description of the instance
    uint256 private constant GCE = (10 << 248) | 0x2b06010401d679020115;
    // 1.2.840.113741.1.13.1, Intel SGX
    uint256 private constant SGX = (9 << 248) | 0x2a864886f84d010d01;
    // 2.23.133.8.3, tcg-kp-AIKCertificate
    uint256 private constant AIK_PURPOSE = (5 << 248) | 0x6781050803;

    // An extension has at least a sequence header, an OID of one byte and an empty octet string.
    uint256 internal constant SMALLEST = 7;

    /// @dev [3] { SEQUENCE OF Extension }. Structure of all, then the meaning of those known, then critical ones.
    function read(CertificateFields memory fields, uint256 from, uint256 end) internal pure {
        unchecked {
            (from, end) = DER.openWhole(from, end, DER.SEQUENCE);
            if (from == end) revert IX509Errors.X509Malformed();
            bytes32[] memory seen = new bytes32[]((end - from) / SMALLEST + 1);
            uint256 seenStandard;
            bool hasUnknownCritical;
            for (uint256 count = 0; from != end;) {
                (uint256 oid, bool isCritical, uint256 start, uint256 until) = _readShort(from, end);
                if (until == 0) {
                    (start, until) = DER.open(from, end, DER.SEQUENCE);
                    uint256 oidStop;
                    (from, oidStop) = DER.open(start, until, DER.OID);
                    oid = DER.key(from, oidStop);
                    if (oid >> 8 != STANDARD >> 8) requireFirst(seen, count++, DER.hash(from, oidStop));
                    (isCritical, start) = readCritical(oidStop, until);
                    (start, until) = DER.openWhole(start, until, DER.OCTET_STRING);
                }
                if (oid >> 8 == STANDARD >> 8) {
                    uint256 bit = 1 << (oid & 0xff);
                    if (seenStandard & bit != 0) revert IX509Errors.X509Malformed();
                    seenStandard |= bit;
                }
                bool isKnown = _readValue(fields, oid, start, until);
                hasUnknownCritical = hasUnknownCritical || (isCritical && !isKnown);
                from = until;
            }
            if (hasUnknownCritical) revert IX509Errors.X509CriticalExtensionUnknown();
        }
    }

    /// @dev An extension 2.5.29.n in short form, as nearly all are, from one word: 30 L 06 03 55 1d n [01 01 ff] 04 and
    /// the length of what is left. `until` is 0 for any other, which the loop above reads: 1,000 gas less for each.
    function _readShort(
        uint256 from,
        uint256 end
    ) private pure returns (uint256 oid, bool isCritical, uint256 start, uint256 until) {
        assembly ("memory-safe") {
            let word := mload(from)
            until := add(add(from, 2), byte(1, word))
            let ok := eq(and(word, shl(208, 0xff80ffffffff)), shl(208, 0x30000603551d))
            oid := byte(6, word)
            isCritical := eq(and(shr(176, word), 0xffffff), 0x0101ff)
            start := add(from, add(9, mul(3, isCritical)))
            let header := and(shr(sub(184, mul(24, isCritical)), word), 0xffff)
            // A value that ends where the extension does: its length is a byte below 0x80, so the sum cannot wrap.
            ok := and(ok, eq(header, or(0x0400, and(sub(until, start), 0xff))))
            ok := and(ok, and(iszero(lt(until, start)), iszero(gt(until, end))))
            until := mul(until, ok)
        }
        oid |= STANDARD;
    }

    /// @notice RFC 5280 §4.2: an extension occurs once.
    /// @dev In assembly: `count` is below the length of `seen`, and a
    /// certificate with six extensions looks here fifteen times.
    function requireFirst(bytes32[] memory seen, uint256 count, bytes32 oid) internal pure {
        bool isFound;
        assembly ("memory-safe") {
            let slot := add(seen, 0x20)
            let end := add(slot, shl(5, count))
            for {} lt(slot, end) {
                slot := add(slot, 0x20)
            } {
                isFound := or(isFound, eq(mload(slot), oid))
            }
            mstore(end, oid)
        }
        if (isFound) revert IX509Errors.X509Malformed();
    }

    /// @notice The optional BOOLEAN `critical` and what follows it.
    /// @dev FALSE is the default and must be left out (X.690 §11.5).
    function readCritical(uint256 from, uint256 end) internal pure returns (bool isCritical, uint256 next) {
        (uint256 tag, uint256 start, uint256 until) = DER.read(from, end);
        if (tag != DER.BOOLEAN) return (false, from);
        if (!DER.boolean(start, until)) revert IX509Errors.X509Malformed();
        return (true, until);
    }

    function _readValue(
        CertificateFields memory fields,
        uint256 oid,
        uint256 start,
        uint256 until
    ) private pure returns (bool isKnown) {
        if (oid == BASIC_CONSTRAINTS) _readBasicConstraints(fields, start, until);
        else if (oid == KEY_USAGE) _readKeyUsage(fields, start, until);
        else if (oid == EXTENDED_KEY_USAGE) _readExtendedKeyUsage(fields, start, until);
        else if (oid == SUBJECT_ALT_NAME) _requireNames(start, until);
        else {
            // Never critical where they are genuine, so they do not count as understood.
            if (oid == GCE) (fields.gceExtension, fields.gceExtensionEnd) = (start, until);
            if (oid == SGX) (fields.sgxExtension, fields.sgxExtensionEnd) = (start, until);
            return false;
        }
        return true;
    }

    /// @dev The TPM's names in a certificate of an empty subject, and critical there (TCG EK Credential Profile §3.2.9;
    /// Google's older AK certificates). No name decides anything here, so there is no more to understand.
    function _requireNames(uint256 from, uint256 end) private pure {
        (from, end) = DER.openWhole(from, end, DER.SEQUENCE);
        if (from == end) revert IX509Errors.X509Malformed();
    }

    function _readBasicConstraints(CertificateFields memory fields, uint256 from, uint256 end) private pure {
        unchecked {
            (from, end) = DER.openWhole(from, end, DER.SEQUENCE);
            if (from == end) return;
            (uint256 start, uint256 until) = DER.open(from, end, DER.BOOLEAN);
            if (!DER.boolean(start, until)) revert IX509Errors.X509Malformed();
            fields.isCA = true;
            if (until == end) return;
            (start, until) = DER.openWhole(until, end, DER.INTEGER);
            start = DER.magnitude(start, until);
            if (until - start != 1) revert IX509Errors.X509Malformed();
            fields.pathLength = DER.byteAt(start);
        }
    }

    /// @dev BIT STRING; decipherOnly is bit 8, so a second byte is possible. Unused bits are zero in DER.
    function _readKeyUsage(CertificateFields memory fields, uint256 from, uint256 end) private pure {
        unchecked {
            (from, end) = DER.openWhole(from, end, DER.BIT_STRING);
            uint256 length = end - from;
            if (length < 2 || length > 3) revert IX509Errors.X509Malformed();
            uint256 unused = DER.byteAt(from);
            if (unused > 7 || DER.byteAt(end - 1) & ((1 << unused) - 1) != 0)
                revert IX509Errors.X509Malformed();
            fields.hasKeyUsage = true;
            fields.keyUsage = DER.byteAt(from + 1);
        }
    }

    function _readExtendedKeyUsage(CertificateFields memory fields, uint256 from, uint256 end) private pure {
        (from, end) = DER.openWhole(from, end, DER.SEQUENCE);
        if (from == end) revert IX509Errors.X509Malformed();
        while (from != end) {
            (uint256 start, uint256 until) = DER.open(from, end, DER.OID);
            if (DER.key(start, until) == AIK_PURPOSE) fields.hasAikPurpose = true;
            from = until;
        }
    }
}
