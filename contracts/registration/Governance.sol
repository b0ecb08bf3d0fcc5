// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IAKCertificates} from "../interfaces/IAKCertificates.sol";
import {ITEEVerifier} from "../interfaces/ITEEVerifier.sol";
import {ITPMVerifier} from "../interfaces/ITPMVerifier.sol";
import {KeyProtection} from "../types/Claims.sol";
import {CloudType} from "../types/Evidence.sol";
import {KeyActions} from "./KeyActions.sol";
import {Record} from "./Record.sol";

/// @title What roles may do to the registry
/// @notice The guardian takes trust away at once and never gives it; verifiers change, and what the guardian took
/// comes back, only behind AccessManager's delay. No role can write a record.
/// @dev Which function belongs to which role is AccessManager's configuration, written by `scripts/deploy.ts`.
abstract contract Governance is KeyActions, AccessManaged {
    using Record for Record.Stored;

    ITPMVerifier public tpmVerifier;
    IAKCertificates public akCertificates;

    constructor(
        address authority,
        ITPMVerifier tpmVerifier_,
        IAKCertificates akCertificates_
    ) AccessManaged(authority) {
        tpmVerifier = tpmVerifier_;
        akCertificates = akCertificates_;
        emit TPMVerifierSet(address(0), address(tpmVerifier_));
        emit AKCertificatesSet(address(0), address(akCertificates_));
    }

    // --- delayed role ---

    /// @param reopen true when the old verifier's verdicts no longer stand: every record of it must attest again
    function setVerifier(
        uint8 tee,
        uint8 reportType,
        ITEEVerifier verifier,
        bool reopen
    ) external restricted {
        Kind storage kind = _kindOf(tee, reportType);
        emit VerifierSet(tee, reportType, address(kind.verifier), address(verifier));
        kind.verifier = verifier;
        if (!reopen) return;
        for (uint8 cloud = 1; cloud <= uint8(type(CloudType).max); ++cloud)
            _bumpEpoch(cloud, tee, reportType);
    }

    function setTPMVerifier(ITPMVerifier verifier) external restricted {
        emit TPMVerifierSet(address(tpmVerifier), address(verifier));
        tpmVerifier = verifier;
    }

    function setAKCertificates(IAKCertificates certificates) external restricted {
        emit AKCertificatesSet(address(akCertificates), address(certificates));
        akCertificates = certificates;
    }

    /// @notice Revokes a live identity for ever.
    /// @dev Not an unproven one: anybody can quote a key that is not his, and its owner would lose it. `revokeAk` ends that.
    function revokeCvmByRole(bytes32 cvmIdentityHash) external restricted {
        Record.Stored storage r = _live(cvmIdentityHash);
        if (Record.keyProtection(r.status) == uint8(KeyProtection.Unproven))
            revert CVMUnproven(cvmIdentityHash);
        _revoke(cvmIdentityHash, r);
    }

    /// @notice Lifts suspensions, of the identities that these AKs serve now.
    /// @dev By AK: this is carried out days after it was decided, and an identity may be another machine's by then.
    function resume(bytes32[] calldata akIds) external restricted {
        for (uint256 i = 0; i < akIds.length; ++i) {
            uint256 akKey = _akKey(akIds[i]);
            bytes32 served = _identityOf[akKey];
            if (served == 0) revert AKUnknown(akIds[i]);
            _setSuspended(akKey, served, false);
        }
    }

    function restoreAk(bytes32 akId) external restricted {
        uint256 akKey = _akKey(akId);
        _akFlags[akKey] &= ~AK_REVOKED;
        emit AttestationKeyRevoked(akKey, false);
        Record.Stored storage r = _records[_identityOf[akKey]];
        if (r.akKeyOf() == akKey) r.status &= ~Record.AK_REVOKED;
    }

    function restorePlatform(bytes32 platformId) external restricted {
        _platformRevoked[platformId] = false;
        emit PlatformRevoked(platformId, false);
    }

    // --- guardian ---

    /// @notice Each id acts on the identity that its AK serves now; an unknown one is passed over.
    /// @dev An unproven machine can leave its key to another AK in time: `revokeAk` stops it.
    function suspend(bytes32[] calldata ids) external restricted {
        for (uint256 i = 0; i < ids.length; ++i) {
            uint256 akKey = _records[ids[i]].akKeyOf();
            // Follows the AK: a rotation between the guardian's decision and its transaction changes nothing.
            if (akKey != 0) _setSuspended(akKey, _identityOf[akKey], true);
        }
    }

    /// @notice Refuses the AK from now on and suspends the identity it serves.
    function revokeAk(bytes32 akId) external restricted {
        uint256 akKey = _akKey(akId);
        _akFlags[akKey] |= AK_REVOKED;
        emit AttestationKeyRevoked(akKey, true);
        bytes32 served = _identityOf[akKey];
        // An unproven record that was replaced left its key to another AK: that one's record is not ours to touch.
        Record.Stored storage r = _records[served];
        if (served == 0 || r.akKeyOf() != akKey || r.isErased()) return;
        r.status |= Record.AK_REVOKED;
        _mark(served, true);
    }

    function revokePlatform(bytes32 platformId) external restricted {
        if (platformId == 0) revert PlatformUnknown();
        _platformRevoked[platformId] = true;
        emit PlatformRevoked(platformId, true);
    }

    /// @notice Every record of this class must attest again.
    function bumpEpoch(uint8 cloud, uint8 tee, uint8 reportType) external restricted {
        _bumpEpoch(cloud, tee, reportType);
    }

    function _bumpEpoch(uint8 cloud, uint8 tee, uint8 reportType) private {
        _requireCloud(cloud);
        Kind storage kind = _kindOf(tee, reportType);
        uint16 epoch = _epochOf(kind.epochs, cloud) + 1;
        uint96 lane = uint96(type(uint16).max) << (cloud * 16);
        kind.epochs = (kind.epochs & ~lane) | (uint96(epoch) << (cloud * 16));
        emit ClassReopened(cloud, tee, reportType, epoch);
    }

    /// @dev Not where the identity's record has become another AK's.
    function _setSuspended(uint256 akKey, bytes32 served, bool suspended) private {
        if (_records[served].akKeyOf() == akKey) _mark(served, suspended);
    }

    function _mark(bytes32 id, bool suspended) private {
        Record.Stored storage r = _records[id];
        if (r.isErased()) return;
        r.status = suspended ? r.status | Record.SUSPENDED : r.status & ~Record.SUSPENDED;
        emit CVMSuspended(id, suspended);
    }
}
