// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PCRTrust} from "../types/Claims.sol";
import {CloudType, TEEType} from "../types/Evidence.sol";
import {FloorWord} from "./FloorWord.sol";

/// @title The floor applied to a record
/// @notice Every check of `policy.*` is one bit of a set of failures, numbered in the catalogue's order: one
/// evaluation serves a verdict, a named refusal and an explanation.
/// @dev Works on two words as they are stored, the record's status (contracts/registration/Record.sol) and the floor
/// (FloorWord.sol): unpacking them would cost more than all checks together.
library AssurancePolicy {
    uint256 internal constant COUNT = 23;

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
    uint256 internal constant TEE_AGE = 11;
    uint256 internal constant TPM_AGE = 12;
    uint256 internal constant KEY_PROTECTION = 13;
    uint256 internal constant PCR_TRUST = 14;
    uint256 internal constant BINDING = 15;
    uint256 internal constant TCB_STATUS = 16;
    uint256 internal constant KEY_TYPE = 17;
    uint256 internal constant PLATFORM_DENIED = 18;
    uint256 internal constant PLATFORM = 19;
    uint256 internal constant MEASURED_PCRS = 20;
    uint256 internal constant MESSAGE_FORMAT = 21;
    uint256 internal constant SIGNATURE = 22;

    // Protocol §13: product 1 is Milan, key type 0 VCEK.
    uint256 private constant PRODUCT_AND_KEY_TYPE = (7 << 26) | (3 << 24);
    uint256 private constant MILAN_VCEK = 1 << 26;

    // Widths of uint40 times, uint24 seconds, uint24 sets of PCRs.
    uint256 private constant TIME = type(uint40).max;
    uint256 private constant SECONDS = type(uint24).max;
    uint256 private constant PCRS = type(uint24).max;

    // Flags of the status word, the last two set by ICVMRegistry.signerStatus.
    uint256 private constant REGISTERED_AND_SUSPENDED = 3;
    uint256 private constant FRESH = (1 << 9) | (1 << 10);
    uint256 private constant TEE_NAMES_AK = 1 << 11;
    uint256 private constant QUOTE_NAMES_TEE = 1 << 12;
    uint256 private constant RUNTIME_CLAIMS = 1 << 13;
    uint256 private constant REVOCATIONS_SHIFT = 254;

    /// @param s status word as signerStatus gives it
    /// @param floor floor word
    /// @return failed bit i is set when check i fails. Not judged here, for they need more than the two words:
    /// measurement, platform lists, message format and signature
    /// @dev No sum or shift here can overflow: fields are narrower than words.
    function judge(uint256 s, uint256 floor) internal view returns (uint256 failed) {
        // Flags that stand in both words, or in word and set, in the same order: their bits move together.
        failed = (s & REGISTERED_AND_SUSPENDED) ^ 1;
        failed |= (s >> REVOCATIONS_SHIFT) << PLATFORM_REVOKED;
        failed |= (floor >> (FloorWord.FRESH_AT - TEE_FRESH)) & ~s & FRESH;
        return failed | _times(s, floor) | _evidence(s, floor);
    }

    function _times(uint256 s, uint256 floor) private view returns (uint256 failed) {
        unchecked {
            uint256 teeTime = (s >> 32) & TIME;
            uint256 tpmTime = (s >> 72) & TIME;
            failed = _bit(block.timestamp >= teeTime + ((s >> 152) & SECONDS), TEE_VALIDITY);
            failed |= _bit(block.timestamp >= (s >> 112) & TIME, TEE_VALIDITY);
            failed |= _bit(block.timestamp >= tpmTime + ((s >> 176) & SECONDS), TPM_VALIDITY);
            if (floor & FloorWord.AGES == 0) return failed;
            uint256 teeAge = (floor >> 160) & SECONDS;
            uint256 tpmAge = (floor >> 184) & SECONDS;
            if (teeAge != 0) failed |= _bit(block.timestamp >= teeTime + teeAge, TEE_AGE);
            if (tpmAge != 0) failed |= _bit(block.timestamp >= tpmTime + tpmAge, TPM_AGE);
        }
    }

    /// @dev A set in the floor has a bit for every value that its field can hold, so no shift leaves it.
    function _evidence(uint256 s, uint256 floor) private pure returns (uint256 failed) {
        unchecked {
            uint256 cloud = (s >> 2) & 7;
            failed = _unless(floor >> cloud, CLOUD);
            failed |= _unless(floor >> (FloorWord.REPORT_TYPES_AT + ((s >> 7) & 3)), REPORT_TYPE);
            failed |= _unless(floor >> (FloorWord.TCB_STATUSES_AT + ((s >> 20) & 15)), TCB_STATUS);
            failed |= _bit((s >> 18) & 3 < (floor >> 16) & 0xff, KEY_PROTECTION);
            bool isSNP = (s >> 5) & 3 == uint8(TEEType.AmdSevSnp);
            // TDX has no such key: its 0 is no VCEK.
            if (isSNP) failed |= _unless(floor >> (FloorWord.KEY_TYPES_AT + ((s >> 24) & 3)), KEY_TYPE);
            // Protocol §4. An SNP report vouches only for the firmware there, so the quote must name it.
            uint256 leastTrust = floor >> 24;
            uint256 binding = isSNP ? QUOTE_NAMES_TEE : TEE_NAMES_AK;
            if (cloud == uint8(CloudType.Azure)) (leastTrust, binding) = (floor >> 32, RUNTIME_CLAIMS);
            failed |= _bit(_pcrTrust(s) < leastTrust & 0xff, PCR_TRUST);
            if (floor & FloorWord.BINDING != 0) failed |= _bit(s & binding == 0, BINDING);
            // GCP, Azure, AWS are 1 to 3; what is none of them is held to what bare metal is.
            uint256 required = floor >> (cloud - 1 < 3 ? 40 + 24 * cloud : 136);
            failed |= _bit(required & ~(s >> 200) & PCRS != 0, MEASURED_PCRS);
        }
    }

    /// @notice Whether the platform matters at all: for most records under most floors it does not, and no list is read.
    function asksPlatform(uint256 s, uint256 floor) internal pure returns (bool) {
        return (floor & FloorWord.PLATFORM_RULES) | _bit(s & PRODUCT_AND_KEY_TYPE == MILAN_VCEK, 0) != 0;
    }

    /// @notice Whether this record counts only on a platform that the owner or the endorser vouches for.
    /// @dev VCEK seeds of Milan can be extracted by whoever controls the host: then somebody else must say so too,
    /// GCP with PCR 0 measured by value or Azure's paravisor.
    function needsPlatform(uint256 s, uint256 floor) internal pure returns (bool) {
        if (floor & FloorWord.ALL_NEED_PLATFORM != 0) return true;
        if (s & PRODUCT_AND_KEY_TYPE != MILAN_VCEK || floor & FloorWord.MILAN_NEEDS_PLATFORM == 0)
            return false;
        uint256 cloud = (s >> 2) & 7;
        if (cloud == uint8(CloudType.GCP)) return _pcrTrust(s) < uint8(PCRTrust.Host) || (s >> 200) & 1 == 0;
        return cloud != uint8(CloudType.Azure) || _pcrTrust(s) != uint8(PCRTrust.TEE);
    }

    function _pcrTrust(uint256 s) private pure returns (uint256) {
        return (s >> 16) & 3;
    }

    function _bit(bool fails, uint256 check) private pure returns (uint256 bit) {
        assembly ("memory-safe") {
            bit := shl(check, fails)
        }
    }

    /// @dev Fails unless the lowest bit of `set` is set.
    function _unless(uint256 set, uint256 check) private pure returns (uint256) {
        return (~set & 1) << check;
    }
}
