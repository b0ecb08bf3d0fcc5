// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Assurance, CVMRecord} from "../types/Claims.sol";

/// @title Packed record of a CVM
/// @notice Five slots are read by a signature check, the order slot is not (protocol §8).
/// @dev Status, bits from the low end:
/// | at | bits | | at | bits | |
/// |---|---|---|---|---|---|
/// | 0 | 1 | registered | 20 | 4 | tcbStatus |
/// | 1 | 1 | suspended | 24 | 2 | keyType |
/// | 2 | 3 | cloud | 26 | 3 | product |
/// | 5 | 2 | tee | 32 | 40 | teeTime |
/// | 7 | 2 | reportType | 72 | 40 | tpmTime |
/// | 9 | 1 | teeFresh | 112 | 40 | validUntil |
/// | 10 | 1 | tpmFresh | 152 | 24 | teeTTL |
/// | 11 | 1 | teeNamesAk | 176 | 24 | tpmTTL |
/// | 12 | 1 | quoteNamesTee | 200 | 24 | measuredPcrs |
/// | 13 | 1 | runtimeClaims | 224 | 16 | class epoch |
/// | 14 | 1 | pcrReportId | 15 | 1 | akCertified |
/// | 16 | 2 | pcrTrust | 18 | 2 | keyProtection |
/// | 29 | 1 | its AK is revoked | 30 | 1 | has an operator |
/// The last two spare reads: they say what stands in other slots, of a record that is not erased.
/// The word is built up while evidence is judged, each `with…` filling fields that are still clear unless it says so.
library Record {
    uint256 internal constant REGISTERED = 1;
    uint256 internal constant SUSPENDED = 1 << 1;
    uint256 internal constant TEE_FRESH = 1 << 9;
    uint256 internal constant TPM_FRESH = 1 << 10;
    uint256 internal constant TEE_NAMES_AK = 1 << 11;
    uint256 internal constant QUOTE_NAMES_TEE = 1 << 12;
    uint256 internal constant RUNTIME_CLAIMS = 1 << 13;
    uint256 internal constant PCR_REPORT_ID = 1 << 14;
    uint256 internal constant AK_CERTIFIED = 1 << 15;
    uint256 internal constant AK_REVOKED = 1 << 29;
    uint256 internal constant HAS_OPERATOR = 1 << 30;

    uint256 private constant TRUST_AND_PROTECTION = 0xf << 16;
    uint256 private constant TIMES_AND_END = uint256(type(uint120).max) << 32;
    uint256 private constant TTLS = uint256(type(uint48).max) << 152;

    /// @param order akId >> 96 (160 bits) ‖ recordedBlock (48) ‖ nonce (48): outlives retirement and deletion
    struct Stored {
        uint256 status;
        bytes32 keyX;
        bytes32 keyY;
        bytes32 measurementHash;
        bytes32 platformId;
        uint256 order;
    }

    // --- the record as stored ---

    function isRegistered(Stored storage self) internal view returns (bool) {
        return self.status & REGISTERED != 0;
    }

    /// @dev A retired or revoked record keeps its status bits; one that was deleted, or never was, has none.
    function isErased(Stored storage self) internal view returns (bool) {
        return self.status == 0;
    }

    function akKeyOf(Stored storage self) internal view returns (uint256) {
        return self.order >> 96;
    }

    function recordedBlockOf(Stored storage self) internal view returns (uint48) {
        return recordedBlockIn(self.order);
    }

    function recordedBlockIn(uint256 order) internal pure returns (uint48) {
        return uint48(order >> 48);
    }

    function nonceOf(Stored storage self) internal view returns (uint48) {
        return nonceIn(self.order);
    }

    function nonceIn(uint256 order) internal pure returns (uint48) {
        return uint48(order);
    }

    /// @dev Keeps the nonce.
    function orderFrom(uint256 old, uint256 akKey, uint256 recordedBlock) internal pure returns (uint256) {
        return (akKey << 96) | (recordedBlock << 48) | uint48(old);
    }

    function raiseNonce(Stored storage self, uint48 least) internal {
        if (nonceOf(self) < least) self.order = (self.order & ~uint256(type(uint48).max)) | least;
    }

    function load(Stored storage self) internal view returns (CVMRecord memory r) {
        unpack(self.status, r);
        r.keyX = self.keyX;
        r.keyY = self.keyY;
        r.measurementHash = self.measurementHash;
        r.platformId = self.platformId;
        r.akKey = akKeyOf(self);
        r.recordedBlock = recordedBlockOf(self);
        r.nonce = nonceOf(self);
    }

    /// @notice Clears everything but the order slot.
    function erase(Stored storage self) internal {
        self.status = 0;
        self.keyX = 0;
        self.keyY = 0;
        self.measurementHash = 0;
        self.platformId = 0;
    }

    // --- the status word ---

    function ofClass(uint8 cloud_, uint8 tee_, uint8 reportType_) internal pure returns (uint256) {
        return _field(cloud_, 3, 2) | _field(tee_, 2, 5) | _field(reportType_, 2, 7);
    }

    /// @dev What a verifier says of the platform. A value that its field cannot hold is a broken verifier: panics.
    function withPlatform(
        uint256 s,
        uint8 tcbStatus,
        uint8 keyType,
        uint8 product
    ) internal pure returns (uint256) {
        return s | _field(tcbStatus, 4, 20) | _field(keyType, 2, 24) | _field(product, 3, 26);
    }

    /// @dev Replaces both.
    function withTrust(uint256 s, uint8 pcrTrust_, uint8 keyProtection_) internal pure returns (uint256) {
        return (s & ~TRUST_AND_PROTECTION) | _field(pcrTrust_, 2, 16) | _field(keyProtection_, 2, 18);
    }

    /// @dev Replaces all three.
    function withTimes(
        uint256 s,
        uint40 teeTime,
        uint40 tpmTime,
        uint40 validUntil_
    ) internal pure returns (uint256) {
        return
            (s & ~TIMES_AND_END) |
            (uint256(teeTime) << 32) |
            (uint256(tpmTime) << 72) |
            (uint256(validUntil_) << 112);
    }

    /// @dev Replaces both. TTLs of 24 bits are bounded by the caller.
    function withTTLs(uint256 s, uint64 teeTTL, uint64 tpmTTL) internal pure returns (uint256) {
        return (s & ~TTLS) | _field(teeTTL, 24, 152) | _field(tpmTTL, 24, 176);
    }

    /// @dev Replaces both by those of `other`.
    function withTTLsOf(uint256 s, uint256 other) internal pure returns (uint256) {
        return (s & ~TTLS) | (other & TTLS);
    }

    function withMeasured(uint256 s, uint24 measuredPcrs) internal pure returns (uint256) {
        return s | (uint256(measuredPcrs) << 200);
    }

    function withEpoch(uint256 s, uint16 classEpoch) internal pure returns (uint256) {
        return s | (uint256(classEpoch) << 224);
    }

    function retire(uint256 s) internal pure returns (uint256) {
        return s & ~REGISTERED;
    }

    function isRegistered(uint256 s) internal pure returns (bool) {
        return s & REGISTERED != 0;
    }

    /// @notice Superseded, rotated away or revoked. A record that was deleted, or never was, has no bit set.
    function isRetired(uint256 s) internal pure returns (bool) {
        return s != 0 && s & REGISTERED == 0;
    }

    function cloud(uint256 s) internal pure returns (uint8) {
        return uint8((s >> 2) & 7);
    }

    function tee(uint256 s) internal pure returns (uint8) {
        return uint8((s >> 5) & 3);
    }

    function reportType(uint256 s) internal pure returns (uint8) {
        return uint8((s >> 7) & 3);
    }

    /// @notice TEE, and the report type two bits up, as they stand in the word.
    function kindKey(uint256 s) internal pure returns (uint256) {
        return (s >> 5) & 15;
    }

    function pcrTrust(uint256 s) internal pure returns (uint8) {
        return uint8((s >> 16) & 3);
    }

    function keyProtection(uint256 s) internal pure returns (uint8) {
        return uint8((s >> 18) & 3);
    }

    function times(uint256 s) internal pure returns (uint40 teeTime, uint40 tpmTime) {
        return (uint40(s >> 32), uint40(s >> 72));
    }

    function validUntil(uint256 s) internal pure returns (uint40) {
        return uint40(s >> 112);
    }

    function epoch(uint256 s) internal pure returns (uint16) {
        return uint16(s >> 224);
    }

    /// @notice The first second at which the TEE half no longer counts.
    function teeEnd(uint256 s) internal pure returns (uint256 end) {
        end = uint256(uint40(s >> 32)) + uint24(s >> 152);
        uint256 until = validUntil(s);
        if (until < end) end = until;
    }

    function tpmEnd(uint256 s) internal pure returns (uint256) {
        return uint256(uint40(s >> 72)) + uint24(s >> 176);
    }

    /// @notice Fills `r` from a status word.
    function unpack(uint256 s, CVMRecord memory r) internal pure {
        r.registered = s & REGISTERED != 0;
        r.suspended = s & SUSPENDED != 0;
        r.cloud = cloud(s);
        r.tee = tee(s);
        r.reportType = reportType(s);
        Assurance memory a = r.assurance;
        a.teeFresh = s & TEE_FRESH != 0;
        a.tpmFresh = s & TPM_FRESH != 0;
        a.teeNamesAk = s & TEE_NAMES_AK != 0;
        a.quoteNamesTee = s & QUOTE_NAMES_TEE != 0;
        a.runtimeClaims = s & RUNTIME_CLAIMS != 0;
        a.pcrReportId = s & PCR_REPORT_ID != 0;
        a.akCertified = s & AK_CERTIFIED != 0;
        a.pcrTrust = pcrTrust(s);
        a.keyProtection = keyProtection(s);
        a.tcbStatus = uint8((s >> 20) & 15);
        a.keyType = uint8((s >> 24) & 3);
        a.product = uint8((s >> 26) & 7);
        (r.teeTime, r.tpmTime) = times(s);
        r.validUntil = validUntil(s);
        r.teeTTL = uint24(s >> 152);
        r.tpmTTL = uint24(s >> 176);
        r.measuredPcrs = uint24(s >> 200);
        r.classEpoch = epoch(s);
    }

    function _field(uint256 value, uint256 bits, uint256 shift) private pure returns (uint256) {
        assert(value >> bits == 0);
        return value << shift;
    }
}
