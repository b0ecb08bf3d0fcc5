// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITDXErrors} from "../../interfaces/ITDXErrors.sol";
import {PEM} from "../../evidence/PEM.sol";
import {Certificate, CertificateFields, KeyType} from "../../x509/Certificate.sol";

/// @notice An Intel CA under the pinned root, verified once.
/// @param x P-256 key of the CA
/// @param y P-256 key of the CA
/// @param subjectHash keccak256 of its subject's DER: what a PCK certificate names as issuer
struct IntelCA {
    bytes32 x;
    bytes32 y;
    bytes32 subjectHash;
    uint40 notBefore;
    uint40 notAfter;
    uint40 rootNotBefore;
    uint40 rootNotAfter;
}

/// @title What Intel signs and many quotes share
/// @notice Permissionless: everything in here is verified under Intel's root key, so nobody needs a right to add it
/// and nobody can take it away. Dates are kept, never judged: the reader checks them at every use.
contract IntelCollateral is ITDXErrors {
    using Certificate for CertificateFields;

    /// @notice A CA was verified and cached.
    event IntelCACached(bytes32 indexed textHash, bytes32 subjectHash, uint40 notAfter);

    bytes32 private immutable ROOT_X;
    bytes32 private immutable ROOT_Y;

    mapping(bytes32 textHash => IntelCA) private _cas;

    constructor(bytes32 rootX, bytes32 rootY) {
        ROOT_X = rootX;
        ROOT_Y = rootY;
    }

    /// @notice The pinned root key.
    function rootKey() external view returns (bytes32 x, bytes32 y) {
        return (ROOT_X, ROOT_Y);
    }

    /// @notice The CA whose PEM text (intermediate, then root, without a trailing NUL) has this keccak256; all zero
    /// when it is not cached.
    function caOf(bytes32 textHash) external view returns (IntelCA memory ca) {
        return _cas[textHash];
    }

    /// @notice Verifies the intermediate and root as they stand in a quote behind the leaf, and caches them.
    /// @param pem PEM text of exactly two certificates
    function upsertChain(bytes calldata pem) external returns (IntelCA memory ca) {
        (bytes memory intermediateDer, uint256 next) = PEM.decode(pem, 0);
        (bytes memory rootDer, uint256 end) = PEM.decode(pem, next);
        if (end != pem.length) revert TDXCertificateChainMalformed();
        CertificateFields memory intermediate = Certificate.parse(intermediateDer);
        CertificateFields memory root = Certificate.parse(rootDer);
        _requireRoot(root);
        _requireIntermediate(intermediate, root);
        ca = IntelCA({
            x: intermediate.x,
            y: intermediate.y,
            subjectHash: intermediate.subjectHash,
            notBefore: uint40(intermediate.notBefore),
            notAfter: uint40(intermediate.notAfter),
            rootNotBefore: uint40(root.notBefore),
            rootNotAfter: uint40(root.notAfter)
        });
        bytes32 textHash = keccak256(pem);
        _cas[textHash] = ca;
        emit IntelCACached(textHash, ca.subjectHash, ca.notAfter);
    }

    function _requireRoot(CertificateFields memory root) private view {
        bool isPinned = root.keyType == KeyType.P256 && root.x == ROOT_X && root.y == ROOT_Y;
        if (root.issuerHash != root.subjectHash) revert TDXRootUntrusted();
        if (!isPinned || !root.isSignedByP256(ROOT_X, ROOT_Y)) revert TDXRootUntrusted();
    }

    function _requireIntermediate(
        CertificateFields memory intermediate,
        CertificateFields memory root
    ) private view {
        bool isTrusted =
            intermediate.keyType == KeyType.P256 &&
                intermediate.issuerHash == root.subjectHash &&
                intermediate.isCA &&
                intermediate.keyUsage & Certificate.KEY_CERT_SIGN != 0 &&
                intermediate.isSignedByP256(ROOT_X, ROOT_Y);
        if (!isTrusted) revert TDXIntermediateUntrusted();
    }
}
