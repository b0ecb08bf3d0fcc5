// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITDXErrors} from "../../interfaces/ITDXErrors.sol";
import {ITEEVerifier} from "../../interfaces/ITEEVerifier.sol";
import {TEEClaims} from "../../types/Claims.sol";
import {TEEType} from "../../types/Evidence.sol";
import {P256} from "../../crypto/P256.sol";
import {PEM} from "../../evidence/PEM.sol";
import {TDReport} from "../../evidence/TDReport.sol";
import {TDXQuote, TDXQuoteLayout} from "../../evidence/TDXQuote.sol";
import {Certificate, CertificateFields, KeyType} from "../../x509/Certificate.sol";
import {PlatformId} from "../PlatformId.sol";
import {IntelCA, IntelCollateral} from "./IntelCollateral.sol";
import {PCKCertificate} from "./PCKCertificate.sol";

/// @title Verifier of raw Intel TDX quotes, versions 4 and 5
/// @notice Structure, Intel's certificate chain, three signatures, attributes. TCB level, revocation and QE identity
/// are not judged yet: `tcbStatus` stays Unset and an application decides what it makes of that.
contract TDXVerifier is ITEEVerifier, ITDXErrors {
    using Certificate for CertificateFields;

    // TD attributes, Intel TDX Module ABI "ATTRIBUTES": bits 7:0 TUD (bit 0 DEBUG), 28 SEPT_VE_DISABLE, 29 MIGRATABLE,
    // 30 PKS, 31 KL, 63 PERFMON.
    uint64 private constant TUD = 0xff;
    uint64 private constant MIGRATABLE = 1 << 29;
    uint64 private constant KNOWN = TUD | MIGRATABLE | (1 << 28) | (1 << 30) | (1 << 31) | (1 << 63);

    IntelCollateral private immutable COLLATERAL;

    /// @notice The collateral was built for another root.
    error CollateralRootMismatch();

    constructor(bytes32 intelRootX, bytes32 intelRootY, IntelCollateral collateral) {
        (bytes32 x, bytes32 y) = collateral.rootKey();
        if (x != intelRootX || y != intelRootY) revert CollateralRootMismatch();
        COLLATERAL = collateral;
    }

    /// @notice Where intermediate and root are cached.
    function intelCollateral() external view returns (IntelCollateral) {
        return COLLATERAL;
    }

    /// @inheritdoc ITEEVerifier
    function verify(bytes calldata report) external returns (TEEClaims memory claims) {
        TDXQuoteLayout memory parts = TDXQuote.parse(report);
        bytes calldata signatureData = report[parts.signature:parts.end];
        bytes calldata body = report[parts.body:parts.bodyEnd];
        uint256 authEnd = parts.authEnd - parts.signature;

        (CertificateFields memory pck, IntelCA memory ca) = _readChain(signatureData[authEnd + 6:]);
        _requireIntermediateDates(ca);
        bytes16 ppid = _requirePCK(pck, ca);
        _requireQE(signatureData, authEnd, pck);
        _requireSignature(report[:parts.bodyEnd], signatureData);
        _requireAttributes(TDXQuote.u64(body, 120), TDXQuote.u64(body, 112));

        _readBody(claims, body);
        claims.platformId = PlatformId.derive(uint8(TEEType.IntelTDX), 0, abi.encodePacked(ppid));
        claims.validUntil = uint40(_min(_min(ca.rootNotAfter, ca.notAfter), pck.notAfter));
    }

    /// @dev The leaf is read every time. The text behind it is that of a CA shared by all hosts: it is verified once
    /// and known by its hash from then on.
    function _readChain(
        bytes calldata pem
    ) private returns (CertificateFields memory pck, IntelCA memory ca) {
        // One NUL may stand behind the root and one behind the leaf: the QE copies C strings, and keeps the terminator of
        // the one or the other (Azure's capture of 2025-08 that of the leaf).
        if (pem.length > 0 && pem[pem.length - 1] == 0) pem = pem[:pem.length - 1];
        (bytes memory leaf, uint256 next) = PEM.decode(pem, 0);
        if (next < pem.length && pem[next] == 0) ++next;
        bytes calldata rest = pem[next:];
        ca = COLLATERAL.caOf(keccak256(rest));
        if (ca.rootNotAfter != 0) return (Certificate.parse(leaf), ca);
        // Split before any certificate is read, so that a refusal is the same with and without the cache.
        (, next) = PEM.decode(rest, 0);
        (, next) = PEM.decode(rest, next);
        if (next != rest.length) revert TDXCertificateChainMalformed();
        pck = Certificate.parse(leaf);
        ca = COLLATERAL.upsertChain(rest);
    }

    function _requireIntermediateDates(IntelCA memory ca) private view {
        if (block.timestamp < ca.notBefore || block.timestamp > ca.notAfter)
            revert TDXIntermediateOutOfDate(ca.notBefore, ca.notAfter);
        if (block.timestamp < ca.rootNotBefore || block.timestamp > ca.rootNotAfter)
            revert TDXIntermediateOutOfDate(ca.rootNotBefore, ca.rootNotAfter);
    }

    function _requirePCK(
        CertificateFields memory pck,
        IntelCA memory ca
    ) private view returns (bytes16 ppid) {
        if (pck.issuerHash != ca.subjectHash) revert TDXPCKIssuerMismatch();
        PCKCertificate.requireSubject(pck);
        if (!pck.isSignedByP256(ca.x, ca.y)) revert TDXPCKSignatureWrong();
        if (block.timestamp < pck.notBefore || block.timestamp > pck.notAfter)
            revert TDXPCKOutOfDate(pck.notBefore, pck.notAfter);
        return PCKCertificate.ppidOf(pck);
    }

    /// @dev The QE report is signed by the platform's PCK key and names the attestation key: the first 32 bytes of its
    /// report data are sha256(key ‖ authentication data), the others zero.
    function _requireQE(bytes calldata data, uint256 authEnd, CertificateFields memory pck) private view {
        bytes calldata qe = data[TDXQuote.QE_REPORT:TDXQuote.QE_SIGNATURE];
        bytes calldata signature = data[TDXQuote.QE_SIGNATURE:TDXQuote.QE_SIGNATURE + 64];
        bool isSigned =
            pck.keyType == KeyType.P256 &&
                P256.verify(sha256(qe), bytes32(signature[:32]), bytes32(signature[32:]), pck.x, pck.y);
        if (!isSigned) revert TDXQESignatureWrong();
        bytes32 named = sha256(
            bytes.concat(data[TDXQuote.KEY:TDXQuote.KEY + 64], data[TDXQuote.AUTH:authEnd])
        );
        if (bytes32(qe[320:352]) != named || bytes32(qe[352:384]) != 0) revert TDXQEReportDataMismatch();
    }

    function _requireSignature(bytes calldata signed, bytes calldata data) private view {
        bool isSigned = P256.verify(
            sha256(signed),
            bytes32(data[:32]),
            bytes32(data[32:64]),
            bytes32(data[64:96]),
            bytes32(data[96:128])
        );
        if (!isSigned) revert TDXSignatureWrong();
    }

    function _requireAttributes(uint64 td, uint64 seam) private pure {
        if (td & 1 != 0) revert TDXDebugEnabled();
        if (td & TUD != 0) revert TDXUntrustedAttributes(td);
        if (td & MIGRATABLE != 0) revert TDXMigratable();
        if (td & ~KNOWN != 0) revert TDXReservedAttributes(td);
        if (seam != 0) revert TDXSeamAttributes(seam);
    }

    function _readBody(TEEClaims memory claims, bytes calldata body) private pure {
        claims.statementId = TDReport.statementId(body);
        claims.teeMeasurement = TDReport.measurement(body);
        claims.legacyTeeMeasurement = TDReport.legacyMeasurement(body);
        claims.reportDataHead = bytes32(body[520:552]);
        claims.reportDataTail = bytes32(body[552:584]);
        claims.legacyRegister = body[472:520];
    }

    function _min(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
