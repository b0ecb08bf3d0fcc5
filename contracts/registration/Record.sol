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
library Record {
    uint256 internal constant REGISTERED = 1;
    uint256 internal constant SUSPENDED = 2;

    /// @param order akId >> 96 (160 bits) ‖ recordedBlock (48) ‖ nonce (48): outlives retirement and deletion
    struct Stored {
        uint256 status;
        bytes32 keyX;
        bytes32 keyY;
        bytes32 measurementHash;
        bytes32 platformId;
        uint256 order;
    }

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
        return uint48(self.order >> 48);
    }

    function nonceOf(Stored storage self) internal view returns (uint48) {
        return uint48(self.order);
    }

    /// @param status the packed status of `r`
    /// @param isNew false where this identity's key stands in the record already
    function save(Stored storage self, uint256 status, CVMRecord memory r, bool isNew) internal {
        self.status = status;
        if (isNew) (self.keyX, self.keyY) = (r.keyX, r.keyY);
        self.measurementHash = r.measurementHash;
        self.platformId = r.platformId;
        self.order = (r.akKey << 96) | (uint256(r.recordedBlock) << 48) | r.nonce;
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

    /// @notice The status word of a record. A value that its field cannot hold is a broken verifier: panics.
    function pack(CVMRecord memory r) internal pure returns (uint256 s) {
        Assurance memory a = r.assurance;
        s = _bit(r.registered, 0) | _bit(r.suspended, 1);
        s |= _field(r.cloud, 3, 2) | _field(r.tee, 2, 5) | _field(r.reportType, 2, 7);
        s |= _bit(a.teeFresh, 9) | _bit(a.tpmFresh, 10) | _bit(a.teeNamesAk, 11) | _bit(a.quoteNamesTee, 12);
        s |= _bit(a.runtimeClaims, 13) | _bit(a.pcrReportId, 14) | _bit(a.akCertified, 15);
        s |= _field(a.pcrTrust, 2, 16) | _field(a.keyProtection, 2, 18) | _field(a.tcbStatus, 4, 20);
        s |= _field(a.keyType, 2, 24) | _field(a.product, 3, 26);
        s |= (uint256(r.teeTime) << 32) | (uint256(r.tpmTime) << 72) | (uint256(r.validUntil) << 112);
        s |= _field(r.teeTTL, 24, 152) | _field(r.tpmTTL, 24, 176);
        s |= (uint256(r.measuredPcrs) << 200) | (uint256(r.classEpoch) << 224);
    }

    /// @notice Fills `r` from a status word.
    function unpack(uint256 s, CVMRecord memory r) internal pure {
        r.registered = s & REGISTERED != 0;
        r.suspended = s & SUSPENDED != 0;
        r.cloud = uint8((s >> 2) & 7);
        r.tee = uint8((s >> 5) & 3);
        r.reportType = uint8((s >> 7) & 3);
        Assurance memory a = r.assurance;
        a.teeFresh = s & (1 << 9) != 0;
        a.tpmFresh = s & (1 << 10) != 0;
        a.teeNamesAk = s & (1 << 11) != 0;
        a.quoteNamesTee = s & (1 << 12) != 0;
        a.runtimeClaims = s & (1 << 13) != 0;
        a.pcrReportId = s & (1 << 14) != 0;
        a.akCertified = s & (1 << 15) != 0;
        a.pcrTrust = uint8((s >> 16) & 3);
        a.keyProtection = uint8((s >> 18) & 3);
        a.tcbStatus = uint8((s >> 20) & 15);
        a.keyType = uint8((s >> 24) & 3);
        a.product = uint8((s >> 26) & 7);
        r.teeTime = uint40(s >> 32);
        r.tpmTime = uint40(s >> 72);
        r.validUntil = uint40(s >> 112);
        r.teeTTL = uint24(s >> 152);
        r.tpmTTL = uint24(s >> 176);
        r.measuredPcrs = uint24(s >> 200);
        r.classEpoch = uint16(s >> 224);
    }

    function isRegistered(uint256 s) internal pure returns (bool) {
        return s & REGISTERED != 0;
    }

    /// @notice Superseded, rotated away or revoked. A record that was deleted, or never was, has no bit set.
    function isRetired(uint256 s) internal pure returns (bool) {
        return s != 0 && s & REGISTERED == 0;
    }

    function retire(uint256 s) internal pure returns (uint256) {
        return s & ~REGISTERED;
    }

    function keyProtection(uint256 s) internal pure returns (uint8) {
        return uint8((s >> 18) & 3);
    }

    function ttls(uint256 s) internal pure returns (uint32 teeTTL, uint32 tpmTTL) {
        return (uint24(s >> 152), uint24(s >> 176));
    }

    function times(uint256 s) internal pure returns (uint40 teeTime, uint40 tpmTime) {
        return (uint40(s >> 32), uint40(s >> 72));
    }

    /// @notice The first second at which the TEE half no longer counts.
    function teeEnd(uint256 s) internal pure returns (uint256 end) {
        (uint256 time, uint256 ttl, uint256 until) = (uint40(s >> 32), uint24(s >> 152), uint40(s >> 112));
        end = time + ttl;
        if (until < end) end = until;
    }

    function tpmEnd(uint256 s) internal pure returns (uint256) {
        return uint256(uint40(s >> 72)) + uint24(s >> 176);
    }

    /// @notice The evidence class as Records counts epochs, and the epoch the record was made in.
    function classOf(uint256 s) internal pure returns (uint256 class, uint16 epoch) {
        class = (((s >> 2) & 7) << 16) | (((s >> 5) & 3) << 8) | ((s >> 7) & 3);
        epoch = uint16(s >> 224);
    }

    function withTTLs(uint256 status, uint64 teeTTL, uint64 tpmTTL) internal pure returns (uint256) {
        uint256 cleared = status & ~(uint256(type(uint48).max) << 152);
        return cleared | _field(teeTTL, 24, 152) | _field(tpmTTL, 24, 176);
    }

    function _bit(bool value, uint256 shift) private pure returns (uint256 word) {
        return value ? 1 << shift : 0;
    }

    function _field(uint256 value, uint256 bits, uint256 shift) private pure returns (uint256) {
        assert(value >> bits == 0);
        return value << shift;
    }
}
