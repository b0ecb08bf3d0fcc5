// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Assurance, CVMRecord, PCRTrust} from "../types/Claims.sol";
import {CloudType, TEEType} from "../types/Evidence.sol";
import {IPolicyErrors} from "../interfaces/IPolicyErrors.sol";
import {Floor} from "./Floor.sol";

/// @title The floor applied to a record
/// @notice Every check of `policy.*` is one bit of a set of failures, numbered in the catalogue's order: one
/// evaluation serves a verdict, a named refusal and an explanation.
library AssurancePolicy {
    uint256 internal constant COUNT = 20;

    uint256 internal constant REGISTERED = 0;
    uint256 internal constant SUSPENDED = 1;
    uint256 internal constant PLATFORM_REVOKED = 2;
    uint256 internal constant CLASS_EPOCH = 3;
    uint256 internal constant TEE_VALIDITY = 4;
    uint256 internal constant TPM_VALIDITY = 5;
    uint256 internal constant MEASUREMENT = 6;
    uint256 internal constant CLOUD = 7;
    uint256 internal constant REPORT_TYPE = 8;
    uint256 internal constant TEE_FRESH = 9;
    uint256 internal constant TPM_FRESH = 10;
    uint256 internal constant KEY_PROTECTION = 11;
    uint256 internal constant PCR_TRUST = 12;
    uint256 internal constant BINDING = 13;
    uint256 internal constant TCB_STATUS = 14;
    uint256 internal constant KEY_TYPE = 15;
    uint256 internal constant PLATFORM = 16;
    uint256 internal constant MEASURED_PCRS = 17;
    uint256 internal constant MESSAGE_FORMAT = 18;
    uint256 internal constant SIGNATURE = 19;

    // Protocol §13.
    uint8 private constant MILAN = 1;
    uint8 private constant VCEK = 0;

    /// @notice What is known beside the record itself.
    /// @param isPlatformAdmitted also true where `needsPlatform` is not
    struct Context {
        bool isPlatformRevoked;
        bool isClassCurrent;
        bool isGolden;
        bool isPlatformAdmitted;
    }

    /// @return failed bit i is set when check i fails; message format and signature are the caller's
    function judge(
        CVMRecord memory r,
        Context memory context,
        Floor memory floor
    ) internal view returns (uint256 failed) {
        return _standing(r, context) | _evidence(r, floor) | _platform(r, context, floor);
    }

    /// @dev Whether the record counts at all, and for this application.
    function _standing(CVMRecord memory r, Context memory context) private view returns (uint256 failed) {
        failed = _if(!r.registered, REGISTERED) | _if(r.suspended, SUSPENDED);
        failed |= _if(context.isPlatformRevoked, PLATFORM_REVOKED);
        failed |= _if(!context.isClassCurrent, CLASS_EPOCH);
        failed |= _if(block.timestamp >= teeEnd(r), TEE_VALIDITY);
        failed |= _if(block.timestamp >= tpmEnd(r), TPM_VALIDITY);
        failed |= _if(!context.isGolden, MEASUREMENT);
    }

    /// @dev What kind of evidence it rests on.
    function _evidence(CVMRecord memory r, Floor memory floor) private pure returns (uint256 failed) {
        Assurance memory a = r.assurance;
        failed = _if(!_has(floor.clouds, r.cloud), CLOUD);
        failed |= _if(!_has(floor.reportTypes, r.reportType), REPORT_TYPE);
        failed |= _if(floor.teeFresh && !a.teeFresh, TEE_FRESH);
        failed |= _if(floor.tpmFresh && !a.tpmFresh, TPM_FRESH);
        failed |= _if(a.keyProtection < floor.keyProtection, KEY_PROTECTION);
        failed |= _if(a.pcrTrust < leastTrust(floor, r.cloud), PCR_TRUST);
        failed |= _if(floor.binding && !_isBound(r), BINDING);
    }

    /// @dev What it runs on, and what of it is measured.
    function _platform(
        CVMRecord memory r,
        Context memory context,
        Floor memory floor
    ) private pure returns (uint256 failed) {
        Assurance memory a = r.assurance;
        failed = _if(!_has(floor.tcbStatuses, a.tcbStatus), TCB_STATUS);
        // TDX has no such key: its 0 is no VCEK.
        failed |= _if(r.tee == uint8(TEEType.AmdSevSnp) && !_has(floor.keyTypes, a.keyType), KEY_TYPE);
        failed |= _if(!context.isPlatformAdmitted, PLATFORM);
        uint24 wanted = requiredPCRs(floor, r.cloud);
        failed |= _if(r.measuredPcrs & wanted != wanted, MEASURED_PCRS);
    }

    /// @notice The first second at which the TEE half no longer counts.
    function teeEnd(CVMRecord memory r) internal pure returns (uint256 end) {
        end = uint256(r.teeTime) + r.teeTTL;
        if (r.validUntil < end) end = r.validUntil;
    }

    function tpmEnd(CVMRecord memory r) internal pure returns (uint256) {
        return uint256(r.tpmTime) + r.tpmTTL;
    }

    function leastTrust(Floor memory floor, uint8 cloud) internal pure returns (uint8) {
        return cloud == uint8(CloudType.Azure) ? floor.azurePcrTrust : floor.pcrTrust;
    }

    function requiredPCRs(Floor memory floor, uint8 cloud) internal pure returns (uint24) {
        if (cloud == uint8(CloudType.GCP)) return floor.gcpPCRs;
        if (cloud == uint8(CloudType.Azure)) return floor.azurePCRs;
        return cloud == uint8(CloudType.AWS) ? floor.awsPCRs : floor.bareMetalPCRs;
    }

    /// @notice Whether this record counts only on a platform that the owner vouches for.
    /// @dev VCEK seeds of Milan can be extracted by whoever controls the host: then somebody else must say so too,
    /// GCP with PCR 0 measured by value or Azure's paravisor.
    function needsPlatform(CVMRecord memory r, Floor memory floor) internal pure returns (bool) {
        Assurance memory a = r.assurance;
        if (!floor.milanNeedsPlatform || a.product != MILAN || a.keyType != VCEK) return false;
        if (r.cloud == uint8(CloudType.GCP))
            return a.pcrTrust < uint8(PCRTrust.Host) || r.measuredPcrs & 1 == 0;
        return r.cloud != uint8(CloudType.Azure) || a.pcrTrust != uint8(PCRTrust.TEE);
    }

    /// @dev Protocol §4. An SNP report vouches only for the firmware there, so the quote must name it.
    function _isBound(CVMRecord memory r) private pure returns (bool) {
        if (r.cloud == uint8(CloudType.Azure)) return r.assurance.runtimeClaims;
        if (r.tee == uint8(TEEType.AmdSevSnp)) return r.assurance.quoteNamesTee;
        return r.assurance.teeNamesAk;
    }

    /// @notice Reverts with the error of the lowest bit of `failed`.
    function requireNone(uint256 failed, CVMRecord memory r, Floor memory floor) internal pure {
        if (failed == 0) return;
        Assurance memory a = r.assurance;
        uint256 i = 0;
        while (failed & (1 << i) == 0) ++i;
        if (i == REGISTERED) revert IPolicyErrors.PolicyNotRegistered();
        if (i == SUSPENDED) revert IPolicyErrors.PolicySuspended();
        if (i == PLATFORM_REVOKED) revert IPolicyErrors.PolicyPlatformRevoked();
        if (i == CLASS_EPOCH) revert IPolicyErrors.PolicyClassEpoch();
        if (i == TEE_VALIDITY) revert IPolicyErrors.PolicyTEEExpired(teeEnd(r));
        if (i == TPM_VALIDITY) revert IPolicyErrors.PolicyTPMExpired(tpmEnd(r));
        if (i == MEASUREMENT) revert IPolicyErrors.PolicyMeasurement(r.measurementHash);
        if (i == CLOUD) revert IPolicyErrors.PolicyCloud(r.cloud);
        if (i == REPORT_TYPE) revert IPolicyErrors.PolicyReportType(r.reportType);
        if (i == TEE_FRESH) revert IPolicyErrors.PolicyTEENotFresh();
        if (i == TPM_FRESH) revert IPolicyErrors.PolicyTPMNotFresh();
        if (i == KEY_PROTECTION)
            revert IPolicyErrors.PolicyKeyProtection(floor.keyProtection, a.keyProtection);
        if (i == PCR_TRUST) revert IPolicyErrors.PolicyPCRTrust(leastTrust(floor, r.cloud), a.pcrTrust);
        if (i == BINDING) revert IPolicyErrors.PolicyBinding();
        if (i == TCB_STATUS) revert IPolicyErrors.PolicyTCBStatus(a.tcbStatus);
        if (i == KEY_TYPE) revert IPolicyErrors.PolicyKeyType(a.keyType);
        if (i == PLATFORM) revert IPolicyErrors.PolicyPlatform(r.platformId);
        if (i == MEASURED_PCRS)
            revert IPolicyErrors.PolicyMeasuredPCRs(requiredPCRs(floor, r.cloud), r.measuredPcrs);
        if (i == MESSAGE_FORMAT) revert IPolicyErrors.PolicyMessageFormat();
        revert IPolicyErrors.PolicySignature();
    }

    /// @notice Catalogue id of check `i`.
    function id(uint256 i) internal pure returns (string memory) {
        string[20] memory ids = [
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
            "policy.key-protection",
            "policy.pcr-trust",
            "policy.binding",
            "policy.tcb-status",
            "policy.key-type",
            "policy.platform",
            "policy.measured-pcrs",
            "policy.message-format",
            "policy.signature"
        ];
        return ids[i];
    }

    function _if(bool fails, uint256 check) private pure returns (uint256) {
        return fails ? 1 << check : 0;
    }

    function _has(uint256 set, uint8 value) private pure returns (bool) {
        return (set >> value) & 1 != 0;
    }
}
