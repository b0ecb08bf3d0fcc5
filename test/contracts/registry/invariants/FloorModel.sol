// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Floor} from "../../../../contracts/policy/Floor.sol";
import {CVMRecord} from "../../../../contracts/types/Claims.sol";
import {Scenes} from "./Scenes.sol";

/// @notice Protocol §10 in plain words, over what the owner of an application was seen to do: which records count.
/// @dev Shares nothing with contracts/policy but the struct that the owner hands in.
abstract contract FloorModel is Scenes {
    struct Window {
        uint40 from;
        uint40 until;
    }

    struct Listing {
        bool isAdmitted;
        bool isDenied;
        uint64 endorsedUntil;
        uint256 term;
        uint256 nonce;
    }

    Floor internal _floor;
    mapping(bytes32 measurement => Window) internal _golden;
    bytes32[] internal _measurements;
    mapping(bytes32 platformId => Listing) internal _listings;
    /// @dev Counts endorsers.
    uint256 internal _term;

    constructor() {
        _floor = _strictest();
    }

    /// @dev The default floor of protocol §10.
    function _strictest() internal pure returns (Floor memory f) {
        f.clouds = (1 << 1) | (1 << 2) | (1 << 3);
        f.reportTypes = 1 << 1;
        (f.teeFresh, f.tpmFresh, f.binding, f.milanNeedsPlatform) = (true, true, true, true);
        (f.keyProtection, f.pcrTrust, f.azurePcrTrust) = (2, 1, 2);
        f.tcbStatuses = (1 << 1) | (1 << 2);
        f.keyTypes = 1;
        uint24 pcrs = (1 << 4) | (1 << 7) | (1 << 11) | (1 << 16) | (1 << 23);
        (f.gcpPCRs, f.azurePCRs, f.awsPCRs, f.bareMetalPCRs) = (pcrs | 1, pcrs, pcrs, pcrs);
    }

    /// @dev Low enough for most records.
    function _lowest() internal pure returns (Floor memory f) {
        f = _strictest();
        (f.clouds, f.reportTypes, f.keyProtection, f.pcrTrust) = (0xff, 0xff, 0, 0);
        (f.azurePcrTrust, f.teeFresh, f.gcpPCRs, f.azurePCRs, f.bareMetalPCRs) = (0, false, 0, 0, 0);
        (f.tcbStatuses, f.keyTypes, f.milanNeedsPlatform, f.binding) = (0xffff, 0xff, false, false);
    }

    /// @dev One field to anything.
    function _change(Floor memory f, uint256 seed) internal pure {
        uint256 field = seed % 18;
        uint256 value = seed >> 8;
        if (field == 0) f.clouds = uint8(value);
        if (field == 1) f.reportTypes = uint8(value);
        if (field == 2) f.teeFresh = value % 2 == 0;
        if (field == 3) f.tpmFresh = value % 2 == 0;
        if (field == 4) f.keyProtection = uint8(value % 4);
        if (field == 5) f.pcrTrust = uint8(value % 4);
        if (field == 6) f.azurePcrTrust = uint8(value % 4);
        if (field == 7) f.binding = value % 2 == 0;
        if (field == 8) f.tcbStatuses = uint16(value);
        if (field == 9) f.keyTypes = uint8(value);
        if (field == 10) f.milanNeedsPlatform = value % 2 == 0;
        if (field == 11) f.gcpPCRs = uint24(1) << uint24(value % 24);
        if (field == 12) f.azurePCRs = uint24(1) << uint24(value % 24);
        if (field == 13) f.awsPCRs = uint24(value);
        if (field == 14) f.bareMetalPCRs = uint24(1) << uint24(value % 24);
        if (field == 15) f.teeMaxAge = uint24(value % 20 days);
        if (field == 16) f.tpmMaxAge = uint24(value % 20 days);
        if (field == 17) f.allNeedPlatform = value % 2 == 0;
    }

    /// @notice Whether the identity is good enough now, whatever it signs.
    function isGoodEnough(uint256 id) public view returns (bool) {
        CVMRecord memory r = _record(id);
        Floor memory f = _floor;
        return _stands(r) && _isInTime(r, f) && _isGolden(r) && _isWanted(r, f) && _isOnGoodPlatform(r, f);
    }

    function _stands(CVMRecord memory r) private view returns (bool) {
        if (!r.registered || r.suspended || platformRevoked[r.platformId]) return false;
        return r.classEpoch == epochOf(r.cloud, r.tee, r.reportType);
    }

    function _isInTime(CVMRecord memory r, Floor memory f) private view returns (bool) {
        uint256 now_ = block.timestamp;
        if (now_ >= r.validUntil) return false;
        if (now_ >= uint256(r.teeTime) + r.teeTTL || now_ >= uint256(r.tpmTime) + r.tpmTTL) return false;
        if (f.teeMaxAge != 0 && now_ >= uint256(r.teeTime) + f.teeMaxAge) return false;
        return f.tpmMaxAge == 0 || now_ < uint256(r.tpmTime) + f.tpmMaxAge;
    }

    function _isGolden(CVMRecord memory r) private view returns (bool) {
        Window memory window = _golden[r.measurementHash];
        return block.timestamp >= window.from && block.timestamp < window.until;
    }

    function _isWanted(CVMRecord memory r, Floor memory f) private pure returns (bool) {
        bool isAzure = r.cloud == 2;
        bool isSNP = r.tee == 2;
        if (!_isIn(f.clouds, r.cloud) || !_isIn(f.reportTypes, r.reportType)) return false;
        if (f.teeFresh && !r.assurance.teeFresh) return false;
        if (f.tpmFresh && !r.assurance.tpmFresh) return false;
        if (r.assurance.keyProtection < f.keyProtection) return false;
        if (r.assurance.pcrTrust < (isAzure ? f.azurePcrTrust : f.pcrTrust)) return false;
        if (f.binding) {
            if (isAzure && !r.assurance.runtimeClaims) return false;
            if (!isAzure && isSNP && !r.assurance.quoteNamesTee) return false;
            if (!isAzure && !isSNP && !r.assurance.teeNamesAk) return false;
        }
        if (!_isIn(f.tcbStatuses, r.assurance.tcbStatus)) return false;
        if (isSNP && !_isIn(f.keyTypes, r.assurance.keyType)) return false;
        uint24 required = f.bareMetalPCRs;
        if (r.cloud == 1) required = f.gcpPCRs;
        if (r.cloud == 2) required = f.azurePCRs;
        if (r.cloud == 3) required = f.awsPCRs;
        for (uint256 pcr = 0; pcr < 24; ++pcr)
            if (_isIn(required, pcr) && !_isIn(r.measuredPcrs, pcr)) return false;
        return true;
    }

    function _isOnGoodPlatform(CVMRecord memory r, Floor memory f) private view returns (bool) {
        Listing memory listing = _listings[r.platformId];
        if (listing.isDenied) return false;
        bool isEndorsed = listing.term == _term && block.timestamp < listing.endorsedUntil;
        return listing.isAdmitted || isEndorsed || !_needsPlatform(r, f);
    }

    function _needsPlatform(CVMRecord memory r, Floor memory f) private pure returns (bool) {
        if (f.allNeedPlatform) return true;
        bool isMilanVCEK = r.assurance.product == 1 && r.assurance.keyType == 0;
        if (!f.milanNeedsPlatform || !isMilanVCEK) return false;
        bool saysGoogle = r.cloud == 1 && r.assurance.pcrTrust >= 1 && _isIn(r.measuredPcrs, 0);
        bool saysMicrosoft = r.cloud == 2 && r.assurance.pcrTrust == 2;
        return !saysGoogle && !saysMicrosoft;
    }

    function _isIn(uint256 set, uint256 value) private pure returns (bool) {
        return (set / 2 ** value) % 2 == 1;
    }
}
