// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Refusals of an application's policy
/// @notice One error per check of the catalogue `sdk/checks.ts`; a test holds both lists against each other.
interface IPolicyErrors {
    /// @notice `policy.registered`: the identity is registered.
    error PolicyNotRegistered();

    /// @notice `policy.suspended`: the record is not suspended.
    error PolicySuspended();

    /// @notice `policy.platform-revoked`: the platform is not revoked.
    error PolicyPlatformRevoked();

    /// @notice `policy.class-epoch`: the evidence class was not re-opened since.
    error PolicyClassEpoch();

    /// @notice `policy.tee-validity`: the TEE half is valid now.
    error PolicyTEEExpired(uint256);

    /// @notice `policy.tpm-validity`: the TPM half is valid now.
    error PolicyTPMExpired(uint256);

    /// @notice `policy.measurement`: the measurement is admitted now.
    error PolicyMeasurement(bytes32);

    /// @notice `policy.cloud`: the cloud is admitted.
    error PolicyCloud(uint8);

    /// @notice `policy.report-type`: the report type is admitted.
    error PolicyReportType(uint8);

    /// @notice `policy.tee-fresh`: the TEE statement is fresh.
    error PolicyTEENotFresh();

    /// @notice `policy.tpm-fresh`: the quote is anchored.
    error PolicyTPMNotFresh();

    /// @notice `policy.tee-age`: the TEE statement is not older than the floor wants.
    error PolicyTEEAge(uint256);

    /// @notice `policy.tpm-age`: the quote is not older than the floor wants.
    error PolicyTPMAge(uint256);

    /// @notice `policy.key-protection`: the key is protected as wanted.
    error PolicyKeyProtection(uint8, uint8);

    /// @notice `policy.pcr-trust`: somebody trusted vouches for the PCRs.
    error PolicyPCRTrust(uint8, uint8);

    /// @notice `policy.binding`: TEE and AK are bound as the platform wants.
    error PolicyBinding();

    /// @notice `policy.tcb-status`: the TCB status is admitted.
    error PolicyTCBStatus(uint8);

    /// @notice `policy.key-type`: the SNP report is signed by a VCEK.
    error PolicyKeyType(uint8);

    /// @notice `policy.platform-denied`: the platform is not denied.
    error PolicyPlatformDenied(bytes32);

    /// @notice `policy.platform`: the platform is admitted or endorsed where its product or the floor needs it.
    error PolicyPlatform(bytes32);

    /// @notice `policy.measured-pcrs`: every required PCR is measured by value.
    error PolicyMeasuredPCRs(uint24, uint24);

    /// @notice `policy.message-format`: the message names this chain and application.
    error PolicyMessageFormat();

    /// @notice `policy.signature`: the message is signed by the identity key.
    error PolicySignature();
}
