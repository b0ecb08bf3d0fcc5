// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Refusals of attestation keys and Azure runtime claims
/// @notice One error per check of the catalogue `sdk/checks.ts`; a test holds both lists against each other.
interface IAKErrors {
    /// @notice `azure.claims-layout`: runtime claims have the known layout.
    error AzureClaimsLayoutUnknown();

    /// @notice `azure.claims-hash`: report_data is sha256(runtime claims) and 32 zero bytes.
    error AzureClaimsNotReported(bytes32, bytes32);

    /// @notice `ak.public-unexpected`: akPub is empty when certificates are given.
    error AKPublicUnexpected();

    /// @notice `ak.public`: AK is P-256 (64 bytes) or RSA-2048 (256 bytes).
    error AKPublicUnsupported(uint256);

    /// @notice `ak.point`: a P-256 AK is a point of the curve.
    error AKNotOnCurve();

    /// @notice `ak.chain-length`: AK chain has 1 to 5 certificates.
    error AKChainLength(uint256);

    /// @notice `ak.issuer-unknown`: an issuer named by hash is known.
    error AKIssuerUnknown(bytes32);

    /// @notice `ak.root`: AK chain ends in a pinned cloud root.
    error AKRootUntrusted();

    /// @notice `ak.issuer`: each certificate names the next as issuer.
    error AKIssuerMismatch(uint256);

    /// @notice `ak.issuer-not-ca`: each issuer is a CA that may sign certificates, within its path length.
    error AKIssuerNotCA(uint256);

    /// @notice `ak.certificate-signature`: each certificate is signed by the next.
    error AKCertificateSignatureWrong(uint256);

    /// @notice `ak.certificate-dates`: each certificate is in date.
    error AKCertificateOutOfDate(uint256, uint256, uint256);

    /// @notice `ak.certificate-revoked`: no certificate is revoked.
    error AKCertificateRevoked(uint256, bytes32, uint160);

    /// @notice `ak.leaf`: AK certificate is no CA and may sign.
    error AKLeafUnsuitable();

    /// @notice `ak.cloud`: AK chain ends in a root of the stated cloud.
    error AKCloudMismatch(uint8, uint8);

    /// @notice `ak.claims-key`: AK certificate and runtime claims name the same key.
    error AKClaimsKeyMismatch();

    /// @notice `ak.key-type`: the AK is of the kind this cloud uses (GCP: P-256).
    error AKKeyTypeForCloud(uint8);

    /// @notice `ak.revoked`: the AK is not revoked.
    error AKRevoked(bytes32);
}
