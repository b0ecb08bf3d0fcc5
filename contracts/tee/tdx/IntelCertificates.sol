// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {P256} from "../../crypto/P256.sol";
import {PEM} from "../../evidence/PEM.sol";
import {ITDXErrors} from "../../interfaces/ITDXErrors.sol";
import {Certificate} from "../../x509/Certificate.sol";
import {CertificateFields, KeyType} from "../../x509/CertificateFields.sol";
import {DER} from "../../x509/DER.sol";
import {CAHead, Heads} from "./CollateralWords.sol";

/// @title Intel's CAs and TCB signing certificate under the pinned root
/// @notice A CA is its name and its key: certificates for it may be re-issued and move its dates. Nobody needs a right
/// to add what Intel's root signed, and nobody can put an older certificate in the place of a newer one.
abstract contract IntelCertificates is ITDXErrors {
    using Certificate for CertificateFields;

    /// @param subjectHash keccak256 of the subject's DER: what PCK certificates and CRLs name as issuer
    /// @param serial of the newest certificate
    struct CA {
        bytes32 x;
        bytes32 y;
        bytes32 subjectHash;
        CAHead head;
        uint160 serial;
    }

    /// @param serial of the certificate in the text
    struct KnownText {
        uint8 caId;
        uint160 serial;
    }

    /// @notice The certificate whose key signs TCB info, QE identities and the list of evaluation numbers.
    /// @param notAfter the root's included
    /// @param contentHash keccak256 of the TBSCertificate's DER
    struct Signer {
        uint160 serial;
        uint40 notBefore;
        uint40 notAfter;
        bytes32 x;
        bytes32 y;
        bytes32 contentHash;
    }

    bytes32 private constant SIGNER_NAME = keccak256("Intel SGX TCB Signing");

    bytes32 internal immutable ROOT_X;
    bytes32 internal immutable ROOT_Y;

    Heads internal _heads;
    /// @dev Ids begin at 1.
    mapping(uint8 caId => CA) internal _cas;
    uint8 internal _caCount;
    /// @dev Blob of the QE identity that counts. It stands here because the slot is written already.
    address internal _activeQEBlob;
    Signer internal _signer;
    /// @dev Of the root certificate seen last: subject's DER and TBSCertificate, keccak256 each.
    bytes32 internal _rootSubjectHash;
    bytes32 internal _rootContentHash;

    mapping(bytes32 nameAndKey => uint8 caId) private _idOfKey;
    mapping(bytes32 subjectHash => uint8 caId) internal _idOfSubject;
    mapping(bytes32 textHash => KnownText) private _texts;

    /// @notice A CA is known by this PEM text, too.
    event CAUpdated(uint8 indexed caId, bytes32 indexed subjectHash, bytes32 textHash, uint256 notAfter);
    event SignerUpdated(uint160 serial, uint256 notBefore, uint256 notAfter);

    constructor(bytes32 rootX, bytes32 rootY) {
        P256.requireAvailable();
        ROOT_X = rootX;
        ROOT_Y = rootY;
    }

    /// @notice The pinned root key.
    function rootKey() external view returns (bytes32 x, bytes32 y) {
        return (ROOT_X, ROOT_Y);
    }

    /// @notice Id of the CA whose PEM text (intermediate, then root, without a trailing NUL) has this keccak256, and the serial
    /// of that certificate; zeros for a text that nobody brought.
    function caOfText(bytes32 textHash) external view returns (uint8 caId, uint160 serial) {
        KnownText memory text = _texts[textHash];
        return (text.caId, text.serial);
    }

    /// @notice Reverts when the root CRL names a certificate. For those that are not their CA's newest: of that one the CA's own
    /// mark tells.
    function requireUnrevoked(uint160 serial) external view {
        if (_isInRootCRL(serial)) revert TDXIntermediateRevoked(serial);
    }

    /// @notice Id and key of the newest CA of a name (keccak256 of the subject's DER); all zero when there is none.
    function caNamed(bytes32 subjectHash) external view returns (uint8 caId, bytes32 x, bytes32 y) {
        caId = _idOfSubject[subjectHash];
        if (caId != 0) (x, y) = (_cas[caId].x, _cas[caId].y);
    }

    /// @notice A CA; all zero when there is none of this id.
    function caOf(uint8 caId) external view returns (CA memory) {
        return _cas[caId];
    }

    /// @notice The TCB signing certificate; all zero before the first.
    function signer() external view returns (Signer memory) {
        return _signer;
    }

    /// @notice Verifies an intermediate and its root as they stand in a quote behind the leaf.
    /// @param pem PEM text of exactly these two certificates
    /// @return caId the id it has from now on
    function upsertChain(bytes calldata pem) external returns (uint8 caId) {
        (CertificateFields memory ca, CertificateFields memory root) = _readPair(pem);
        _requireRoot(root);
        _requireIntermediate(ca, root);
        _requireDates(ca, root);
        if (_isInRootCRL(ca.serial)) revert TDXIntermediateRevoked(ca.serial);
        caId = _storeCA(ca, _min(ca.notAfter, root.notAfter));
        _refreshStanding(caId);
        bytes32 textHash = keccak256(pem);
        _texts[textHash] = KnownText({caId: caId, serial: ca.serial});
        _rememberRoot(root);
        emit CAUpdated(caId, ca.subjectHash, textHash, _cas[caId].head.notAfter());
    }

    /// @notice Verifies a TCB signing certificate and its root, as Intel serves them beside every document.
    /// @param pem PEM text of exactly these two certificates
    function upsertSigner(bytes calldata pem) external {
        (CertificateFields memory own, CertificateFields memory root) = _readPair(pem);
        _requireRoot(root);
        bool isSigner =
            own.keyType == KeyType.P256 &&
                own.issuerHash == root.subjectHash &&
                own.commonName != 0 &&
                DER.hash(own.commonName, own.commonNameEnd) == SIGNER_NAME &&
                !own.isCA &&
                own.keyUsage & Certificate.DIGITAL_SIGNATURE != 0 &&
                own.isSignedByP256(ROOT_X, ROOT_Y);
        if (!isSigner) revert TDXSignerUntrusted();
        if (block.timestamp < own.notBefore || block.timestamp > own.notAfter)
            revert TDXSignerOutOfDate(own.notBefore, own.notAfter);
        if (block.timestamp < root.notBefore || block.timestamp > root.notAfter)
            revert TDXSignerOutOfDate(root.notBefore, root.notAfter);
        _rememberRoot(root);
        if (own.contentHash == _signer.contentHash) return;
        if (own.notBefore <= _signer.notBefore)
            revert TDXCollateralNotNewer(_signer.notBefore, own.notBefore);
        bool isSameKey = own.x == _signer.x && own.y == _signer.y;
        _signer = Signer({
            x: own.x,
            y: own.y,
            contentHash: own.contentHash,
            serial: own.serial,
            notBefore: uint40(own.notBefore),
            notAfter: uint40(_min(own.notAfter, root.notAfter))
        });
        _heads = _heads.withSignerRevoked(_isInRootCRL(own.serial));
        if (isSameKey) _refreshStandings();
        else _dropDocuments();
        emit SignerUpdated(own.serial, own.notBefore, own.notAfter);
    }

    /// @dev Forgets what was signed by another key: it may be replaced because it was stolen.
    function _dropDocuments() internal virtual;

    /// @dev Writes anew what a verdict on hosts of a CA rests on.
    function _refreshStanding(uint8 caId) internal virtual;

    function _refreshStandings() internal {
        for (uint8 caId = 1; caId <= _caCount; ++caId) _refreshStanding(caId);
    }

    /// @dev Whether the root CRL that is held names a serial.
    function _isInRootCRL(uint160 serial) internal view virtual returns (bool);

    function _readPair(
        bytes calldata pem
    ) private pure returns (CertificateFields memory first, CertificateFields memory root) {
        (bytes memory firstDer, uint256 next) = PEM.decode(pem, 0);
        (bytes memory rootDer, uint256 end) = PEM.decode(pem, next);
        if (end != pem.length) revert TDXCertificateChainMalformed();
        return (Certificate.parse(firstDer), Certificate.parse(rootDer));
    }

    function _requireRoot(CertificateFields memory root) private view {
        bool isPinned = root.keyType == KeyType.P256 && root.x == ROOT_X && root.y == ROOT_Y;
        if (root.issuerHash != root.subjectHash) revert TDXRootUntrusted();
        if (!isPinned || !root.isSignedByP256(ROOT_X, ROOT_Y)) revert TDXRootUntrusted();
    }

    function _requireIntermediate(CertificateFields memory ca, CertificateFields memory root) private view {
        bool isTrusted =
            ca.keyType == KeyType.P256 &&
                ca.issuerHash == root.subjectHash &&
                ca.isCA &&
                ca.keyUsage & Certificate.KEY_CERT_SIGN != 0 &&
                ca.isSignedByP256(ROOT_X, ROOT_Y);
        if (!isTrusted) revert TDXIntermediateUntrusted();
    }

    function _requireDates(CertificateFields memory ca, CertificateFields memory root) private view {
        if (block.timestamp < ca.notBefore || block.timestamp > ca.notAfter)
            revert TDXIntermediateOutOfDate(ca.notBefore, ca.notAfter);
        if (block.timestamp < root.notBefore || block.timestamp > root.notAfter)
            revert TDXIntermediateOutOfDate(root.notBefore, root.notAfter);
    }

    /// @dev An older certificate of a known CA changes nothing: its text still names the CA.
    function _storeCA(CertificateFields memory own, uint256 notAfter) private returns (uint8 caId) {
        bytes32 nameAndKey = keccak256(abi.encode(own.subjectHash, own.x, own.y));
        caId = _idOfKey[nameAndKey];
        if (caId == 0) {
            caId = ++_caCount;
            _idOfKey[nameAndKey] = caId;
            (_cas[caId].x, _cas[caId].y, _cas[caId].subjectHash) = (own.x, own.y, own.subjectHash);
        }
        CA storage ca = _cas[caId];
        if (own.notBefore <= ca.head.notBefore()) return caId;
        ca.head = ca.head.withDates(own.notBefore, notAfter).withRevoked(false);
        ca.serial = own.serial;
        uint8 newest = _idOfSubject[own.subjectHash];
        if (newest == 0 || own.notBefore >= _cas[newest].head.notBefore())
            _idOfSubject[own.subjectHash] = caId;
    }

    function _rememberRoot(CertificateFields memory root) private {
        if (_rootContentHash == root.contentHash) return;
        (_rootContentHash, _rootSubjectHash) = (root.contentHash, root.subjectHash);
    }

    function _min(uint256 a, uint256 b) internal pure returns (uint256) {
        return a < b ? a : b;
    }
}
