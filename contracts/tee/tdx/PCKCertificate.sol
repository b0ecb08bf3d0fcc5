// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITDXErrors} from "../../interfaces/ITDXErrors.sol";
import {CertificateFields} from "../../x509/Certificate.sol";
import {DER} from "../../x509/DER.sol";

/// @title Intel SGX PCK certificates
/// @notice Subject and SGX extension (Intel SGX PCK Certificate and CRL Profile Specification §1.3.5).
library PCKCertificate {
    // OID content of 1.2.840.113741.1.13.1.n without n, as DER.key spells it with n behind.
    uint256 private constant SGX = (10 << 248) | (0x2a864886f84d010d01 << 8);
    // The same of 1.2.840.113741.1.13.1.2.n
    uint256 private constant TCB = (11 << 248) | (0x2a864886f84d010d0102 << 8);
    bytes32 private constant SUBJECT = keccak256("Intel SGX PCK Certificate");

    function requireSubject(CertificateFields memory pck) internal pure {
        if (pck.isCA || pck.commonName == 0 || DER.hash(pck.commonName, pck.commonNameEnd) != SUBJECT)
            revert ITDXErrors.TDXPCKSubjectUnexpected();
    }

    /// @notice PPID of the SGX extension, which must also hold TCB, PCEID and FMSPC in their forms, each once.
    /// @dev SEQUENCE OF SEQUENCE { OID, value }: .1 PPID OCTET 16, .2 TCB, .3 PCEID OCTET 2, .4 FMSPC OCTET 6; further
    /// members are not read.
    function ppidOf(CertificateFields memory pck) internal pure returns (bytes16 ppid) {
        if (pck.sgxExtension == 0) _refuse();
        uint256 found;
        (uint256 from, uint256 end) = _open(pck.sgxExtension, pck.sgxExtensionEnd, DER.SEQUENCE);
        if (end != pck.sgxExtensionEnd) _refuse();
        while (from != end) {
            uint256 number;
            Value memory value;
            (number, value, from) = _readPair(from, end, SGX);
            if (number == 0 || number > 4) continue;
            if (found & (1 << number) != 0) _refuse();
            found |= 1 << number;
            if (number == 1) ppid = bytes16(bytes32(_octets(value, 16)));
            if (number == 2) _requireTCB(value);
            if (number == 3) _octets(value, 2);
            if (number == 4) _octets(value, 6);
        }
        if (found != 0x1e) _refuse();
    }

    struct Value {
        uint256 tag;
        uint256 start;
        uint256 until;
    }

    /// @dev .2.1 to .2.16 component SVNs (INTEGER up to 255), .2.17 PCESVN (INTEGER up to 65535), .2.18 CPUSVN OCTET 16:
    /// these eighteen in any order and nothing else.
    function _requireTCB(Value memory tcb) private pure {
        if (tcb.tag != DER.SEQUENCE) _refuse();
        uint256 found;
        for (uint256 from = tcb.start; from != tcb.until; ) {
            uint256 number;
            Value memory value;
            (number, value, from) = _readPair(from, tcb.until, TCB);
            if (number == 0 || number > 18 || found & (1 << number) != 0) _refuse();
            found |= 1 << number;
            if (number == 18) _octets(value, 16);
            else if (_svn(value) > (number == 17 ? 0xffff : 0xff)) _refuse();
        }
        if (found != 0x7fffe) _refuse();
    }

    /// @dev `number` is the last byte of the OID below `prefix`, or something above 255 for another OID.
    function _readPair(
        uint256 from,
        uint256 end,
        uint256 prefix
    ) private pure returns (uint256 number, Value memory value, uint256 next) {
        (from, next) = _open(from, end, DER.SEQUENCE);
        (uint256 oid, uint256 oidEnd) = _open(from, next, DER.OID);
        (value.tag, value.start, value.until) = DER.peek(oidEnd, next);
        if (value.until == 0 || value.until != next) _refuse();
        number = DER.key(oid, oidEnd) ^ prefix;
    }

    /// @dev Non-negative INTEGER of up to two bytes in its one minimal form.
    function _svn(Value memory value) private pure returns (uint256) {
        uint256 length = value.until - value.start;
        if (value.tag != DER.INTEGER || length == 0 || length > 3) _refuse();
        uint256 number = DER.key(value.start, value.until) & type(uint24).max;
        uint256 first = number >> (8 * (length - 1));
        bool isSpare = length > 1 && first == 0 && (number >> (8 * (length - 2))) < 0x80;
        if (first >= 0x80 || isSpare) _refuse();
        return number;
    }

    /// @dev The word at an OCTET STRING that must be of `length` bytes.
    function _octets(Value memory value, uint256 length) private pure returns (uint256 word) {
        if (value.tag != DER.OCTET_STRING || value.until - value.start != length) _refuse();
        uint256 start = value.start;
        assembly ("memory-safe") {
            word := mload(start)
        }
    }

    function _open(uint256 from, uint256 end, uint256 due) private pure returns (uint256 start, uint256 until) {
        uint256 tag;
        (tag, start, until) = DER.peek(from, end);
        if (until == 0 || tag != due) _refuse();
    }

    function _refuse() private pure {
        revert ITDXErrors.TDXPCKExtensionMalformed();
    }
}
