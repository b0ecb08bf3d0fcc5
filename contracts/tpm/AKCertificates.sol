// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IAKCertificates} from "../interfaces/IAKCertificates.sol";
import {P256} from "../crypto/P256.sol";
import {IAKErrors} from "../interfaces/IAKErrors.sol";
import {AKTrust} from "../types/Claims.sol";
import {Certificate} from "../x509/Certificate.sol";
import {CertificateFields} from "../x509/CertificateFields.sol";
import {AKIssuers} from "./AKIssuers.sol";
import {AKMarks} from "./AKMarks.sol";

/// @title AK certificates under pinned cloud roots
/// @notice A chain is judged whole at every call; what is cached (issuers below a root) saves parsing and RSA-4096
/// only and never changes the verdict. Roots are fixed at deployment: other roots are another deployment.
/// @dev The clouds publish no revocation lists that a contract could be shown for leaves: the guardian revokes by issuer
/// and serial. A revocation empties what is known of all keys at once, since any of them may rest on it; chains that do
/// not are brought again by whoever needs them.
contract AKCertificates is IAKErrors, AKIssuers, AccessManaged {
    using Certificate for CertificateFields;

    /// @notice A pinned root of one cloud.
    struct Root {
        uint8 cloud;
        bytes der;
    }

    /// @dev What was learnt of a key: how long any chain holds, and how long one with the cloud's own mark does; counts
    /// only while no certificate was revoked since.
    struct Known {
        uint40 notAfter;
        uint40 trustedUntil;
        uint40 revocations;
    }

    uint256 private constant MAX_CHAIN_LENGTH = 5;
    /// @dev Instead of an issuer's DER, which is far longer, its keccak256 may stand in a chain once it is cached.
    uint256 private constant REFERENCE_LENGTH = 32;

    mapping(bytes32 akId => mapping(uint8 cloud => Known)) private _known;
    mapping(bytes32 issuerHash => mapping(uint160 serial => bool)) private _revoked;
    uint40 private _revocations;

    /// @notice Two roots share a subject: a chain could not say which one it means.
    error RootSubjectTaken(bytes32);

    /// @param authority AccessManager: the guardian may revoke, the delayed role restore
    constructor(address authority, Root[] memory roots) AccessManaged(authority) {
        P256.requireAvailable();
        for (uint256 i = 0; i < roots.length; ++i) {
            Link memory root;
            _readLink(root, Certificate.parse(roots[i].der), keccak256(roots[i].der));
            if (!root.mayIssue) revert AKIssuerNotCA(i);
            if (_roots[root.subjectHash].blob != address(0)) revert RootSubjectTaken(root.subjectHash);
            // The parent of a root is itself.
            _store(root, roots[i].cloud, root.hash);
            _roots[root.subjectHash] = _issuers[root.hash];
        }
    }

    /// @inheritdoc IAKCertificates
    function verifyChain(
        bytes[] calldata certs
    ) external returns (bytes memory akPublic, AKTrust memory trust) {
        (CertificateFields memory leaf, Link[] memory chain, uint256 notAfter) = _judge(certs, 0);
        if (leaf.isCA || leaf.keyUsage & Certificate.DIGITAL_SIGNATURE == 0) revert AKLeafUnsuitable();
        uint8 cloud = _storeIssuers(chain, 1);
        akPublic = chain[0].key;
        trust = _record(keccak256(akPublic), cloud, AKMarks.isMarked(leaf, cloud), uint40(notAfter));
    }

    /// @inheritdoc IAKCertificates
    function cacheIssuers(bytes[] calldata certs) external {
        (, Link[] memory chain, ) = _judge(certs, 1);
        if (!chain[0].mayIssue) revert AKIssuerNotCA(0);
        _storeIssuers(chain, 0);
    }

    /// @inheritdoc IAKCertificates
    function revokeCertificate(bytes32 issuerHash, uint160 serial) external restricted {
        _revoked[issuerHash][serial] = true;
        ++_revocations;
        emit CertificateRevoked(issuerHash, serial);
    }

    /// @inheritdoc IAKCertificates
    function restoreCertificate(bytes32 issuerHash, uint160 serial) external restricted {
        _revoked[issuerHash][serial] = false;
        emit CertificateRestored(issuerHash, serial);
    }

    /// @inheritdoc IAKCertificates
    function knownIssuer(bytes32 certificateHash) external view returns (uint8 cloud, uint40 notAfter) {
        Issuer storage issuer = _issuers[certificateHash];
        return (issuer.cloud, issuer.notAfter);
    }

    /// @inheritdoc IAKCertificates
    function isRevoked(bytes32 issuerHash, uint160 serial) external view returns (bool) {
        return _revoked[issuerHash][serial];
    }

    /// @inheritdoc IAKCertificates
    function trustOf(bytes32 akId, uint8 cloud) external view returns (AKTrust memory trust) {
        Known storage held = _known[akId][cloud];
        (uint40 notAfter, uint40 trustedUntil) = (held.notAfter, held.trustedUntil);
        if (held.revocations == _revocations) return _trustBy(notAfter, trustedUntil, cloud);
    }

    function _trustBy(
        uint40 notAfter,
        uint40 trustedUntil,
        uint8 cloud
    ) private view returns (AKTrust memory trust) {
        if (notAfter < block.timestamp) return trust;
        trust.cloud = cloud;
        trust.isTrusted = trustedUntil >= block.timestamp;
        // What rests on the mark ends with it, even where an unmarked certificate of the same key lives longer.
        trust.notAfter = trust.isTrusted ? trustedUntil : notAfter;
    }

    /// @dev All but what the first certificate is for.
    /// @param below CAs that will stand below the first
    function _judge(
        bytes[] calldata certs,
        uint256 below
    ) private view returns (CertificateFields memory first, Link[] memory chain, uint256 notAfter) {
        if (certs.length == 0 || certs.length > MAX_CHAIN_LENGTH) revert AKChainLength(certs.length);
        // The first is always read: its extensions decide.
        bytes memory der = certs[0];
        first = Certificate.parse(der);
        chain = _readChain(certs, first, keccak256(der));
        for (uint256 i = 0; i + 1 < chain.length; ++i) {
            if (_isLinkCached(chain[i], chain[i + 1], i, below + i)) continue;
            // An issuer without its DER cannot be verified under another one.
            if (i > 0 && certs[i].length == REFERENCE_LENGTH) revert AKIssuerMismatch(i);
            _requireSigned(i == 0 ? first : Certificate.parse(certs[i]), chain[i + 1].key, i);
        }
        notAfter = _requireDates(chain);
        if (_revocations != 0) _requireNotRevoked(chain);
    }

    /// @dev Those from `first` on that are not known yet, without the root.
    function _storeIssuers(Link[] memory chain, uint256 first) private returns (uint8 cloud) {
        cloud = chain[chain.length - 1].cloud;
        for (uint256 i = first; i + 1 < chain.length; ++i)
            if (_issuers[chain[i].hash].blob == address(0)) _store(chain[i], cloud, chain[i + 1].hash);
    }

    /// @dev The chain with its root at the end, which the caller may leave out.
    function _readChain(
        bytes[] calldata certs,
        CertificateFields memory first,
        bytes32 firstHash
    ) private view returns (Link[] memory chain) {
        uint256 count = certs.length;
        chain = new Link[](count + 1);
        _readLink(chain[0], first, firstHash);
        for (uint256 i = 1; i < count; ++i) {
            bool isReference = certs[i].length == REFERENCE_LENGTH;
            bytes32 hash = isReference ? bytes32(certs[i]) : keccak256(certs[i]);
            Issuer memory issuer = _issuers[hash];
            if (issuer.blob != address(0)) _load(chain[i], issuer, hash);
            else if (isReference) revert AKIssuerUnknown(hash);
            else _readLink(chain[i], Certificate.parse(certs[i]), hash);
        }
        Link memory last = chain[count - 1];
        Issuer memory pinned = _roots[last.issuerHash];
        if (pinned.blob == address(0)) revert AKRootUntrusted();
        Link memory root = chain[count];
        _load(root, pinned, 0);
        root.hash = root.parent;
        if (last.issuerHash != last.subjectHash) return chain;
        if (root.hash != last.hash) revert AKRootUntrusted();
        last.cloud = pinned.cloud;
        assembly ("memory-safe") {
            mstore(chain, count)
        }
    }

    /// @dev Names and what the issuer may do; whether the signature was verified when the child was cached.
    /// @param below CAs below the issuer, as its path length counts them
    function _isLinkCached(
        Link memory child,
        Link memory issuer,
        uint256 i,
        uint256 below
    ) private pure returns (bool) {
        if (child.issuerHash != issuer.subjectHash) revert AKIssuerMismatch(i);
        bool isWithinPath = issuer.pathLength == Certificate.NO_PATH_LENGTH || issuer.pathLength >= below;
        if (!issuer.mayIssue || !isWithinPath) revert AKIssuerNotCA(i + 1);
        return child.isCached && child.parent == issuer.hash;
    }

    function _requireSigned(CertificateFields memory child, bytes memory key, uint256 i) private view {
        bool isSigned =
            key.length == 64
                ? child.isSignedByP256(_word(key, 0x20), _word(key, 0x40))
                : child.isSignedByRSA(key);
        if (!isSigned) revert AKCertificateSignatureWrong(i);
    }

    function _requireDates(Link[] memory chain) private view returns (uint256 end) {
        end = type(uint40).max;
        for (uint256 i = 0; i < chain.length; ++i) {
            (uint256 notBefore, uint256 notAfter) = (chain[i].notBefore, chain[i].notAfter);
            if (block.timestamp < notBefore || block.timestamp > notAfter)
                revert AKCertificateOutOfDate(i, notBefore, notAfter);
            if (notAfter < end) end = notAfter;
        }
    }

    function _requireNotRevoked(Link[] memory chain) private view {
        for (uint256 i = 0; i < chain.length; ++i)
            if (_revoked[chain[i].issuerHash][chain[i].serial])
                revert AKCertificateRevoked(i, chain[i].issuerHash, chain[i].serial);
    }

    /// @dev The latest end known for a key counts: a copyist may bring last week's certificate of the same key.
    function _record(
        bytes32 akId,
        uint8 cloud,
        bool isMarked,
        uint40 notAfter
    ) private returns (AKTrust memory trust) {
        Known memory known = _known[akId][cloud];
        uint40 revocations = _revocations;
        if (known.revocations != revocations) known = Known(0, 0, revocations);
        bool isNews = notAfter > known.notAfter || (isMarked && notAfter > known.trustedUntil);
        if (notAfter > known.notAfter) known.notAfter = notAfter;
        if (isMarked && notAfter > known.trustedUntil) known.trustedUntil = notAfter;
        trust = _trustBy(known.notAfter, known.trustedUntil, cloud);
        if (!isNews) return trust;
        _known[akId][cloud] = known;
        emit AKCertified(akId, cloud, known.notAfter, known.trustedUntil);
    }
}
