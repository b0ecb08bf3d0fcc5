// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Refusals of registration
/// @notice One error per check of the catalogue `sdk/checks.ts`; a test holds both lists against each other.
interface IRegistryErrors {
    /// @notice `calldata.selector`: the function is one of the registry's.
    error UnknownSelector(bytes4);

    /// @notice `calldata.canonical`: calldata is the canonical ABI encoding of its values, nothing missing, nothing trailing, no dirty padding.
    error CalldataNotCanonical();

    /// @notice `reattestation.registered`: the identity is live.
    error CVMNotRegistered(bytes32);

    /// @notice `registration.cloud`: cloud is GCP, Azure, AWS or BareMetal.
    error CloudUnknown(uint8);

    /// @notice `registration.tee`: tee is IntelTDX or AmdSevSnp.
    error TEEUnknown(uint8);

    /// @notice `registration.report-type`: report type is Solidity, SP1 or RiscZero.
    error ReportTypeUnknown(uint8);

    /// @notice `tee.report-type-unsupported`: a verifier exists for this TEE and report type.
    error ReportTypeUnsupported(uint8, uint8);

    /// @notice `identity.algorithm`: identity is ECDSA, P-256, SHA-256.
    error IdentityAlgorithmUnsupported(uint16, uint16, uint16);

    /// @notice `identity.encoding`: identity data is x‖y or 0x04‖x‖y.
    error IdentityEncodingUnsupported(uint256);

    /// @notice `identity.point`: identity key is a point of P-256.
    error IdentityNotOnCurve();

    /// @notice `quote.extra-data-length`: extraData has 0 (with a certification), 33 or 50 bytes.
    error ExtraDataLength(uint256);

    /// @notice `quote.extra-data-prefix`: extraData begins with 0xff.
    error ExtraDataPrefix(bytes1);

    /// @notice `quote.identity`: quote names the identity.
    error QuoteIdentityMismatch(bytes32, bytes32);

    /// @notice `anchor.block`: anchor block lies below the head.
    error AnchorBlockNotPast(uint64, uint64);

    /// @notice `anchor.age`: anchor block lies within the window.
    error AnchorTooOld(uint64, uint64, uint64);

    /// @notice `anchor.hash`: the chain still knows the hash of the anchor block.
    error AnchorHashUnavailable(uint64);

    /// @notice `anchor.ak-certified`: the agent anchored for an AK that is certified (or not) as the registry finds it.
    error AnchorAKCertifiedMismatch(bool);

    /// @notice `anchor.mismatch`: anchor names this chain, registry, block, request and TEE statement.
    error AnchorMismatch(bytes9, bytes9);

    /// @notice `binding.report-id`: reportId is of the form this cloud and evidence want.
    error ReportIdUnexpected(uint256);

    /// @notice `binding.pcr15`: PCR 15 holds the report id.
    error ReportIdPCR15Mismatch();

    /// @notice `binding.rtmr3`: RTMR3 holds the report id.
    error ReportIdRTMR3Mismatch();

    /// @notice `binding.none`: the TEE statement and the AK are bound to each other.
    error BindingMissing();

    /// @notice `binding.gcp-pcr0`: GCP measures PCR 0 by value.
    error PCR0NotMeasured();

    /// @notice `reattestation.unanchored`: the quote is anchored.
    error ReattestationUnanchored();

    /// @notice `reattestation.ak`: the quote is by the recorded AK.
    error ReattestationAKMismatch(bytes32);

    /// @notice `reattestation.signature`: the current key signed for this quote with its next nonce.
    error ActionSignatureWrong();

    /// @notice `reattestation.suspended`: the record is not suspended.
    error ReattestationSuspended();

    /// @notice `reattestation.tee-validity`: the TEE half is valid now.
    error ReattestationTEEExpired(uint256);

    /// @notice `reattestation.platform-revoked`: the platform is not revoked.
    error ReattestationPlatformRevoked(bytes32);

    /// @notice `reattestation.class-epoch`: the evidence class was not re-opened since.
    error ReattestationClassReopened(uint16);

    /// @notice `reattestation.measurement`: TEE measurement, selection and PCR values are as recorded.
    error ReattestationMeasurementMismatch(bytes32, bytes32);

    /// @notice `record.identity-retired`: the key was never retired or revoked, under either spelling.
    error IdentityRetired(bytes32);

    /// @notice `record.identity-taken`: the key is not live under another AK or spelling.
    error IdentityTaken(bytes32);

    /// @notice `record.unanchored`: evidence of a recorded AK is anchored.
    error UnanchoredForRecordedAK(bytes32);

    /// @notice `record.not-newer`: evidence is newer than the recorded one.
    error EvidenceNotNewer(uint64);
}
