// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {P256} from "../../crypto/P256.sol";
import {CodeStorage} from "../../storage/CodeStorage.sol";
import {CertificateList, CertificateListFields} from "../../x509/CertificateList.sol";
import {IntelCertificates} from "./IntelCertificates.sol";

/// @title Intel's revocation lists
/// @notice The newest list is the whole truth: it replaces the one before. A root CRL that names a CA or the TCB signing
/// certificate disables it in the same transaction.
abstract contract IntelCRLs is IntelCertificates {
    /// @dev Serials are kept as code, and only written when they change: Intel re-issues every list each month.
    /// @param contentHash keccak256 of the TBSCertList, which proofs name
    struct CRL {
        address serials;
        bytes32 contentHash;
    }

    /// @dev Key 0 is the root's.
    mapping(uint8 caId => CRL) private _crls;

    event RootCRLUpdated(uint256 thisUpdate, uint256 nextUpdate, bytes32 contentHash);
    event PCKCRLUpdated(
        uint8 indexed caId,
        uint256 thisUpdate,
        uint256 nextUpdate,
        bytes32 contentHash,
        uint256 version
    );

    /// @param der CertificateList of the root
    function upsertRootCRL(bytes calldata der) external {
        CertificateListFields memory list = CertificateList.parse(der);
        if (_rootSubjectHash == 0 || list.issuerHash != _rootSubjectHash)
            revert TDXCRLIssuerUnknown(list.issuerHash);
        _requireSigned(list, ROOT_X, ROOT_Y);
        if (block.timestamp < list.thisUpdate || block.timestamp > list.nextUpdate)
            revert TDXRootCRLOutOfDate(list.thisUpdate, list.nextUpdate);
        _requireNewer(_heads.rootCRLThisUpdate(), list.thisUpdate);
        _store(0, list);
        for (uint8 id = 1; id <= _caCount; ++id)
            _cas[id].head = _cas[id].head.withRevoked(
                CertificateList.contains(list.serials, _cas[id].serial)
            );
        _heads = _heads.withRootCRL(list.thisUpdate, list.nextUpdate).withSignerRevoked(
            CertificateList.contains(list.serials, _signer.serial)
        );
        _refreshStandings();
        emit RootCRLUpdated(list.thisUpdate, list.nextUpdate, list.contentHash);
    }

    /// @param der CertificateList of a known CA
    function upsertPCKCRL(bytes calldata der) external {
        CertificateListFields memory list = CertificateList.parse(der);
        uint8 caId = _signerOf(list);
        CA storage ca = _cas[caId];
        if (block.timestamp < list.thisUpdate || block.timestamp > list.nextUpdate)
            revert TDXPCKCRLOutOfDate(list.thisUpdate, list.nextUpdate);
        _requireNewer(ca.head.thisUpdate(), list.thisUpdate);
        // Hosts remembered under another set of serials have to prove again that they are not among them.
        uint256 version = ca.head.crlVersion() + (_store(caId, list) ? 1 : 0);
        ca.head = ca.head.withCRL(list.thisUpdate, list.nextUpdate, version);
        _refreshStanding(caId);
        emit PCKCRLUpdated(caId, list.thisUpdate, list.nextUpdate, list.contentHash, version);
    }

    /// @notice Where the serials of a CA's CRL are kept as code (0 the root's), and the hash proofs name it by.
    function crlOf(uint8 caId) external view returns (address serials, bytes32 contentHash) {
        return (_crls[caId].serials, _crls[caId].contentHash);
    }

    function _isInRootCRL(uint160 serial) internal view override returns (bool) {
        address serials = _crls[0].serials;
        return serials != address(0) && CertificateList.contains(CodeStorage.read(serials), serial);
    }

    function _crlSerials(uint8 caId) internal view returns (address) {
        return _crls[caId].serials;
    }

    function _requireNewer(uint256 held, uint256 offered) internal pure {
        if (offered <= held) revert TDXCollateralNotNewer(held, offered);
    }

    /// @dev A CA that took a new key keeps its name, and hosts of the old key live on: whose list it is its signature says.
    function _signerOf(CertificateListFields memory list) private view returns (uint8 caId) {
        uint8 newest = _idOfSubject[list.issuerHash];
        if (newest == 0) revert TDXCRLIssuerUnknown(list.issuerHash);
        for (caId = _caCount; caId > 0; --caId) {
            CA storage ca = _cas[caId];
            bool isOfThisOne =
                ca.subjectHash == list.issuerHash && P256.verify(list.tbsHash, list.r, list.s, ca.x, ca.y);
            if (!isOfThisOne) continue;
            if (ca.head.isRevoked()) revert TDXIntermediateRevoked(ca.serial);
            return caId;
        }
        if (_cas[newest].head.isRevoked()) revert TDXIntermediateRevoked(_cas[newest].serial);
        revert TDXCRLSignatureWrong();
    }

    function _requireSigned(CertificateListFields memory list, bytes32 x, bytes32 y) private view {
        if (!P256.verify(list.tbsHash, list.r, list.s, x, y)) revert TDXCRLSignatureWrong();
    }

    function _store(uint8 caId, CertificateListFields memory list) private returns (bool isChanged) {
        CRL storage crl = _crls[caId];
        isChanged = !CodeStorage.holds(crl.serials, list.serials);
        if (isChanged) crl.serials = CodeStorage.write(list.serials);
        crl.contentHash = list.contentHash;
    }
}
