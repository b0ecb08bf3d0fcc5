// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AKTrust} from "../types/Claims.sol";

/// @title AK certificates of the clouds
/// @notice Permissionless: anybody may bring a chain that ends in a pinned root; nobody can take one away.
interface IAKCertificates {
    /// @notice A chain was verified and its leaf key recorded.
    /// @param notAfter the latest end of a whole chain that is known for this key, unix seconds
    /// @param trustedUntil the same of chains that bear the cloud's own mark, 0 while none is known
    event AKCertified(bytes32 indexed akId, uint8 indexed cloud, uint40 notAfter, uint40 trustedUntil);

    /// @notice An issuer below a root was verified and cached.
    event IssuerCached(bytes32 indexed certificateHash, uint8 indexed cloud, uint40 notAfter);

    /// @notice What rests on this certificate is no longer believed.
    event CertificateRevoked(bytes32 indexed issuerHash, uint160 indexed serial);
    event CertificateRestored(bytes32 indexed issuerHash, uint160 indexed serial);

    /// @notice Verifies a chain, leaf first, and records its key.
    /// @param certs DER certificates; a trailing self-signed root is allowed when it equals a pinned root. An issuer that
    /// is cached may be named by the 32 bytes of its DER's keccak256 instead
    /// @return akPublic x‖y (P-256) or n (RSA-2048) of the leaf
    /// @return trust what is now known of this key
    function verifyChain(
        bytes[] calldata certs
    ) external returns (bytes memory akPublic, AKTrust memory trust);

    /// @notice Verifies issuers before anybody needs them, so that the first AK below them pays for its own signature only.
    /// @param certs DER certificates of CAs, the lowest first; a trailing pinned root is allowed
    function cacheIssuers(bytes[] calldata certs) external;

    /// @notice Refuses a certificate of any chain from now on, and forgets what is known of every key: chains without it
    /// are believed again as soon as somebody brings them. For the guardian.
    /// @param issuerHash keccak256 of the DER of the issuer's name
    /// @param serial magnitude of the serial number
    function revokeCertificate(bytes32 issuerHash, uint160 serial) external;

    /// @notice Takes a revocation back. For the delayed role.
    function restoreCertificate(bytes32 issuerHash, uint160 serial) external;

    /// @notice Cloud and end of an issuer that chains may name by hash; zero when it is not cached.
    /// @param certificateHash keccak256 of its DER
    function knownIssuer(bytes32 certificateHash) external view returns (uint8 cloud, uint40 notAfter);

    function isRevoked(bytes32 issuerHash, uint160 serial) external view returns (bool);

    /// @notice What is known of a key now; all zero when nothing is known or it has expired.
    /// @param akId keccak256(x‖y) or keccak256(n)
    function trustOf(bytes32 akId, uint8 cloud) external view returns (AKTrust memory trust);
}
