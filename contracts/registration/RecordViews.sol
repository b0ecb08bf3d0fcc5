// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CVMIdentity} from "../types/Evidence.sol";
import {CVMRecord} from "../types/Claims.sol";
import {Identity} from "./Identity.sol";
import {Record} from "./Record.sol";
import {Records} from "./Records.sol";

/// @title What anybody may read of the records
abstract contract RecordViews is Records {
    using Record for Record.Stored;

    function hasRegistered(bytes32 cvmIdentityHash) external view returns (bool) {
        return _records[cvmIdentityHash].isRegistered();
    }

    function getMeasurementHash(bytes32 cvmIdentityHash) external view returns (bytes32) {
        Record.Stored storage r = _records[cvmIdentityHash];
        if (!r.isRegistered()) revert CVMNotRegistered(cvmIdentityHash);
        return r.measurementHash;
    }

    function getCvmIdentity(bytes32 cvmIdentityHash) external view returns (CVMIdentity memory) {
        Record.Stored storage r = _records[cvmIdentityHash];
        if (!r.isRegistered()) revert CVMNotRegistered(cvmIdentityHash);
        return Identity.withData(Identity.spell(cvmIdentityHash, r.keyX, r.keyY));
    }

    function checkTEEValidity(bytes32 cvmIdentityHash) external view returns (bool) {
        CVMRecord memory r = _records[cvmIdentityHash].load();
        return
            _counts(r) &&
            block.timestamp < uint256(r.teeTime) + r.teeTTL &&
            block.timestamp < uint256(r.validUntil);
    }

    function checkTPMValidity(bytes32 cvmIdentityHash) external view returns (bool) {
        CVMRecord memory r = _records[cvmIdentityHash].load();
        return _counts(r) && block.timestamp < uint256(r.tpmTime) + r.tpmTTL;
    }

    function getCvm(bytes32 cvmIdentityHash) external view returns (CVMRecord memory) {
        return _records[cvmIdentityHash].load();
    }

    function signerOf(
        bytes32 cvmIdentityHash
    )
        external
        view
        returns (uint256 status, bytes32 keyX, bytes32 keyY, bytes32 measurementHash, bytes32 platformId)
    {
        Record.Stored storage r = _records[cvmIdentityHash];
        (status, keyX, keyY) = (r.status, r.keyX, r.keyY);
        (measurementHash, platformId) = (r.measurementHash, r.platformId);
        (uint256 class, uint16 epoch) = Record.classOf(status);
        if (_epoch[class] != epoch) status |= 1 << 255;
        // Platform 0 is never revoked, so it needs no read.
        if (platformId != 0)
            if (_platformRevoked[platformId]) status |= 1 << 254;
    }

    function nonces(bytes32 cvmIdentityHash) external view returns (uint256) {
        return _records[cvmIdentityHash].nonceOf();
    }

    function platformOf(bytes32 cvmIdentityHash) external view returns (bytes32) {
        return _records[cvmIdentityHash].platformId;
    }

    function operatorOf(bytes32 cvmIdentityHash) external view returns (address) {
        return _operatorOf[cvmIdentityHash];
    }

    function isRetired(bytes32 cvmIdentityHash) external view returns (bool) {
        return _retired[cvmIdentityHash];
    }

    function identityOf(bytes32 akId) external view returns (bytes32) {
        return _identityOf[_akKey(akId)];
    }

    function akRevoked(bytes32 akId) external view returns (bool) {
        return _akRevoked[_akKey(akId)];
    }

    function platformRevoked(bytes32 platformId) external view returns (bool) {
        return _platformRevoked[platformId];
    }

    function classEpoch(uint8 cloud, uint8 tee, uint8 reportType) external view returns (uint16) {
        return _epoch[_class(cloud, tee, reportType)];
    }

    function _counts(CVMRecord memory r) private view returns (bool) {
        return
            r.registered &&
            !r.suspended &&
            !_isPlatformRevoked(r.platformId) &&
            r.classEpoch == _epoch[_class(r.cloud, r.tee, r.reportType)];
    }

    function _isPlatformRevoked(bytes32 platformId) private view returns (bool) {
        return platformId != 0 && _platformRevoked[platformId];
    }
}
