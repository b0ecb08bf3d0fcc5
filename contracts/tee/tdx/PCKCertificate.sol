// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITDXErrors} from "../../interfaces/ITDXErrors.sol";
import {CertificateFields} from "../../x509/CertificateFields.sol";
import {DER} from "../../x509/DER.sol";

/// @notice What the SGX extension says of a platform.
/// @param componentSVNs the sixteen of .2.1 to .2.16, the first in the highest byte: TCB levels are compared with these
struct PCKPlatform {
    bytes16 ppid;
    bytes16 componentSVNs;
    uint16 pceSVN;
    bytes2 pceId;
    bytes6 fmspc;
}

/// @title Intel SGX PCK certificates
/// @notice Subject and SGX extension (Intel SGX PCK Certificate and CRL Profile Specification §1.3.5).
library PCKCertificate {
    // OID content of 1.2.840.113741.1.13.1.n with n left zero, as DER.key spells it.
    uint256 private constant SGX = (10 << 248) | (0x2a864886f84d010d01 << 8);
    // The same of 1.2.840.113741.1.13.1.2.n
    uint256 private constant TCB = (11 << 248) | (0x2a864886f84d010d0102 << 8);
    bytes32 private constant SUBJECT = keccak256("Intel SGX PCK Certificate");

    function requireSubject(CertificateFields memory pck) internal pure {
        if (pck.isCA || pck.commonName == 0 || DER.hash(pck.commonName, pck.commonNameEnd) != SUBJECT)
            revert ITDXErrors.TDXPCKSubjectUnexpected();
    }

    /// @notice Platform of the SGX extension, each member in its form and once.
    /// @dev SEQUENCE OF pairs: .1 PPID OCTET 16, .2 TCB, .3 PCEID OCTET 2, .4 FMSPC OCTET 6; further members are not
    /// read.
    function platformOf(CertificateFields memory pck) internal pure returns (PCKPlatform memory platform) {
        unchecked {
            if (pck.sgxExtension == 0) _refuse();
            uint256 found;
            (uint256 from, uint256 end) = _open(pck.sgxExtension, pck.sgxExtensionEnd, DER.SEQUENCE);
            if (end != pck.sgxExtensionEnd) _refuse();
            while (from != end) {
                (uint256 suffix, uint256 tag, uint256 start, uint256 until) = _readPair(from, end, SGX);
                from = until;
                if (suffix == 0 || suffix > 4) continue;
                if (found & (1 << suffix) != 0) _refuse();
                found |= 1 << suffix;
                if (suffix == 2) {
                    _readTCB(platform, tag, start, until);
                    continue;
                }
                uint256 length =
                    suffix == 1
                        ? 16
                        : suffix == 3
                            ? 2
                            : 6;
                uint256 value = _octets(tag, start, until, length);
                if (suffix == 1) platform.ppid = bytes16(bytes32(value));
                else if (suffix == 3) platform.pceId = bytes2(bytes32(value));
                else platform.fmspc = bytes6(bytes32(value));
            }
            if (found != 0x1e) _refuse();
        }
    }

    /// @dev .2.1 to .2.16 component SVNs (INTEGER up to 255), .2.17 PCESVN (INTEGER up to 65535), .2.18 CPUSVN OCTET 16:
    /// these eighteen in any order and nothing else. CPUSVN repeats the components and decides nothing.
    function _readTCB(PCKPlatform memory platform, uint256 tag, uint256 start, uint256 end) private pure {
        unchecked {
            if (tag != DER.SEQUENCE) _refuse();
            (uint256 from, uint256 svns, uint256 found) = _readOrderedSVNs(start, end);
            while (from != end) {
                (uint256 suffix, uint256 svn, uint256 next) = _readMember(from, end);
                if (suffix == 0 || suffix > 18 || found & (1 << suffix) != 0) _refuse();
                found |= 1 << suffix;
                if (suffix < 17) svns |= svn << (8 * (16 - suffix));
                else if (suffix == 17) platform.pceSVN = uint16(svn);
                from = next;
            }
            if (found != 0x7fffe) _refuse();
            platform.componentSVNs = bytes16(uint128(svns));
        }
    }

    /// @dev The components as every certificate has them: .2.1 first, in order, each in eighteen bytes with an SVN below
    /// 128. Stops at the first that is otherwise; found and svns are of those before it.
    function _readOrderedSVNs(
        uint256 from,
        uint256 end
    ) private pure returns (uint256 next, uint256 svns, uint256 found) {
        assembly ("memory-safe") {
            // SEQUENCE 16 { OID 11 bytes 1.2.840.113741.1.13.1.2.suffix, INTEGER 1 byte }, the suffix in byte 14.
            let due := 0x3010060b2a864886f84d010d0102010201000000000000000000000000000000
            next := from
            let last := add(from, 288)
            if gt(last, end) {
                last := from
            }
            for {} lt(next, last) {
                next := add(next, 18)
            } {
                let word := xor(mload(next), due)
                // All but the SVN's lower seven bits are as due.
                if and(word, 0xffffffffffffffffffffffffffffffffff800000000000000000000000000000) {
                    break
                }
                svns := or(shl(8, svns), byte(17, word))
                due := add(due, shl(136, 1))
            }
            let count := div(sub(next, from), 18)
            svns := shl(shl(3, sub(16, count)), svns)
            found := shl(1, sub(shl(count, 1), 1))
        }
    }

    function _readMember(
        uint256 from,
        uint256 end
    ) private pure returns (uint256 suffix, uint256 svn, uint256 next) {
        uint256 tag;
        uint256 start;
        (suffix, tag, start, next) = _readPair(from, end, TCB);
        if (suffix == 18) _octets(tag, start, next, 16);
        else svn = _svn(tag, start, next);
        if (svn > (suffix == 17 ? 0xffff : 0xff)) _refuse();
    }

    /// @dev SEQUENCE { OID, value }: the value ends the pair. `suffix` is the last byte of an OID below the prefix asked
    /// for, or something above 255 for another OID.
    function _readPair(
        uint256 from,
        uint256 end,
        uint256 prefix
    ) private pure returns (uint256 suffix, uint256 tag, uint256 start, uint256 until) {
        (suffix, tag, start, until) = _shortPair(from, end, prefix);
        if (until != 0) return (suffix, tag, start, until);
        (from, end) = _open(from, end, DER.SEQUENCE);
        (uint256 oid, uint256 oidEnd) = _open(from, end, DER.OID);
        (tag, start, until) = DER.peek(oidEnd, end);
        if (until == 0 || until != end) _refuse();
        suffix = DER.key(oid, oidEnd) ^ prefix;
    }

    /// @dev A pair in short form, as nearly all are, from one word: 30 L 06 and the OID, whose length stands in the
    /// prefix's top byte, then tag and length of the value, which ends where the pair does. `until` is 0 for any other.
    function _shortPair(
        uint256 from,
        uint256 end,
        uint256 prefix
    ) private pure returns (uint256 suffix, uint256 tag, uint256 start, uint256 until) {
        assembly ("memory-safe") {
            let word := mload(from)
            let oidLength := shr(248, prefix)
            until := add(add(from, 2), byte(1, word))
            start := add(from, add(oidLength, 6))
            tag := byte(add(oidLength, 4), word)
            // The OID as `DER.key` spells it; its length stands before it.
            let oid := shr(sub(256, shl(3, oidLength)), shl(32, word))
            suffix := xor(or(shl(248, oidLength), oid), prefix)
            let ok := eq(and(shr(224, word), 0xff80ffff), or(0x30000600, oidLength))
            ok := and(ok, and(lt(suffix, 0x100), lt(and(tag, 0x1f), 0x1f)))
            ok := and(ok, eq(add(start, byte(add(oidLength, 5), word)), until))
            until := mul(until, and(ok, iszero(gt(until, end))))
        }
    }

    /// @dev Non-negative INTEGER of up to two bytes in its one minimal form.
    function _svn(uint256 tag, uint256 start, uint256 until) private pure returns (uint256) {
        unchecked {
            uint256 length = until - start;
            if (tag != DER.INTEGER || length == 0 || length > 3) _refuse();
            uint256 svn = DER.key(start, until) & type(uint24).max;
            uint256 first = svn >> (8 * (length - 1));
            bool isSpare = length > 1 && first == 0 && (svn >> (8 * (length - 2))) < 0x80;
            if (first >= 0x80 || isSpare) _refuse();
            return svn;
        }
    }

    /// @dev The word at an OCTET STRING that must be of `length` bytes.
    function _octets(
        uint256 tag,
        uint256 start,
        uint256 until,
        uint256 length
    ) private pure returns (uint256 word) {
        unchecked {
            if (tag != DER.OCTET_STRING || until - start != length) _refuse();
            assembly ("memory-safe") {
                word := mload(start)
            }
        }
    }

    function _open(
        uint256 from,
        uint256 end,
        uint256 due
    ) private pure returns (uint256 start, uint256 until) {
        (start, until) = DER.seek(from, end, due);
        if (until == 0) _refuse();
    }

    function _refuse() private pure {
        revert ITDXErrors.TDXPCKExtensionMalformed();
    }
}
