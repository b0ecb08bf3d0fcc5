// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CVMIdentity} from "../types/Evidence.sol";
import {ITEEVerifier} from "../interfaces/ITEEVerifier.sol";
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
        uint256 status = _records[cvmIdentityHash].status;
        return _counts(cvmIdentityHash, status) && block.timestamp < Record.teeEnd(status);
    }

    function checkTPMValidity(bytes32 cvmIdentityHash) external view returns (bool) {
        uint256 status = _records[cvmIdentityHash].status;
        return _counts(cvmIdentityHash, status) && block.timestamp < Record.tpmEnd(status);
    }

    function getCvm(bytes32 cvmIdentityHash) external view returns (CVMRecord memory) {
        return _records[cvmIdentityHash].load();
    }

    function signerStatus(
        bytes32 cvmIdentityHash
    )
        external
        view
        returns (uint256 status, bytes32 keyX, bytes32 keyY, bytes32 measurementHash, bytes32 platformId)
    {
        Record.Stored storage r = _records[cvmIdentityHash];
        (status, keyX, keyY) = (r.status, r.keyX, r.keyY);
        (measurementHash, platformId) = (r.measurementHash, r.platformId);
        if (!_isClassCurrent(status)) status |= 1 << 255;
        // Platform 0 is never revoked, so it needs no read.
        if (platformId != 0)
            if (_platformRevoked[platformId]) status |= 1 << 254;
    }

    function verifierOf(uint8 tee, uint8 reportType) external view returns (ITEEVerifier) {
        return _kindOf(tee, reportType).verifier;
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
        return Record.isRetired(_records[cvmIdentityHash].status);
    }

    function identityOf(bytes32 akId) external view returns (bytes32) {
        return _identityOf[_akKey(akId)];
    }

    function akRevoked(bytes32 akId) external view returns (bool) {
        return _akFlags[_akKey(akId)] & AK_REVOKED != 0;
    }

    function platformRevoked(bytes32 platformId) external view returns (bool) {
        return _platformRevoked[platformId];
    }

    function classEpoch(uint8 cloud, uint8 tee, uint8 reportType) external view returns (uint16) {
        _requireCloud(cloud);
        return _epochOf(_kindOf(tee, reportType).epochs, cloud);
    }

    /// @dev Registered, not suspended, on a platform that is not revoked, of a class that was not re-opened.
    function _counts(bytes32 identityHash, uint256 status) private view returns (bool) {
        return
            status & (Record.REGISTERED | Record.SUSPENDED) == Record.REGISTERED &&
            !_isPlatformRevoked(_records[identityHash].platformId) &&
            _isClassCurrent(status);
    }
}
