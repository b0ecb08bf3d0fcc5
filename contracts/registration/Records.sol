// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CVMRecord} from "../types/Claims.sol";
import {KeyProtection} from "../types/Claims.sol";
import {IAKErrors} from "../interfaces/IAKErrors.sol";
import {ICVMRegistry} from "../interfaces/ICVMRegistry.sol";
import {IRegistryErrors} from "../interfaces/IRegistryErrors.sol";
import {Judgement} from "./Judgement.sol";
import {Record} from "./Record.sol";

/// @title Records and their life cycle
/// @notice Who may create, renew, supersede or replace a record (protocol §2, §8, §9). Judges no evidence.
abstract contract Records is ICVMRegistry, IRegistryErrors, IAKErrors {
    using Record for Record.Stored;

    // Protocol §9.
    uint32 private constant DEFAULT_TEE_TTL = 30 days;
    uint32 private constant DEFAULT_TPM_TTL = 60 days;

    mapping(bytes32 identityHash => Record.Stored) internal _records;
    /// @dev Keyed by akId >> 96, like everything of an AK. Never cleared: an AK is recorded for ever.
    mapping(uint256 akKey => bytes32 identityHash) internal _identityOf;
    mapping(uint256 akKey => bool) internal _akRevoked;
    mapping(bytes32 identityHash => bool) internal _retired;
    mapping(bytes32 identityHash => address) internal _operatorOf;
    mapping(uint256 class => uint16) internal _epoch;
    mapping(bytes32 platformId => bool) internal _platformRevoked;

    function _akKey(bytes32 akId) internal pure returns (uint256) {
        return uint256(akId) >> 96;
    }

    /// @dev Cloud × TEE × report type.
    function _class(uint8 cloud, uint8 tee, uint8 reportType) internal pure returns (uint256) {
        return (uint256(cloud) << 16) | (uint256(tee) << 8) | reportType;
    }

    /// @dev All refusals first, in the catalogue's order, then all writes.
    function _recordEvidence(Judgement memory j) internal {
        uint256 akKey = _akKey(j.akId);
        if (_akRevoked[akKey]) revert AKRevoked(j.akId);
        if (_retired[j.key.hash]) revert IdentityRetired(j.key.hash);
        if (_retired[j.key.otherHash]) revert IdentityRetired(j.key.otherHash);
        bool replaces = _requireFree(j, akKey, j.key.hash);
        bool replacesOther = _requireFree(j, akKey, j.key.otherHash);
        bytes32 previous = _identityOf[akKey];
        _requireNewer(j, previous);

        if (replaces) _replaceUnproven(j.key.hash);
        if (replacesOther) _replaceUnproven(j.key.otherHash);
        CVMRecord memory next = _build(j, akKey);
        if (previous != 0) _inherit(j, next, previous);
        if (previous != j.key.hash) {
            _identityOf[akKey] = j.key.hash;
            if (previous != 0) _supersede(j, previous);
        }
        _records[j.key.hash].save(next);
        _announce(j, next);
    }

    /// @dev A live record under this spelling is refused, but for a renewal and for an unproven one of another AK
    /// that proven evidence replaces: anybody can quote a victim's identity with an AK of his own.
    /// @return replaces an unproven record has to go
    function _requireFree(
        Judgement memory j,
        uint256 akKey,
        bytes32 identityHash
    ) private view returns (bool replaces) {
        Record.Stored storage held = _records[identityHash];
        if (!held.isRegistered()) return false;
        bool isSameAK = held.akKeyOf() == akKey;
        if (isSameAK && identityHash == j.key.hash) return false;
        replaces =
            !isSameAK &&
            j.isAnchored &&
            j.assurance.keyProtection >= uint8(KeyProtection.TPM) &&
            held.keyProtectionOf() == uint8(KeyProtection.Unproven);
        if (!replaces) revert IdentityTaken(identityHash);
    }

    /// @dev The only replay guard: evidence anchored at or above the head of the last recording is newer in real
    /// time, whatever the TPM's counters say.
    function _requireNewer(Judgement memory j, bytes32 previous) private view {
        if (previous == 0) return;
        if (!j.isAnchored) revert UnanchoredForRecordedAK(j.akId);
        uint48 recorded = _records[previous].recordedBlockOf();
        if (j.anchorBlock < recorded) revert EvidenceNotNewer(recorded);
    }

    /// @dev Honest evidence never names a key that lives in another TPM, so the AK that did is revoked.
    function _replaceUnproven(bytes32 identityHash) private {
        Record.Stored storage held = _records[identityHash];
        uint256 akKey = held.akKeyOf();
        held.erase();
        delete _operatorOf[identityHash];
        _akRevoked[akKey] = true;
        emit UnprovenReplaced(identityHash, akKey);
        emit AttestationKeyRevoked(akKey, true);
    }

    function _build(Judgement memory j, uint256 akKey) private view returns (CVMRecord memory next) {
        next.registered = true;
        next.cloud = j.cloud;
        next.tee = j.tee;
        next.reportType = j.reportType;
        next.assurance = j.assurance;
        next.teeTime = j.evidenceTime;
        next.tpmTime = j.evidenceTime;
        next.validUntil = j.claims.validUntil;
        if (j.trust.cloud == j.cloud && j.trust.notAfter < next.validUntil)
            next.validUntil = j.trust.notAfter;
        next.teeTTL = DEFAULT_TEE_TTL;
        next.tpmTTL = DEFAULT_TPM_TTL;
        next.measuredPcrs = j.quote.measuredPcrs;
        next.classEpoch = _epoch[_class(j.cloud, j.tee, j.reportType)];
        next.keyX = j.key.x;
        next.keyY = j.key.y;
        next.measurementHash = j.measurementHash;
        next.platformId = j.claims.platformId;
        next.akKey = akKey;
        next.recordedBlock = j.isAnchored ? uint48(j.head) : 0;
        next.nonce = _records[j.key.hash].nonceOf();
    }

    /// @dev Evidence time never lowers a recorded time; evidence without teeFresh never moves the TEE time, nor a
    /// successor's: an old TEE statement beside a new quote would live for ever.
    function _inherit(Judgement memory j, CVMRecord memory next, bytes32 previous) private view {
        CVMRecord memory old = _records[previous].load();
        next.suspended = old.suspended;
        next.teeTTL = old.teeTTL;
        next.tpmTTL = old.tpmTTL;
        if (!j.assurance.teeFresh || old.teeTime > next.teeTime) next.teeTime = old.teeTime;
        if (old.tpmTime > next.tpmTime) next.tpmTime = old.tpmTime;
    }

    function _supersede(Judgement memory j, bytes32 previous) private {
        Record.Stored storage old = _records[previous];
        bool isUnproven = old.keyProtectionOf() == uint8(KeyProtection.Unproven);
        address operator = _operatorOf[previous];
        if (j.assurance.keyProtection >= uint8(KeyProtection.TPM) && operator != address(0)) {
            _operatorOf[j.key.hash] = operator;
            emit CVMOperatorUpdated(j.key.hash, operator);
        }
        // A revoked record is retired already and stays as it is.
        if (old.isRegistered()) {
            if (isUnproven) {
                old.erase();
                delete _operatorOf[previous];
            } else {
                old.status &= ~Record.REGISTERED;
                _retired[previous] = true;
            }
        }
        emit CVMSuperseded(previous, j.key.hash, j.akId, _retired[previous]);
    }

    function _announce(Judgement memory j, CVMRecord memory next) private {
        emit CVMAttested(
            j.key.hash,
            j.akId,
            j.measurementHash,
            Attestation({
                status: Record.pack(next),
                keyX: next.keyX,
                keyY: next.keyY,
                platformId: next.platformId,
                quoteSha256: j.quoteSha256,
                statementId: j.claims.statementId,
                teeMeasurement: j.teeMeasurement,
                pcrMeasurement: j.quote.pcrMeasurement,
                selectionHash: j.quote.selectionHash,
                certifiedName: j.certified.nameHash,
                anchorBlock: j.anchorBlock,
                recordedBlock: next.recordedBlock
            })
        );
    }
}
