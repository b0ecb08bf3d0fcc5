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

    /// @dev One certificate of a chain under judgement. `parent` is 0 unless the link to it is cached.
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
        CertificateFields fields;
    }

    uint256 private constant MAX_CHAIN_LENGTH = 5;

    mapping(bytes32 certificateHash => Issuer) private _issuers;
    mapping(bytes32 subjectHash => bytes32 certificateHash) private _roots;
    mapping(bytes32 akId => mapping(uint8 cloud => Known)) private _known;
    mapping(bytes32 issuerHash => mapping(uint160 serial => bool)) private _revoked;
    uint40 private _revocations;

    /// @notice Two roots share a subject: a chain could not say which one it means.
    error RootSubjectTaken(bytes32);

    /// @param authority AccessManager: the guardian may revoke, the delayed role restore
    constructor(address authority, Root[] memory roots) AccessManaged(authority) {
        for (uint256 i = 0; i < roots.length; ++i) {
            Link memory root;
            _readLink(root, roots[i].der);
            if (!root.mayIssue) revert AKIssuerNotCA(i);
            if (_roots[root.subjectHash] != 0) revert RootSubjectTaken(root.subjectHash);
            _roots[root.subjectHash] = root.hash;
            _store(root, roots[i].cloud, 0);
        }
    }

    /// @inheritdoc IAKCertificates
    function verifyChain(
        bytes[] calldata certs
    ) external returns (bytes memory akPublic, AKTrust memory trust) {
        (Link[] memory chain, uint256 notAfter) = _judge(certs, 0);
        Link memory leaf = chain[0];
        if (leaf.fields.isCA || leaf.fields.keyUsage & Certificate.DIGITAL_SIGNATURE == 0)
            revert AKLeafUnsuitable();
        uint8 cloud = _storeIssuers(chain, 1);
        trust = _record(keccak256(leaf.key), cloud, AKMarks.isMarked(leaf.fields, cloud), uint40(notAfter));
        return (leaf.key, trust);
    }

    /// @inheritdoc IAKCertificates
    function cacheIssuers(bytes[] calldata certs) external {
        (Link[] memory chain, ) = _judge(certs, 1);
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
    function isRevoked(bytes32 issuerHash, uint160 serial) external view returns (bool) {
        return _revoked[issuerHash][serial];
    }

    /// @inheritdoc IAKCertificates
    function trustOf(bytes32 akId, uint8 cloud) public view returns (AKTrust memory trust) {
        Known memory known = _known[akId][cloud];
        if (known.notAfter < block.timestamp || known.revocations != _revocations) return trust;
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
    ) private view returns (Link[] memory chain, uint256 notAfter) {
        if (certs.length == 0 || certs.length > MAX_CHAIN_LENGTH) revert AKChainLength(certs.length);
        chain = _readChain(certs);
        for (uint256 i = 0; i + 1 < chain.length; ++i) _requireLink(chain, i, below + i, certs);
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
    function _readChain(bytes[] calldata certs) private view returns (Link[] memory chain) {
        uint256 count = certs.length;
        chain = new Link[](count + 1);
        for (uint256 i = 0; i < count; ++i) {
            bytes32 hash = keccak256(certs[i]);
            // The leaf is always read: its extensions decide.
            if (i > 0 && _issuers[hash].blob != address(0)) _load(chain[i], hash);
            else _readLink(chain[i], certs[i]);
        }
        Link memory last = chain[count - 1];
        bytes32 root = _roots[last.issuerHash];
        if (last.issuerHash == last.subjectHash) {
            if (root == 0 || root != last.hash) revert AKRootUntrusted();
            last.cloud = _issuers[root].cloud;
            assembly ("memory-safe") {
                mstore(chain, count)
            }
            return chain;
        }
        if (root == 0) revert AKRootUntrusted();
        _load(chain[count], root);
    }

    /// @param below CAs below the issuer of certificate `i`, as its path length counts them
    function _requireLink(
        Link[] memory chain,
        uint256 i,
        uint256 below,
        bytes[] calldata certs
    ) private view {
        Link memory child = chain[i];
        Link memory issuer = chain[i + 1];
        if (child.issuerHash != issuer.subjectHash) revert AKIssuerMismatch(i);
        bool isWithinPath = issuer.pathLength == Certificate.NO_PATH_LENGTH || issuer.pathLength >= below;
        if (!issuer.mayIssue || !isWithinPath) revert AKIssuerNotCA(i + 1);
        if (child.isCached && child.parent == issuer.hash) return;
        CertificateFields memory fields = child.isCached ? Certificate.parse(certs[i]) : child.fields;
        bool isSigned =
            issuer.key.length == 64
                ? fields.isSignedByP256(_word(issuer.key, 0x20), _word(issuer.key, 0x40))
                : fields.isSignedByRSA(issuer.key);
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
        if (isNews) _known[akId][cloud] = known;
        trust = trustOf(akId, cloud);
        if (isNews) emit AKCertified(akId, cloud, trust.isTrusted, trust.notAfter);
    }

    function _readLink(Link memory link, bytes memory der) private pure {
        CertificateFields memory fields = Certificate.parse(der);
        link.hash = keccak256(der);
        link.subjectHash = fields.subjectHash;
        link.issuerHash = fields.issuerHash;
        link.serial = fields.serial;
        link.notBefore = fields.notBefore;
        link.notAfter = fields.notAfter;
        link.mayIssue = fields.isCA && fields.keyUsage & Certificate.KEY_CERT_SIGN != 0;
        link.pathLength = fields.pathLength;
        link.key = fields.keyType == KeyType.P256 ? abi.encodePacked(fields.x, fields.y) : fields.modulus;
        link.fields = fields;
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

    function _load(Link memory link, bytes32 hash) private view {
        Issuer memory issuer = _issuers[hash];
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
