// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {KeyCertification, MeasureablePcr} from "../types/Evidence.sol";
import {CertifiedKey, QuoteClaims} from "../types/Claims.sol";

/// @title Verifier of TPM 2.0 quotes and certifications
/// @notice Says nothing about who vouches for the AK: that is AKCertificates' and the caller's business.
interface ITPMVerifier {
    /// @param akPublic P-256 x‖y (64 bytes) or RSA-2048 n (256 bytes, e = 65537)
    /// @param attest TPMS_ATTEST of type quote
    /// @param signature TPMT_SIGNATURE over `attest`
    /// @param pcrs every quoted PCR with its value, strictly ascending
    function verifyQuote(
        bytes calldata akPublic,
        bytes calldata attest,
        bytes calldata signature,
        MeasureablePcr[] calldata pcrs
    ) external view returns (QuoteClaims memory claims);

    /// @notice The same for callers with a policy of their own over the values: no events, nothing condensed, and half
    /// the calldata.
    /// @param quoted response parameters of TPM2_Quote as the TPM gives them: TPM2B_ATTEST ‖ TPMT_SIGNATURE
    /// @param values of the quoted PCRs, ascending: which these are is the quote's word
    /// @return extraData qualifyingData of the quote
    /// @return selection bit i is set when PCR i is quoted
    function verifyQuotedValues(
        bytes calldata akPublic,
        bytes calldata quoted,
        bytes32[] calldata values
    ) external view returns (bytes memory extraData, uint24 selection);

    /// @param akPublic as above
    /// @param certification TPM2_Certify of a P-256 signing key by that AK
    function verifyCertification(
        bytes calldata akPublic,
        KeyCertification calldata certification
    ) external view returns (CertifiedKey memory key);

    /// @notice `verifyQuote`, then `verifyCertification`, by the same AK.
    function verifyCertifiedQuote(
        bytes calldata akPublic,
        bytes calldata attest,
        bytes calldata signature,
        MeasureablePcr[] calldata pcrs,
        KeyCertification calldata certification
    ) external view returns (QuoteClaims memory claims, CertifiedKey memory key);

    /// @notice The same by TPM2_CertifyCreation, which no registration brings.
    /// @param certification its `attest` is of type creation, 0x801a
    /// @return key the key made
    /// @return creationHash hash of TPMS_CREATION_DATA: PCRs, parent and outsideInfo when the key was made
    function verifyCreation(
        bytes calldata akPublic,
        KeyCertification calldata certification
    ) external view returns (CertifiedKey memory key, bytes memory creationHash);
}
