// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Refusals of Intel TDX quotes
/// @notice One error per check of the catalogue `sdk/checks.ts`; a test holds both lists against each other.
interface ITDXErrors {
    /// @notice `tdx.signer`: TCB signing certificate is Intel's, signed by the root, and no CA.
    error TDXSignerUntrusted();

    /// @notice `tdx.signer-dates`: TCB signing certificate is in date.
    error TDXSignerOutOfDate(uint256, uint256);

    /// @notice `tdx.signer-missing`: TCB signing certificate is known.
    error TDXSignerMissing();

    /// @notice `tdx.signer-revoked`: TCB signing certificate is not in the root CRL.
    error TDXSignerRevoked(uint256);

    /// @notice `tdx.crl-issuer`: CRL is issued by the root or a known CA.
    error TDXCRLIssuerUnknown(bytes32);

    /// @notice `tdx.crl-signature`: CRL is signed by its issuer.
    error TDXCRLSignatureWrong();

    /// @notice `tdx.tcb-info-signature`: TCB info is signed by the TCB signing key.
    error TDXTCBInfoSignatureWrong();

    /// @notice `tdx.tcb-info-kind`: TCB info is of id TDX, version 3, TCB type 0.
    error TDXTCBInfoUnsupported();

    /// @notice `tdx.tcb-info-form`: TCB info has Intel's members in Intel's order, within their bounds.
    error TDXTCBInfoMalformed(uint256);

    /// @notice `tdx.tcb-info-order`: TCB levels and module levels descend strictly.
    error TDXTCBInfoUnordered(uint256);

    /// @notice `tdx.qe-identity-signature`: QE identity is signed by the TCB signing key.
    error TDXQEIdentitySignatureWrong();

    /// @notice `tdx.qe-identity-kind`: QE identity is of id TD_QE, version 2.
    error TDXQEIdentityUnsupported();

    /// @notice `tdx.qe-identity-form`: QE identity has Intel's members in Intel's order, within their bounds.
    error TDXQEIdentityMalformed(uint256);

    /// @notice `tdx.qe-identity-order`: QE levels descend strictly.
    error TDXQEIdentityUnordered(uint256);

    /// @notice `tdx.evaluation-numbers-signature`: list of evaluation numbers is signed by the TCB signing key.
    error TDXEvaluationNumbersSignatureWrong();

    /// @notice `tdx.evaluation-numbers-form`: list of evaluation numbers has Intel's members in Intel's order, newest first.
    error TDXEvaluationNumbersMalformed(uint256);

    /// @notice `tdx.evaluation-numbers-dates`: list of evaluation numbers is in date.
    error TDXEvaluationNumbersOutOfDate(uint256, uint256);

    /// @notice `tdx.collateral-newer`: document is newer than the one held.
    error TDXCollateralNotNewer(uint256, uint256);

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

    /// @notice `tdx.compact-form`: compact quote is exactly as long as its parts.
    error TDXCompactMalformed(uint256);

    /// @notice `tdx.host-known`: host of a known-host quote was verified with these attributes.
    error TDXHostUnknown(bytes32);

    /// @notice `tdx.host-current`: host was verified under the CRL and QE identity of now, and not too long ago.
    error TDXHostOutdated(bytes32);

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

    /// @notice `tdx.denied`: attestation key, platform and PCK serial are not on the deny list.
    error TDXDenied(bytes32);

    /// @notice `tdx.root-crl-missing`: a root CRL is held.
    error TDXRootCRLMissing();

    /// @notice `tdx.root-crl-dates`: root CRL is in date.
    error TDXRootCRLOutOfDate(uint256, uint256);

    /// @notice `tdx.intermediate-revoked`: intermediate is not in the root CRL.
    error TDXIntermediateRevoked(uint256);

    /// @notice `tdx.pck-crl-missing`: a CRL of the PCK certificate's issuer is held.
    error TDXPCKCRLMissing(bytes32);

    /// @notice `tdx.pck-crl-dates`: PCK CRL is in date.
    error TDXPCKCRLOutOfDate(uint256, uint256);

    /// @notice `tdx.pck-revoked`: PCK certificate is not in its issuer's CRL.
    error TDXPCKRevoked(uint256);

    /// @notice `tdx.qe-identity-missing`: a QE identity of the active evaluation number is held.
    error TDXQEIdentityMissing(uint256);

    /// @notice `tdx.qe-identity-dates`: QE identity is in date.
    error TDXQEIdentityOutOfDate(uint256, uint256);

    /// @notice `tdx.qe-signature`: QE report is signed by the PCK key.
    error TDXQESignatureWrong();

    /// @notice `tdx.qe-report-data`: QE report names the attestation key and the authentication data.
    error TDXQEReportDataMismatch();

    /// @notice `tdx.qe-miscselect`: QE report's masked MISCSELECT is the identity's.
    error TDXQEMiscSelectMismatch(uint32);

    /// @notice `tdx.qe-attributes`: QE report's masked attributes are the identity's.
    error TDXQEAttributesMismatch(bytes16);

    /// @notice `tdx.qe-mrsigner`: QE report's MRSIGNER is the identity's.
    error TDXQESignerMismatch(bytes32);

    /// @notice `tdx.qe-product`: QE report's ISVPRODID is the identity's.
    error TDXQEProductMismatch(uint16);

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

    /// @notice `tdx.tcb-info-missing`: TCB info of this FMSPC and the active evaluation number is held.
    error TDXTCBInfoMissing(bytes6, uint256);

    /// @notice `tdx.tcb-info-dates`: TCB info is in date.
    error TDXTCBInfoOutOfDate(uint256, uint256);

    /// @notice `tdx.pce-id`: PCEID of the PCK certificate is the TCB info's.
    error TDXPCEIdMismatch(bytes2, bytes2);

    /// @notice `tdx.module`: TCB info has an identity for the TDX module's version.
    error TDXModuleUnknown(uint8);

    /// @notice `tdx.module-signer`: TDX module is signed by whom the TCB info says.
    error TDXModuleSignerMismatch();

    /// @notice `tdx.tcb-level`: a TCB level, a module level and a QE level match and none is revoked.
    error TDXTCBLevelUnmatched();

    /// @notice `tdx.tcb-level`: platform, module or QE level is revoked; a TCBStatus each, 9 for Revoked.
    error TDXTCBRevoked(uint8, uint8, uint8);
}
