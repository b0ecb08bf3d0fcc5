// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AKTrust} from "../types/Claims.sol";

/// @title AK certificates of the clouds
/// @notice Permissionless: anybody may bring a chain that ends in a pinned root; nobody can take one away.
interface IAKCertificates {
    /// @notice A chain was verified and its leaf key recorded.
    event AKCertified(bytes32 indexed akId, uint8 indexed cloud, bool isTrusted, uint40 notAfter);

    /// @notice An issuer below a root was verified and cached.
    event IssuerCached(bytes32 indexed certificateHash, uint8 indexed cloud, uint40 notAfter);

    /// @notice Verifies a chain, leaf first, and records its key.
    /// @param certs DER certificates; a trailing self-signed root is allowed when it equals a pinned root
    /// @return akPublic x‖y (P-256) or n (RSA-2048) of the leaf
    /// @return trust what is now known of this key
    function verifyChain(
        bytes[] calldata certs
    ) external returns (bytes memory akPublic, AKTrust memory trust);

    /// @notice What is known of a key now; all zero when nothing is known or it has expired.
    /// @param akId keccak256(x‖y) or keccak256(n)
    function trustOf(bytes32 akId, uint8 cloud) external view returns (AKTrust memory trust);
}
