// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Refusals of Intel TDX quotes
/// @notice One error per check of the catalogue `sdk/checks.ts`; a test holds both lists against each other.
interface ITDXErrors {
    /// @notice `tdx.length`: quote is as long as its fields say.
    error TDXQuoteTruncated(uint256, uint256);

    /// @notice `tdx.version`: quote version is 4 or 5.
    error TDXVersionUnsupported(uint16);

    /// @notice `tdx.key-type`: attestation key type is ECDSA P-256.
    error TDXKeyTypeUnsupported(uint16);

    /// @notice `tdx.tee-type`: TEE type is TDX.
    error TDXTeeTypeUnsupported(uint32);

    /// @notice `tdx.qe-vendor`: QE vendor is Intel.
    error TDXVendorUnknown(bytes16);

    /// @notice `tdx.body-type`: body is a TD report 1.0 or 1.5 of its exact size.
    error TDXBodyUnsupported(uint16, uint32);

    /// @notice `tdx.signature-length`: signature data length agrees with its parts.
    error TDXSignatureLengthMismatch(uint256, uint256);

    /// @notice `tdx.certification-type`: certification data is type 6 around type 5.
    error TDXCertificationTypeUnsupported(uint16);

    /// @notice `tdx.padding`: bytes behind the signature data are zero.
    error TDXPaddingNotZero();

    /// @notice `tdx.pck-chain`: PEM chain is exactly leaf, intermediate, root.
    error TDXCertificateChainMalformed();

    /// @notice `tdx.root`: root key is the pinned Intel root and signs itself.
    error TDXRootUntrusted();

    /// @notice `tdx.intermediate`: intermediate is a CA signed by the root, named as its issuer.
    error TDXIntermediateUntrusted();

    /// @notice `tdx.intermediate-dates`: intermediate and root are in date.
    error TDXIntermediateOutOfDate(uint256, uint256);

    /// @notice `tdx.pck-issuer`: PCK certificate names the intermediate as issuer.
    error TDXPCKIssuerMismatch();

    /// @notice `tdx.pck-subject`: PCK certificate is an Intel SGX PCK Certificate and no CA.
    error TDXPCKSubjectUnexpected();

    /// @notice `tdx.pck-signature`: PCK certificate is signed by the intermediate.
    error TDXPCKSignatureWrong();

    /// @notice `tdx.pck-dates`: PCK certificate is in date.
    error TDXPCKOutOfDate(uint256, uint256);

    /// @notice `tdx.pck-extension`: PCK certificate carries the SGX extension with PPID, TCB, PCEID, FMSPC.
    error TDXPCKExtensionMalformed();

    /// @notice `tdx.qe-signature`: QE report is signed by the PCK key.
    error TDXQESignatureWrong();

    /// @notice `tdx.qe-report-data`: QE report names the attestation key and the authentication data.
    error TDXQEReportDataMismatch();

    /// @notice `tdx.signature`: quote is signed by the attestation key.
    error TDXSignatureWrong();

    /// @notice `tdx.debug`: TD does not run in debug mode.
    error TDXDebugEnabled();

    /// @notice `tdx.untrusted-attributes`: no other TUD attribute bit is set.
    error TDXUntrustedAttributes(uint64);

    /// @notice `tdx.migratable`: TD is not migratable.
    error TDXMigratable();

    /// @notice `tdx.reserved-attributes`: no reserved attribute bit is set.
    error TDXReservedAttributes(uint64);

    /// @notice `tdx.seam-attributes`: TDX module attributes are zero.
    error TDXSeamAttributes(uint64);
}
