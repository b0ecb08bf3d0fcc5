// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {P256} from "../../crypto/P256.sol";
import {SHA256} from "../../crypto/SHA256.sol";
import {TDXQuoteLayout} from "../../evidence/TDXQuoteLayout.sol";
import {ITDXErrors} from "../../interfaces/ITDXErrors.sol";
import {CodeStorage} from "../../storage/CodeStorage.sol";
import {CertificateFields, KeyType} from "../../x509/CertificateFields.sol";

/// @title Intel's TD quoting enclave
/// @dev SGX report of 384 bytes: 16 MISCSELECT u32, 48 attributes 16, 128 MRSIGNER 32, 256 ISVPRODID u16, 258 ISVSVN u16
/// (little-endian), 320 report data 64. Identity blob: content hash 32 ‖ mrsigner 32 ‖ attributes 16 ‖ mask 16 ‖
/// miscselect 4 ‖ mask 4 (memory images, as in the report) ‖ ISVPRODID u16 (big-endian).
library QuotingEnclave {
    /// @notice The report is signed by the platform's PCK key and names the attestation key: the first 32 bytes of its
    /// report data are sha256(key ‖ authentication data), the others zero.
    function requireSigned(
        bytes calldata quote,
        TDXQuoteLayout parts,
        CertificateFields memory pck
    ) internal view {
        bytes calldata report = quote[parts.qeReport():parts.qeReport() + 384];
        bytes calldata signature = quote[parts.qeReport() + 384:parts.qeReport() + 448];
        bool isSigned =
            pck.keyType == KeyType.P256 &&
                P256.verify(
                    SHA256.ofCalldata(report),
                    bytes32(signature[:32]),
                    bytes32(signature[32:]),
                    pck.x,
                    pck.y
                );
        if (!isSigned) revert ITDXErrors.TDXQESignatureWrong();
        bytes calldata key = quote[parts.signature() + 64:parts.signature() + 128];
        bytes32 named = sha256(bytes.concat(key, quote[parts.auth():parts.authEnd()]));
        if (bytes32(report[320:352]) != named || bytes32(report[352:384]) != 0)
            revert ITDXErrors.TDXQEReportDataMismatch();
    }

    /// @notice The report is of the enclave that Intel's identity describes.
    /// @param blob code of the QE identity
    function requireIdentity(bytes calldata report, address blob) internal view {
        bytes memory identity = CodeStorage.read(blob);
        bytes32 signer;
        bytes32 attributes;
        bytes32 rest;
        assembly ("memory-safe") {
            signer := mload(add(identity, 0x40))
            attributes := mload(add(identity, 0x60))
            rest := mload(add(identity, 0x80))
        }
        bytes4 misc = bytes4(report[16:20]);
        if (misc & bytes4(rest << 32) != bytes4(rest))
            revert ITDXErrors.TDXQEMiscSelectMismatch(uint32(misc));
        bytes16 own = bytes16(report[48:64]);
        if (own & bytes16(attributes << 128) != bytes16(attributes))
            revert ITDXErrors.TDXQEAttributesMismatch(own);
        if (bytes32(report[128:160]) != signer)
            revert ITDXErrors.TDXQESignerMismatch(bytes32(report[128:160]));
        uint256 product = u16(report, 256);
        if (product != uint16(bytes2(rest << 64))) revert ITDXErrors.TDXQEProductMismatch(uint16(product));
    }

    /// @notice Little-endian u16 at an offset of a report.
    function u16(bytes calldata report, uint256 offset) internal pure returns (uint256) {
        uint256 value = uint16(bytes2(report[offset:offset + 2]));
        return (value >> 8) | ((value & 0xff) << 8);
    }
}
