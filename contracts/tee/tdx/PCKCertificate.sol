// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITDXErrors} from "../../interfaces/ITDXErrors.sol";
import {CertificateFields} from "../../x509/Certificate.sol";
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

    /// @dev SEQUENCE { OID, value }: the value ends the pair. `suffix` is the last byte of an OID below the prefix asked
    /// for, or something above 255 for another OID.
    struct Pair {
        uint256 suffix;
        uint256 tag;
        uint256 start;
        uint256 until;
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
            Pair memory pair;
            while (from != end) {
                _readPair(pair, from, end, SGX);
                from = pair.until;
                if (pair.suffix == 0 || pair.suffix > 4) continue;
                if (found & (1 << pair.suffix) != 0) _refuse();
                found |= 1 << pair.suffix;
                if (pair.suffix == 1) platform.ppid = bytes16(bytes32(_octets(pair, 16)));
                if (pair.suffix == 2) _readTCB(pair, platform);
                if (pair.suffix == 3) platform.pceId = bytes2(bytes32(_octets(pair, 2)));
                if (pair.suffix == 4) platform.fmspc = bytes6(bytes32(_octets(pair, 6)));
            }
            if (found != 0x1e) _refuse();
        }
    }

    /// @dev .2.1 to .2.16 component SVNs (INTEGER up to 255), .2.17 PCESVN (INTEGER up to 65535), .2.18 CPUSVN OCTET 16:
    /// these eighteen in any order and nothing else. CPUSVN repeats the components and decides nothing.
    function _readTCB(Pair memory tcb, PCKPlatform memory platform) private pure {
        unchecked {
            if (tcb.tag != DER.SEQUENCE) _refuse();
            (uint256 from, uint256 svns, uint256 found) = _readOrderedSVNs(tcb.start, tcb.until);
            while (from != tcb.until) {
                (uint256 suffix, uint256 svn, uint256 next) = _shortSVN(from, tcb.until);
                if (next == 0) (suffix, svn, next) = _longMember(from, tcb.until);
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

    /// @dev A pair in the eighteen bytes that nearly all have: an SVN below 128. `next` is 0 for any other.
    function _shortSVN(
        uint256 from,
        uint256 end
    ) private pure returns (uint256 suffix, uint256 svn, uint256 next) {
        assembly ("memory-safe") {
            let word := mload(from)
            suffix := byte(14, word)
            svn := byte(17, word)
            // SEQUENCE 16 { OID 11 bytes 1.2.840.113741.1.13.1.2.suffix, INTEGER 1 byte }
            let ok := eq(shr(144, word), 0x3010060b2a864886f84d010d0102)
            ok := and(ok, eq(and(shr(112, word), 0xffff80), 0x020100))
            ok := and(ok, and(lt(suffix, 18), iszero(gt(add(from, 18), end))))
            next := mul(add(from, 18), ok)
        }
    }

    function _longMember(
        uint256 from,
        uint256 end
    ) private pure returns (uint256 suffix, uint256 svn, uint256 next) {
        Pair memory pair;
        _readPair(pair, from, end, TCB);
        if (pair.suffix == 18) _octets(pair, 16);
        else svn = _svn(pair);
        if (svn > (pair.suffix == 17 ? 0xffff : 0xff)) _refuse();
        return (pair.suffix, svn, pair.until);
    }

    function _readPair(Pair memory pair, uint256 from, uint256 end, uint256 prefix) private pure {
        (from, end) = _open(from, end, DER.SEQUENCE);
        (uint256 oid, uint256 oidEnd) = _open(from, end, DER.OID);
        (pair.tag, pair.start, pair.until) = DER.peek(oidEnd, end);
        if (pair.until == 0 || pair.until != end) _refuse();
        pair.suffix = DER.key(oid, oidEnd) ^ prefix;
    }

    /// @dev Non-negative INTEGER of up to two bytes in its one minimal form.
    function _svn(Pair memory pair) private pure returns (uint256) {
        unchecked {
            uint256 length = pair.until - pair.start;
            if (pair.tag != DER.INTEGER || length == 0 || length > 3) _refuse();
            uint256 svn = DER.key(pair.start, pair.until) & type(uint24).max;
            uint256 first = svn >> (8 * (length - 1));
            bool isSpare = length > 1 && first == 0 && (svn >> (8 * (length - 2))) < 0x80;
            if (first >= 0x80 || isSpare) _refuse();
            return svn;
        }
    }

    /// @dev The word at an OCTET STRING that must be of `length` bytes.
    function _octets(Pair memory pair, uint256 length) private pure returns (uint256 word) {
        unchecked {
            if (pair.tag != DER.OCTET_STRING || pair.until - pair.start != length) _refuse();
            uint256 start = pair.start;
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
