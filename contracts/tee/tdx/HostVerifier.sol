// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PEM} from "../../evidence/PEM.sol";
import {TDXQuoteLayout} from "../../evidence/TDXQuoteLayout.sol";
import {ITDXErrors} from "../../interfaces/ITDXErrors.sol";
import {CodeStorage} from "../../storage/CodeStorage.sol";
import {TEEType} from "../../types/Evidence.sol";
import {Certificate} from "../../x509/Certificate.sol";
import {CertificateFields} from "../../x509/CertificateFields.sol";
import {CertificateList} from "../../x509/CertificateList.sol";
import {PlatformId} from "../PlatformId.sol";
import {DocumentHead, Standing} from "./CollateralWords.sol";
import {HostAttributes, HostAttributesLibrary} from "./HostAttributes.sol";
import {IntelCertificates} from "./IntelCertificates.sol";
import {IntelCollateral} from "./IntelCollateral.sol";
import {KnownHosts} from "./KnownHosts.sol";
import {PCKCertificate, PCKPlatform} from "./PCKCertificate.sol";
import {QuotingEnclave} from "./QuotingEnclave.sol";

/// @title The host of a TDX quote: PCK certificate, revocation, quoting enclave
abstract contract HostVerifier is ITDXErrors, KnownHosts {
    using Certificate for CertificateFields;

    /// @dev The CA that a PCK certificate must be of.
    /// @param isSuperseded whether its certificate in the quote, of this serial, is not its newest
    struct Issuer {
        uint8 caId;
        bool isSuperseded;
        uint160 serial;
        bytes32 x;
        bytes32 y;
    }

    IntelCollateral internal immutable COLLATERAL;

    constructor(IntelCollateral collateral, uint40 hostMaxAge_) KnownHosts(hostMaxAge_) {
        COLLATERAL = collateral;
    }

    /// @dev A host that its attributes describe: it was verified, and is still in good standing.
    function _recallHost(
        HostAttributes memory host,
        bytes calldata report,
        TDXQuoteLayout parts
    ) internal view returns (Standing standing, DocumentHead tcbInfo) {
        HostAttributesLibrary.read(host, report, parts.rest());
        if (host.layoutVersion() != HostAttributesLibrary.LAYOUT) revert TDXCompactMalformed(report.length);
        bytes32 commitment = HostAttributesLibrary.commitment(report, parts.rest() - 64);
        uint256 verifiedAt = _requireKnown(commitment);
        (standing, tcbInfo) = COLLATERAL.readStanding(host.fmspc(), host.caId());
        _requirePCKDates(host.pckNotBefore(), host.pckNotAfter());
        _requireAllowed(report, parts, host, standing);
        bool isUsable = block.timestamp <= standing.usableUntil();
        if (!isUsable) COLLATERAL.requireLists(host.caId());
        _requireCurrent(commitment, host, verifiedAt, standing);
        if (!isUsable) COLLATERAL.requireQEIdentity();
    }

    /// @dev The whole proof: certificate chain, revocation, QE report.
    function _verifyHost(
        HostAttributes memory host,
        bytes calldata report,
        TDXQuoteLayout parts
    ) internal returns (Standing standing, DocumentHead tcbInfo) {
        bytes calldata rest = report[parts.rest():parts.end()];
        Issuer memory issuer;
        CertificateFields memory pck = parts.isRaw() ? _readChain(issuer, rest) : _readLeaf(issuer, rest);
        PCKPlatform memory platform = _requirePCK(pck, issuer);
        address serials;
        address identity;
        (standing, tcbInfo, serials, identity) = COLLATERAL.readHost(platform.fmspc, issuer.caId);
        bytes calldata qeReport = report[parts.qeReport():parts.qeReport() + 384];
        _describe(host, pck, platform, issuer.caId, standing, QuotingEnclave.u16(qeReport, 258));
        _requireAllowed(report, parts, host, standing);
        bool isUsable = block.timestamp <= standing.usableUntil();
        if (!isUsable) COLLATERAL.requireLists(issuer.caId);
        if (issuer.isSuperseded) COLLATERAL.requireUnrevoked(issuer.serial);
        if (CertificateList.contains(CodeStorage.read(serials), pck.serial)) revert TDXPCKRevoked(pck.serial);
        if (!isUsable) COLLATERAL.requireQEIdentity();
        QuotingEnclave.requireSigned(report, parts, pck);
        QuotingEnclave.requireIdentity(qeReport, identity);
    }

    /// @dev Keys that Intel still believes and the guardian does not.
    function _requireAllowed(
        bytes calldata report,
        TDXQuoteLayout parts,
        HostAttributes memory host,
        Standing standing
    ) private view {
        if (!standing.hasDenials()) return;
        bytes32 key = keccak256(report[parts.signature() + 64:parts.signature() + 128]);
        COLLATERAL.requireAllowed(key, host.platformId, bytes32(uint256(host.pckSerial())));
    }

    /// @dev The leaf is read every time. The text behind it is that of a CA shared by all hosts: it is verified once
    /// and known by its hash from then on.
    function _readChain(
        Issuer memory issuer,
        bytes calldata pem
    ) private returns (CertificateFields memory pck) {
        // One NUL may stand behind the root and one behind the leaf: the QE copies C strings, and keeps the terminator of
        // the one or the other (Azure's capture of 2025-08 that of the leaf).
        if (pem.length > 0 && pem[pem.length - 1] == 0) pem = pem[:pem.length - 1];
        (bytes memory leaf, uint256 next) = PEM.decode(pem, 0);
        if (next < pem.length && pem[next] == 0) ++next;
        bytes calldata rest = pem[next:];
        bytes32 textHash = keccak256(rest);
        (uint8 caId, uint160 serial) = COLLATERAL.caOfText(textHash);
        if (caId != 0) pck = Certificate.parse(leaf);
        else {
            // Split before any certificate is read, so that a refusal is the same with and without the cache.
            (, next) = PEM.decode(rest, 0);
            (, next) = PEM.decode(rest, next);
            if (next != rest.length) revert TDXCertificateChainMalformed();
            pck = Certificate.parse(leaf);
            COLLATERAL.upsertChain(rest);
            (caId, serial) = COLLATERAL.caOfText(textHash);
        }
        IntelCertificates.CA memory ca = COLLATERAL.caOf(caId);
        if (block.timestamp < ca.head.notBefore() || block.timestamp > ca.head.notAfter())
            revert TDXIntermediateOutOfDate(ca.head.notBefore(), ca.head.notAfter());
        if (pck.issuerHash != ca.subjectHash) revert TDXPCKIssuerMismatch();
        (issuer.caId, issuer.x, issuer.y) = (caId, ca.x, ca.y);
        (issuer.isSuperseded, issuer.serial) = (serial != ca.serial, serial);
    }

    /// @dev A certificate alone names its issuer. That one's dates are among those a standing rests on.
    function _readLeaf(
        Issuer memory issuer,
        bytes calldata der
    ) private view returns (CertificateFields memory pck) {
        pck = Certificate.parse(der);
        (issuer.caId, issuer.x, issuer.y) = COLLATERAL.caNamed(pck.issuerHash);
        if (issuer.caId == 0) revert TDXPCKIssuerMismatch();
    }

    function _requirePCK(
        CertificateFields memory pck,
        Issuer memory issuer
    ) private view returns (PCKPlatform memory platform) {
        PCKCertificate.requireSubject(pck);
        if (!pck.isSignedByP256(issuer.x, issuer.y)) revert TDXPCKSignatureWrong();
        _requirePCKDates(pck.notBefore, pck.notAfter);
        return PCKCertificate.platformOf(pck);
    }

    function _describe(
        HostAttributes memory host,
        CertificateFields memory pck,
        PCKPlatform memory platform,
        uint8 caId,
        Standing standing,
        uint256 qeISVSVN
    ) private pure {
        host.head = uint256(
            bytes32(
                abi.encodePacked(
                    uint8(HostAttributesLibrary.LAYOUT),
                    platform.fmspc,
                    platform.pceId,
                    platform.componentSVNs,
                    platform.pceSVN,
                    uint16(qeISVSVN),
                    caId,
                    uint16(standing.qeVersion())
                )
            )
        );
        host.tail =
            (standing.crlVersion() << 240) |
            (uint256(uint32(pck.notBefore)) << 208) |
            (uint256(uint32(pck.notAfter)) << 176) |
            (uint256(pck.serial) << 16);
        host.platformId = PlatformId.derive(uint8(TEEType.IntelTDX), 0, abi.encodePacked(platform.ppid));
    }

    function _requirePCKDates(uint256 notBefore, uint256 notAfter) private view {
        if (block.timestamp < notBefore || block.timestamp > notAfter)
            revert TDXPCKOutOfDate(notBefore, notAfter);
    }
}
