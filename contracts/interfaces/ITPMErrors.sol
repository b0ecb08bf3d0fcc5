// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Refusals of TPM 2.0 quotes and certifications
/// @notice One error per check of the catalogue `sdk/checks.ts`; a test holds both lists against each other.
interface ITPMErrors {
    /// @notice `tpm.attest-length`: TPMS_ATTEST is as long as its fields say.
    error TPMAttestTruncated();

    /// @notice `tpm.attest-trailing`: nothing follows TPMS_ATTEST.
    error TPMAttestTrailing();

    /// @notice `tpm.magic`: attest begins with TPM_GENERATED_VALUE.
    error TPMMagicWrong(bytes4);

    /// @notice `tpm.attest-type`: attest is of the expected type.
    error TPMAttestTypeUnexpected(uint16, uint16);

    /// @notice `tpm.safe`: clock safe flag is 0 or 1.
    error TPMSafeNotBoolean(uint8);

    /// @notice `tpm.bank-count`: exactly one PCR bank is quoted.
    error TPMBankCount(uint32);

    /// @notice `tpm.bank`: the quoted bank is SHA-256.
    error TPMBankUnsupported(uint16);

    /// @notice `tpm.select-size`: PCR bitmap is three bytes.
    error TPMSelectSize(uint8);

    /// @notice `tpm.digest-length`: PCR digest is 32 bytes.
    error TPMDigestLength(uint256);

    /// @notice `tpm.pcr-index`: PCR index is at most 23.
    error PCRIndexOutOfRange(uint256);

    /// @notice `tpm.pcr-order`: PCR indices are strictly ascending.
    error PCROrder(uint256);

    /// @notice `tpm.pcr-selection`: quoted bitmap equals the list.
    error PCRSelectionMismatch(uint24, uint24);

    /// @notice `tpm.pcr-mode`: a PCR is measured by value or by events, not both.
    error PCRModeConflict(uint256);

    /// @notice `tpm.event-index`: event positions ascend and lie in the event list.
    error PCREventIndex(uint256);

    /// @notice `tpm.event-replay`: events replay from zero to the quoted value.
    error PCREventReplay(uint256, bytes32, bytes32);

    /// @notice `tpm.pcr-digest`: quoted digest is that of the PCR values.
    error PCRDigestMismatch(bytes32, bytes32);

    /// @notice `tpm.signature-length`: TPMT_SIGNATURE is as long as its fields say, nothing trailing.
    error TPMSignatureLength(uint256);

    /// @notice `tpm.signature-scheme`: signature scheme and hash fit the AK.
    error TPMSignatureScheme(uint16, uint16);

    /// @notice `tpm.signature`: attest is signed by the AK.
    error TPMSignatureWrong();

    /// @notice `certify.public`: TPMT_PUBLIC is a P-256 signing key's, exact length.
    error CertifyPublicMalformed();

    /// @notice `certify.scheme`: key scheme is NULL or ECDSA-SHA256.
    error CertifySchemeUnsupported(uint16);

    /// @notice `certify.attributes`: key is fixed, made in the TPM, signs, and is neither restricted nor a decryption key.
    error CertifyAttributes(uint32);

    /// @notice `certify.name`: certified name is that of TPMT_PUBLIC.
    error CertifyNameMismatch(bytes32, bytes32);

    /// @notice `certify.key`: certified key is the identity key.
    error CertifyKeyMismatch();
}
