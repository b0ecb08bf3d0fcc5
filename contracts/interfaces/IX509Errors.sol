// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Refusals of X.509 certificates
/// @notice One error per check of the catalogue `sdk/checks.ts`; a test holds both lists against each other.
interface IX509Errors {
    /// @notice `x509.der`: certificate or CRL is strict DER of the expected structure.
    error X509Malformed();

    /// @notice `x509.signature-algorithm`: certificate signature algorithm is supported and stated twice alike.
    error X509SignatureAlgorithmUnsupported();

    /// @notice `x509.key`: certificate key is P-256 or RSA with e = 65537.
    error X509KeyUnsupported();

    /// @notice `x509.critical-extension`: every critical extension is understood.
    error X509CriticalExtensionUnknown();
}
