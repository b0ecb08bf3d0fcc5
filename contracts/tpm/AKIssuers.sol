// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAKCertificates} from "../interfaces/IAKCertificates.sol";
import {CodeStorage} from "../storage/CodeStorage.sol";
import {Certificate} from "../x509/Certificate.sol";
import {CertificateFields, KeyType} from "../x509/CertificateFields.sol";

/// @title Issuers of AK certificates, kept as code
/// @notice What is kept of an issuer is what its certificate says, so that nothing of it is parsed twice.
abstract contract AKIssuers is IAKCertificates {
    /// @dev An issuer known by the hash of its DER; `blob` holds subject, issuer and parent hash, serial and key.
    struct Issuer {
        address blob;
        uint40 notBefore;
        uint40 notAfter;
        uint8 cloud;
        uint8 pathLength;
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

    mapping(bytes32 certificateHash => Issuer) internal _issuers;
    /// @dev The same issuers under their names, which is how a chain without its root finds it: one slot less to read.
    mapping(bytes32 subjectHash => Issuer) internal _roots;

    function _readLink(Link memory link, CertificateFields memory fields, bytes32 hash) internal pure {
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

    function _store(Link memory link, uint8 cloud, bytes32 parent) internal {
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

    function _load(Link memory link, Issuer memory issuer, bytes32 hash) internal view {
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

    function _word(bytes memory data, uint256 offset) internal pure returns (bytes32 word) {
        assembly ("memory-safe") {
            word := mload(add(data, offset))
        }
    }
}
