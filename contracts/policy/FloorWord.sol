// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Floor} from "./Floor.sol";

/// @title What a signature check reads of an application's policy, in one word
/// @dev Bits from the low end:
/// | at | bits | | at | bits | |
/// |---|---|---|---|---|---|
/// | 0 | 8 | clouds | 160 | 24 | teeMaxAge |
/// | 8 | 8 | reportTypes | 184 | 24 | tpmMaxAge |
/// | 16 | 8 | keyProtection | 208 | 1 | teeFresh |
/// | 24 | 8 | pcrTrust | 209 | 1 | tpmFresh |
/// | 32 | 8 | azurePcrTrust | 210 | 1 | binding |
/// | 40 | 16 | tcbStatuses | 211 | 1 | milanNeedsPlatform |
/// | 56 | 8 | keyTypes | 212 | 1 | allNeedPlatform |
/// | 64 | 24 | gcpPCRs | 216 | 8 | message format |
/// | 88 | 24 | azurePCRs | 224 | 32 | count of denied platforms |
/// | 112 | 24 | awsPCRs | | | |
/// | 136 | 24 | bareMetalPCRs | | | |
library FloorWord {
    uint256 internal constant REPORT_TYPES_AT = 8;
    uint256 internal constant TCB_STATUSES_AT = 40;
    uint256 internal constant KEY_TYPES_AT = 56;
    uint256 internal constant AGES = uint256(type(uint48).max) << 160;
    /// @notice Where teeFresh stands, and behind it tpmFresh, as in a record's status.
    uint256 internal constant FRESH_AT = 208;
    uint256 private constant TEE_FRESH = 1 << 208;
    uint256 private constant TPM_FRESH = 1 << 209;
    uint256 internal constant BINDING = 1 << 210;
    uint256 internal constant MILAN_NEEDS_PLATFORM = 1 << 211;
    uint256 internal constant ALL_NEED_PLATFORM = 1 << 212;

    /// @notice Rules that ask of every record on what platform it stands: allNeedPlatform, and denied platforms.
    uint256 internal constant PLATFORM_RULES = ALL_NEED_PLATFORM | (uint256(type(uint32).max) << 224);

    uint256 private constant FLOOR_BITS = 216;

    /// @notice The word with another floor; format and count stay.
    function withFloor(uint256 word, Floor memory f) internal pure returns (uint256) {
        uint256 packed = f.clouds | (uint256(f.reportTypes) << 8) | (uint256(f.keyProtection) << 16);
        packed |= (uint256(f.pcrTrust) << 24) | (uint256(f.azurePcrTrust) << 32);
        packed |= (uint256(f.tcbStatuses) << 40) | (uint256(f.keyTypes) << 56);
        packed |= (uint256(f.gcpPCRs) << 64) | (uint256(f.azurePCRs) << 88);
        packed |= (uint256(f.awsPCRs) << 112) | (uint256(f.bareMetalPCRs) << 136);
        packed |= (uint256(f.teeMaxAge) << 160) | (uint256(f.tpmMaxAge) << 184);
        if (f.teeFresh) packed |= TEE_FRESH;
        if (f.tpmFresh) packed |= TPM_FRESH;
        if (f.binding) packed |= BINDING;
        if (f.milanNeedsPlatform) packed |= MILAN_NEEDS_PLATFORM;
        if (f.allNeedPlatform) packed |= ALL_NEED_PLATFORM;
        return ((word >> FLOOR_BITS) << FLOOR_BITS) | packed;
    }

    function floor(uint256 word) internal pure returns (Floor memory) {
        return
            Floor({
                clouds: uint8(word),
                reportTypes: uint8(word >> 8),
                teeFresh: word & TEE_FRESH != 0,
                tpmFresh: word & TPM_FRESH != 0,
                keyProtection: uint8(word >> 16),
                pcrTrust: uint8(word >> 24),
                azurePcrTrust: uint8(word >> 32),
                binding: word & BINDING != 0,
                tcbStatuses: uint16(word >> 40),
                keyTypes: uint8(word >> 56),
                milanNeedsPlatform: word & MILAN_NEEDS_PLATFORM != 0,
                gcpPCRs: uint24(word >> 64),
                azurePCRs: uint24(word >> 88),
                awsPCRs: uint24(word >> 112),
                bareMetalPCRs: uint24(word >> 136),
                teeMaxAge: uint24(word >> 160),
                tpmMaxAge: uint24(word >> 184),
                allNeedPlatform: word & ALL_NEED_PLATFORM != 0
            });
    }

    function withFormat(uint256 word, uint8 format_) internal pure returns (uint256) {
        return (word & ~(uint256(0xff) << 216)) | (uint256(format_) << 216);
    }

    function format(uint256 word) internal pure returns (uint8) {
        return uint8(word >> 216);
    }

    function withDenied(uint256 word, uint32 count) internal pure returns (uint256) {
        return uint224(word) | (uint256(count) << 224);
    }

    /// @notice How many platforms are denied: while none is, the list is not read.
    function denied(uint256 word) internal pure returns (uint32) {
        return uint32(word >> 224);
    }
}
