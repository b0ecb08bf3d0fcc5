// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {KeyProtection} from "../types/Claims.sol";
import {CloudType, TEEType, TeeReportType} from "../types/Evidence.sol";
import {IAKErrors} from "../interfaces/IAKErrors.sol";
import {ICVMRegistry} from "../interfaces/ICVMRegistry.sol";
import {IRegistryErrors} from "../interfaces/IRegistryErrors.sol";
import {ITEEVerifier} from "../interfaces/ITEEVerifier.sol";
import {Identity} from "./Identity.sol";
import {Judgement} from "./Judgement.sol";
import {Record} from "./Record.sol";

/// @title Records and their life cycle
/// @notice Who may create, renew, supersede, rotate or replace a record (protocol §2, §8, §9). Judges no evidence.
/// @dev What holds at all times, and spares lookups: of the two spellings of a key at most one is live, and a live one
/// is not retired, nor is its other spelling, since neither can be while this one is live.
abstract contract Records is ICVMRegistry, IRegistryErrors, IAKErrors {
    using Record for Record.Stored;

    // Protocol §9.
    uint64 private constant DEFAULT_TEE_TTL = 30 days;
    uint64 private constant DEFAULT_TPM_TTL = 60 days;

    // Of an AK.
    uint256 internal constant AK_REVOKED = 1;
    /// @dev Its record was replaced while suspended: the next one it gets is suspended again.
    uint256 internal constant AK_SUSPENDED = 2;

    /// @notice Evidence of one TEE and report type.
    /// @param verifier 0 where that evidence is not accepted
    /// @param epochs of its class in each cloud, 16 bits at the cloud's number
    struct Kind {
        ITEEVerifier verifier;
        uint96 epochs;
    }

    mapping(bytes32 identityHash => Record.Stored) internal _records;
    /// @dev Keyed by akId >> 96, like everything of an AK. Never cleared: an AK is recorded for ever.
    mapping(uint256 akKey => bytes32 identityHash) internal _identityOf;
    mapping(uint256 akKey => uint256 flags) internal _akFlags;
    mapping(bytes32 identityHash => address) internal _operatorOf;
    /// @dev Keyed as a status word holds them: TEE, and the report type two bits up.
    mapping(uint256 kindKey => Kind) internal _kinds;
    mapping(bytes32 platformId => bool) internal _platformRevoked;

    function _akKey(bytes32 akId) internal pure returns (uint256) {
        return uint256(akId) >> 96;
    }

    function _isPlatformRevoked(bytes32 platformId) internal view returns (bool) {
        return platformId != 0 && _platformRevoked[platformId];
    }

    /// @dev Both in range, so that two kinds never share a key.
    function _kindOf(uint8 tee, uint8 reportType) internal view returns (Kind storage) {
        if (tee == 0 || tee > uint8(type(TEEType).max)) revert TEEUnknown(tee);
        if (reportType == 0 || reportType > uint8(type(TeeReportType).max))
            revert ReportTypeUnknown(reportType);
        return _kinds[tee | (uint256(reportType) << 2)];
    }

    function _requireCloud(uint8 cloud) internal pure {
        if (cloud == 0 || cloud > uint8(type(CloudType).max)) revert CloudUnknown(cloud);
    }

    function _epochOf(uint96 epochs, uint8 cloud) internal pure returns (uint16) {
        return uint16(epochs >> (uint256(cloud) << 4));
    }

    function _isClassCurrent(uint256 status) internal view returns (bool) {
        uint96 epochs = _kinds[Record.kindKey(status)].epochs;
        return _epochOf(epochs, Record.cloud(status)) == Record.epoch(status);
    }

    // --- attestation ---

    /// @dev All refusals first, in the catalogue's order, then all writes.
    function _recordEvidence(Judgement memory j) internal {
        uint256 akKey = _akKey(j.akId);
        bytes32 previous = _identityOf[akKey];
        bool isRenewal = previous == j.key.hash && _isLive(previous, akKey);
        // A live record says itself whether its AK is revoked, and takes the mark of suspension with it.
        uint256 flags = isRenewal ? 0 : _akFlags[akKey];
        if (flags & AK_REVOKED != 0) revert AKRevoked(j.akId);
        if (isRenewal && _records[previous].status & Record.AK_REVOKED != 0) revert AKRevoked(j.akId);
        uint256 replaced = isRenewal ? 0 : _requireFreeKey(j, akKey, true);
        _requireNewer(j, previous);

        _replaceUnproven(j, replaced);
        uint40 end = j.claims.validUntil;
        if (j.trust.cloud != 0 && j.trust.notAfter < end) end = j.trust.notAfter;
        uint256 next = Record.withTimes(j.status | Record.REGISTERED, j.evidenceTime, j.evidenceTime, end);
        if (_isOwn(previous, akKey)) {
            uint256 old = _records[previous].status;
            next = _inherit(next, old) | (isRenewal ? old & Record.HAS_OPERATOR : _supersede(j, previous));
        } else next = Record.withTTLs(next, DEFAULT_TEE_TTL, DEFAULT_TPM_TTL);
        if (flags & AK_SUSPENDED != 0) {
            next |= Record.SUSPENDED;
            _akFlags[akKey] = 0;
        }
        if (!isRenewal) _identityOf[akKey] = j.key.hash;
        _save(j, next, akKey, _records[j.key.hash].order, !isRenewal);
    }

    /// @dev Neither spelling of the key may be retired, or live: but for an unproven record of another AK, which proven
    /// evidence replaces, since anybody can quote a victim's identity with an AK of his own, and for one that this AK's
    /// un-anchored evidence made in the other spelling, since anybody can choose it where the quote names none.
    /// @param mayRespell whether the record in the other spelling ends without its key being retired
    /// @return replaced bit 0: the record of this spelling has to go, bit 1: that of the other
    function _requireFreeKey(
        Judgement memory j,
        uint256 akKey,
        bool mayRespell
    ) private view returns (uint256 replaced) {
        uint256 status = _records[j.key.hash].status;
        bytes32 otherHash = Identity.otherHash(j.key);
        uint256 otherStatus = _records[otherHash].status;
        if (status | otherStatus == 0) return 0;
        if (Record.isRetired(status)) revert IdentityRetired(j.key.hash);
        if (Record.isRetired(otherStatus)) revert IdentityRetired(otherHash);
        if (status != 0) replaced = _requireReplaceable(j, j.key.hash, akKey);
        if (otherStatus == 0) return replaced;
        bool isChosen = otherStatus & Record.TPM_FRESH == 0 && _records[otherHash].akKeyOf() == akKey;
        if (mayRespell && j.isAnchored && isChosen) return replaced;
        return replaced | (_requireReplaceable(j, otherHash, akKey) << 1);
    }

    function _requireReplaceable(
        Judgement memory j,
        bytes32 identityHash,
        uint256 akKey
    ) private view returns (uint256) {
        bool isProven = j.isAnchored && Record.keyProtection(j.status) >= uint8(KeyProtection.TPM);
        Record.Stored storage r = _records[identityHash];
        bool isReplaceable =
            isProven &&
                Record.keyProtection(r.status) == uint8(KeyProtection.Unproven) &&
                r.akKeyOf() != akKey;
        if (!isReplaceable) revert IdentityTaken(identityHash);
        return 1;
    }

    /// @dev The only replay guard: evidence anchored at or above the head of the last recording is newer in real
    /// time, whatever the TPM's counters say.
    function _requireNewer(Judgement memory j, bytes32 previous) private view {
        if (previous == 0) return;
        if (!j.isAnchored) revert UnanchoredForRecordedAK(j.akId);
        uint48 recorded = _records[previous].recordedBlockOf();
        if (j.anchorBlock < recorded) revert EvidenceNotNewer(recorded);
    }

    function _isLive(bytes32 identityHash, uint256 akKey) private view returns (bool) {
        return _records[identityHash].isRegistered() && _records[identityHash].akKeyOf() == akKey;
    }

    /// @dev Whether the last identity of this AK still has a record of this AK. A squatter's has not: it was replaced
    /// or deleted, and a squatter whose AK is restored must not reach the owner's record through it.
    function _isOwn(bytes32 previous, uint256 akKey) private view returns (bool) {
        return previous != 0 && _records[previous].akKeyOf() == akKey && !_records[previous].isErased();
    }

    /// @dev Honest evidence never names a key that lives in another TPM, so the AK that did is revoked.
    /// @param replaced as `_requireFreeKey` says
    function _replaceUnproven(Judgement memory j, uint256 replaced) private {
        if (replaced & 1 != 0) _eraseSquatter(j.key.hash);
        if (replaced & 2 != 0) _eraseSquatter(Identity.otherHash(j.key));
    }

    function _eraseSquatter(bytes32 identityHash) private {
        Record.Stored storage r = _records[identityHash];
        uint256 akKey = r.akKeyOf();
        _akFlags[akKey] = AK_REVOKED | (r.status & Record.SUSPENDED == 0 ? 0 : AK_SUSPENDED);
        _erase(identityHash);
        emit UnprovenReplaced(identityHash, akKey);
        emit AttestationKeyRevoked(akKey, true);
    }

    /// @dev The key may come back, in either spelling: its nonce goes on in both, since a signature names neither.
    function _erase(bytes32 identityHash) private {
        Record.Stored storage r = _records[identityHash];
        _records[Identity.otherSpelling(identityHash, r.keyX, r.keyY)].raiseNonce(r.nonceOf());
        r.erase();
        delete _operatorOf[identityHash];
    }

    /// @dev Evidence time never lowers a recorded time; evidence without teeFresh never moves the TEE time, nor a
    /// successor's: an old TEE statement beside a new quote would live for ever.
    function _inherit(uint256 next, uint256 old) private pure returns (uint256) {
        (uint40 teeTime, uint40 tpmTime) = Record.times(next);
        (uint40 oldTeeTime, uint40 oldTpmTime) = Record.times(old);
        if (next & Record.TEE_FRESH == 0 || oldTeeTime > teeTime) teeTime = oldTeeTime;
        if (oldTpmTime > tpmTime) tpmTime = oldTpmTime;
        next = Record.withTimes(next, teeTime, tpmTime, Record.validUntil(next));
        return Record.withTTLsOf(next, old) | (old & Record.SUSPENDED);
    }

    /// @dev An unproven record is deleted and its key stays free: it may be a victim's. So is one of the same key, which
    /// lives on in its other spelling.
    /// @return flag as `_passOperator` says
    function _supersede(Judgement memory j, bytes32 previous) private returns (uint256 flag) {
        uint256 status = _records[previous].status;
        flag = _passOperator(j, previous, status);
        // A revoked record is retired already and stays as it is.
        if (Record.isRegistered(status)) {
            bool isUnproven = Record.keyProtection(status) == uint8(KeyProtection.Unproven);
            if (isUnproven || previous == Identity.otherHash(j.key)) _erase(previous);
            else _records[previous].status = Record.retire(status);
        }
        emit CVMSuperseded(previous, j.key.hash, j.akId, !_records[previous].isErased());
    }

    /// @param status of the record before
    /// @return flag HAS_OPERATOR where the successor has got its operator
    function _passOperator(
        Judgement memory j,
        bytes32 previous,
        uint256 status
    ) private returns (uint256 flag) {
        flag = status & Record.HAS_OPERATOR;
        if (flag == 0 || Record.keyProtection(j.status) < uint8(KeyProtection.TPM)) return 0;
        address operator = _operatorOf[previous];
        _operatorOf[j.key.hash] = operator;
        emit CVMOperatorUpdated(j.key.hash, operator);
    }

    // --- re-attestation of the TPM half ---

    /// @dev Same identity: its TPM half moves on. Other identity: rotation. The caller has checked who signed, and that the
    /// record is valid; `j.status` is its status with the TPM half rated anew.
    /// @param order slot of the current identity's record
    function _recordReattestation(Judgement memory j, bytes32 current, uint256 order) internal {
        uint256 akKey = _akKey(j.akId);
        if (j.status & Record.AK_REVOKED != 0) revert AKRevoked(j.akId);
        bool isRefresh = j.key.hash == current;
        uint256 replaced = isRefresh ? 0 : _requireFreeKey(j, akKey, false);
        _requireNewer(j, current);

        _replaceUnproven(j, replaced);
        (uint40 teeTime, uint40 tpmTime) = Record.times(j.status);
        if (j.evidenceTime > tpmTime) tpmTime = j.evidenceTime;
        uint256 next = j.status;
        uint40 end = Record.validUntil(next);
        if (j.trust.cloud != 0 && j.trust.notAfter < end) end = j.trust.notAfter;
        if (isRefresh) {
            // One signature, one re-attestation.
            ++order;
        } else {
            order = _records[j.key.hash].order;
            next = (next & ~Record.HAS_OPERATOR) | _passOperator(j, current, next);
            // Retired even when unproven: its key has signed for it. So its nonce, too, counts no more.
            _records[current].status = Record.retire(_records[current].status);
            _identityOf[akKey] = j.key.hash;
            emit CVMSuperseded(current, j.key.hash, j.akId, true);
        }
        _save(j, Record.withTimes(next, teeTime, tpmTime, end), akKey, order, !isRefresh);
    }

    /// @param order slot of this identity's record, with the nonce that comes next
    /// @param isNew false where this identity's key stands in the record already
    function _save(Judgement memory j, uint256 status, uint256 akKey, uint256 order, bool isNew) private {
        Record.Stored storage r = _records[j.key.hash];
        // Un-anchored evidence says no block. It leaves what a deleted record of another AK has: that AK is still asked for
        // newer evidence by it.
        uint64 recordedBlock = j.isAnchored ? j.head : Record.recordedBlockIn(order);
        r.status = status;
        if (isNew) (r.keyX, r.keyY) = (j.key.x, j.key.y);
        r.measurementHash = j.measurementHash;
        r.platformId = j.claims.platformId;
        r.order = Record.orderFrom(order, akKey, recordedBlock);
        Attestation memory attestation = Attestation({
            status: status,
            keyX: j.key.x,
            keyY: j.key.y,
            platformId: j.claims.platformId,
            quoteSha256: j.quote.attestSha256,
            statementId: j.claims.statementId,
            teeMeasurement: j.teeMeasurement,
            pcrMeasurement: j.quote.pcrMeasurement,
            selectionHash: j.quote.selectionHash,
            certifiedName: j.certified.nameHash,
            anchorBlock: j.anchorBlock,
            recordedBlock: recordedBlock
        });
        _emitAttested(j.key.hash, j.akId, j.measurementHash, attestation);
    }

    /// @dev `emit CVMAttested`, without copying the struct: twelve static words lie in memory as they are encoded.
    function _emitAttested(
        bytes32 identityHash,
        bytes32 akId,
        bytes32 measurementHash,
        Attestation memory attestation
    ) private {
        bytes32 topic = CVMAttested.selector;
        assembly ("memory-safe") {
            log4(attestation, 0x180, topic, identityHash, akId, measurementHash)
        }
    }
}
