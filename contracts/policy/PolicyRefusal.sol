// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPolicyErrors} from "../interfaces/IPolicyErrors.sol";
import {Record} from "../registration/Record.sol";
import {CVMRecord} from "../types/Claims.sol";
import {CloudType} from "../types/Evidence.sol";
import {AssurancePolicy as Policy} from "./AssurancePolicy.sol";
import {Floor} from "./Floor.sol";
import {FloorWord} from "./FloorWord.sol";

/// @title Names of what a policy refuses
library PolicyRefusal {
    /// @notice Reverts with the error of the lowest bit of `failed`, which is not 0.
    /// @param status status word
    /// @param policy floor word
    function refuse(
        uint256 failed,
        uint256 status,
        uint256 policy,
        bytes32 measurementHash,
        bytes32 platformId
    ) internal pure {
        uint256 i = 0;
        while (failed & (1 << i) == 0) ++i;
        CVMRecord memory r;
        Record.unpack(status, r);
        (r.measurementHash, r.platformId) = (measurementHash, platformId);
        Floor memory floor = FloorWord.floor(policy);
        if (i <= Policy.MEASUREMENT) _refuseStanding(i, r);
        if (i <= Policy.BINDING) _refuseEvidence(i, r, floor);
        _refusePlatform(i, r, floor);
        if (i == Policy.MESSAGE_FORMAT) revert IPolicyErrors.PolicyMessageFormat();
        revert IPolicyErrors.PolicySignature();
    }

    function _refuseStanding(uint256 i, CVMRecord memory r) private pure {
        if (i == Policy.REGISTERED) revert IPolicyErrors.PolicyNotRegistered();
        if (i == Policy.SUSPENDED) revert IPolicyErrors.PolicySuspended();
        if (i == Policy.PLATFORM_REVOKED) revert IPolicyErrors.PolicyPlatformRevoked();
        if (i == Policy.CLASS_EPOCH) revert IPolicyErrors.PolicyClassEpoch();
        uint256 teeEnd = uint256(r.teeTime) + r.teeTTL;
        if (r.validUntil < teeEnd) teeEnd = r.validUntil;
        if (i == Policy.TEE_VALIDITY) revert IPolicyErrors.PolicyTEEExpired(teeEnd);
        if (i == Policy.TPM_VALIDITY) revert IPolicyErrors.PolicyTPMExpired(uint256(r.tpmTime) + r.tpmTTL);
        revert IPolicyErrors.PolicyMeasurement(r.measurementHash);
    }

    function _refuseEvidence(uint256 i, CVMRecord memory r, Floor memory floor) private pure {
        if (i == Policy.CLOUD) revert IPolicyErrors.PolicyCloud(r.cloud);
        if (i == Policy.REPORT_TYPE) revert IPolicyErrors.PolicyReportType(r.reportType);
        if (i == Policy.TEE_FRESH) revert IPolicyErrors.PolicyTEENotFresh();
        if (i == Policy.TPM_FRESH) revert IPolicyErrors.PolicyTPMNotFresh();
        if (i == Policy.TEE_AGE) revert IPolicyErrors.PolicyTEEAge(uint256(r.teeTime) + floor.teeMaxAge);
        if (i == Policy.TPM_AGE) revert IPolicyErrors.PolicyTPMAge(uint256(r.tpmTime) + floor.tpmMaxAge);
        if (i == Policy.KEY_PROTECTION)
            revert IPolicyErrors.PolicyKeyProtection(floor.keyProtection, r.assurance.keyProtection);
        uint8 leastTrust = r.cloud == uint8(CloudType.Azure) ? floor.azurePcrTrust : floor.pcrTrust;
        if (i == Policy.PCR_TRUST) revert IPolicyErrors.PolicyPCRTrust(leastTrust, r.assurance.pcrTrust);
        revert IPolicyErrors.PolicyBinding();
    }

    function _refusePlatform(uint256 i, CVMRecord memory r, Floor memory floor) private pure {
        if (i == Policy.TCB_STATUS) revert IPolicyErrors.PolicyTCBStatus(r.assurance.tcbStatus);
        if (i == Policy.KEY_TYPE) revert IPolicyErrors.PolicyKeyType(r.assurance.keyType);
        if (i == Policy.PLATFORM_DENIED) revert IPolicyErrors.PolicyPlatformDenied(r.platformId);
        if (i == Policy.PLATFORM) revert IPolicyErrors.PolicyPlatform(r.platformId);
        if (i != Policy.MEASURED_PCRS) return;
        uint24 required = floor.bareMetalPCRs;
        if (r.cloud == uint8(CloudType.GCP)) required = floor.gcpPCRs;
        if (r.cloud == uint8(CloudType.Azure)) required = floor.azurePCRs;
        if (r.cloud == uint8(CloudType.AWS)) required = floor.awsPCRs;
        revert IPolicyErrors.PolicyMeasuredPCRs(required, r.measuredPcrs);
    }

    /// @notice Catalogue id of check `i`.
    function id(uint256 i) internal pure returns (string memory) {
        string[23] memory ids = [
            "policy.registered",
            "policy.suspended",
            "policy.platform-revoked",
            "policy.class-epoch",
            "policy.tee-validity",
            "policy.tpm-validity",
            "policy.measurement",
            "policy.cloud",
            "policy.report-type",
            "policy.tee-fresh",
            "policy.tpm-fresh",
            "policy.tee-age",
            "policy.tpm-age",
            "policy.key-protection",
            "policy.pcr-trust",
            "policy.binding",
            "policy.tcb-status",
            "policy.key-type",
            "policy.platform-denied",
            "policy.platform",
            "policy.measured-pcrs",
            "policy.message-format",
            "policy.signature"
        ];
        return ids[i];
    }
}
