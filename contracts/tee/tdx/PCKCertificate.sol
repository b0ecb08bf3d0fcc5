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
    bytes32 private constant SUBJECT = keccak256("Intel SGX PCK Certificate");

    function requireSubject(CertificateFields memory pck) internal pure {
        if (pck.isCA || pck.commonName == 0 || DER.hash(pck.commonName, pck.commonNameEnd) != SUBJECT)
            revert ITDXErrors.TDXPCKSubjectUnexpected();
    }

    /// @notice PPID of the SGX extension, whose TCB, PCEID and FMSPC must be there in their sizes, each once.
    /// @dev SEQUENCE OF SEQUENCE { OID, value }: .1 PPID OCTET 16, .2 TCB SEQUENCE, .3 PCEID OCTET 2, .4 FMSPC
    /// OCTET 6; further members are not read.
    function ppidOf(CertificateFields memory pck) internal pure returns (bytes16 ppid) {
        uint256 found;
        if (pck.sgxExtension == 0) revert ITDXErrors.TDXPCKExtensionMalformed();
        (uint256 from, uint256 end) = _open(pck.sgxExtension, pck.sgxExtensionEnd, DER.SEQUENCE);
        if (end != pck.sgxExtensionEnd) revert ITDXErrors.TDXPCKExtensionMalformed();
        while (from != end) {
            (uint256 member, uint256 memberEnd) = _open(from, end, DER.SEQUENCE);
            (uint256 oid, uint256 oidEnd) = _open(member, memberEnd, DER.OID);
            (uint256 tag, uint256 value, uint256 valueEnd) = DER.peek(oidEnd, memberEnd);
            if (valueEnd == 0 || valueEnd != memberEnd) revert ITDXErrors.TDXPCKExtensionMalformed();
            uint256 number = DER.key(oid, oidEnd) ^ SGX;
            if (number > 0 && number < 5) {
                _requireMember(number, tag, valueEnd - value);
                if (found & (1 << number) != 0) revert ITDXErrors.TDXPCKExtensionMalformed();
                found |= 1 << number;
                if (number == 1) ppid = _load16(value);
            }
            from = memberEnd;
        }
        if (found != 0x1e) revert ITDXErrors.TDXPCKExtensionMalformed();
    }

    function _requireMember(uint256 number, uint256 tag, uint256 length) private pure {
        bool ok;
        if (number == 1) ok = tag == DER.OCTET_STRING && length == 16;
        if (number == 2) ok = tag == DER.SEQUENCE;
        if (number == 3) ok = tag == DER.OCTET_STRING && length == 2;
        if (number == 4) ok = tag == DER.OCTET_STRING && length == 6;
        if (!ok) revert ITDXErrors.TDXPCKExtensionMalformed();
    }

    function _open(uint256 from, uint256 end, uint256 due) private pure returns (uint256 start, uint256 until) {
        uint256 tag;
        (tag, start, until) = DER.peek(from, end);
        if (until == 0 || tag != due) revert ITDXErrors.TDXPCKExtensionMalformed();
    }

    function _load16(uint256 from) private pure returns (bytes16 value) {
        bytes32 word;
        assembly ("memory-safe") {
            word := mload(from)
        }
        return bytes16(word);
    }
}
