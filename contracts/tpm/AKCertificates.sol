// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IAKCertificates} from "../interfaces/IAKCertificates.sol";
import {IAKErrors} from "../interfaces/IAKErrors.sol";
import {AKTrust} from "../types/Claims.sol";
import {Certificate, CertificateFields, KeyType} from "../x509/Certificate.sol";
import {AKMarks} from "./AKMarks.sol";
import {CodeStorage} from "../storage/CodeStorage.sol";

/// @title AK certificates under pinned cloud roots
/// @notice A chain is judged whole at every call; what is cached (issuers below a root) saves parsing and RSA-4096
/// only and never changes the verdict. Roots are fixed at deployment: other roots are another deployment.
/// @dev The clouds publish no revocation lists that a contract could be shown for leaves: the guardian revokes by issuer
/// and serial. A revocation empties what is known of all keys at once, since any of them may rest on it; chains that do
/// not are brought again by whoever needs them.
contract AKCertificates is IAKCertificates, IAKErrors, AccessManaged {
    using Certificate for CertificateFields;

    /// @notice A pinned root of one cloud.
    struct Root {
        uint8 cloud;
        bytes der;
    }

    /// @dev An issuer known by the hash of its DER; `blob` holds subject, issuer and parent hash, serial and key.
    struct Issuer {
        address blob;
        uint40 notBefore;
        uint40 notAfter;
        uint8 cloud;
        uint8 pathLength;
    }

    /// @dev What was learnt of a key: how long any chain holds, and how long one with the cloud's own mark does; counts
    /// only while no certificate was revoked since.
    struct Known {
        uint40 notAfter;
        uint40 trustedUntil;
        uint40 revocations;
    }

    /// @dev One certificate of a chain under judgement. `parent` is the issuer it was verified under when it was cached.
    struct Link {
        bytes32 hash;
        bytes32 subjectHash;
        bytes32 issuerHash;
        bytes32 parent;
        uint160 serial;
        uint256 notBefore;
        uint256 notAfter;
        bool mayIssue;
        uint256 pathLength;
        bytes key;
        bool isCached;
        uint8 cloud;
    }

    uint256 private constant MAX_CHAIN_LENGTH = 5;
    /// @dev Instead of an issuer's DER, which is far longer, its keccak256 may stand in a chain once it is cached.
    uint256 private constant REFERENCE_LENGTH = 32;

    mapping(bytes32 certificateHash => Issuer) private _issuers;
    /// @dev The same issuers under their names, which is how a chain without its root finds it: one slot less to read.
    mapping(bytes32 subjectHash => Issuer) private _roots;
    mapping(bytes32 akId => mapping(uint8 cloud => Known)) private _known;
    mapping(bytes32 issuerHash => mapping(uint160 serial => bool)) private _revoked;
    uint40 private _revocations;

    /// @notice Two roots share a subject: a chain could not say which one it means.
    error RootSubjectTaken(bytes32);

    /// @param authority AccessManager: the guardian may revoke, the delayed role restore
    constructor(address authority, Root[] memory roots) AccessManaged(authority) {
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
        Known memory known = _known[akId][cloud];
        if (known.revocations == _revocations) return _trustBy(known, cloud);
    }

    function _trustBy(Known memory known, uint8 cloud) private view returns (AKTrust memory trust) {
        if (known.notAfter < block.timestamp) return trust;
        trust.cloud = cloud;
        trust.isTrusted = known.trustedUntil >= block.timestamp;
        // What rests on the mark ends with it, even where an unmarked certificate of the same key lives longer.
        trust.notAfter = trust.isTrusted ? known.trustedUntil : known.notAfter;
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
        trust = _trustBy(known, cloud);
        if (!isNews) return trust;
        _known[akId][cloud] = known;
        emit AKCertified(akId, cloud, trust.isTrusted, trust.notAfter);
    }

    function _readLink(Link memory link, CertificateFields memory fields, bytes32 hash) private pure {
        link.hash = hash;
        link.subjectHash = fields.subjectHash;
        link.issuerHash = fields.issuerHash;
        link.serial = fields.serial;
        link.notBefore = fields.notBefore;
        link.notAfter = fields.notAfter;
        link.mayIssue = fields.isCA && fields.keyUsage & Certificate.KEY_CERT_SIGN != 0;
        link.pathLength = fields.pathLength;
        link.key = fields.keyType == KeyType.P256 ? abi.encodePacked(fields.x, fields.y) : fields.modulus;
    }

    function _store(Link memory link, uint8 cloud, bytes32 parent) private {
        _issuers[link.hash] = Issuer({
            blob: CodeStorage.write(
                abi.encodePacked(link.subjectHash, link.issuerHash, parent, uint256(link.serial), link.key)
            ),
            notBefore: uint40(link.notBefore),
            notAfter: uint40(link.notAfter),
            cloud: cloud,
            pathLength: uint8(link.pathLength)
        });
        emit IssuerCached(link.hash, cloud, uint40(link.notAfter));
    }

    function _load(Link memory link, Issuer memory issuer, bytes32 hash) private view {
        bytes memory blob = CodeStorage.read(issuer.blob);
        link.hash = hash;
        link.subjectHash = _word(blob, 0x20);
        link.issuerHash = _word(blob, 0x40);
        link.parent = _word(blob, 0x60);
        link.serial = uint160(uint256(_word(blob, 0x80)));
        link.notBefore = issuer.notBefore;
        link.notAfter = issuer.notAfter;
        link.mayIssue = true;
        link.pathLength = issuer.pathLength;
        link.isCached = true;
        link.cloud = issuer.cloud;
        bytes memory key;
        assembly ("memory-safe") {
            // The key is the rest of the blob; its length word takes the place of the serial, read above.
            key := add(blob, 0x80)
            mstore(key, sub(mload(blob), 0x80))
        }
        link.key = key;
    }

    function _word(bytes memory data, uint256 offset) private pure returns (bytes32 word) {
        assembly ("memory-safe") {
            word := mload(add(data, offset))
        }
    }
}
