// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AKTrust, CVMRecord} from "../../../../contracts/types/Claims.sol";
import {Ledger} from "./Ledger.sol";

/// @notice Evidence drawn from a seed, and the record that protocol §4, §5, §8 and §9 want of it.
abstract contract Expectation is Ledger {
    // PCRs of the default floor on GCP.
    uint24 private constant ALL_PCRS = 1 | (1 << 4) | (1 << 7) | (1 << 11) | (1 << 16) | (1 << 23);
    bytes32 internal constant PLATFORM_A = bytes32(uint256(0x5601));
    bytes32 internal constant PLATFORM_B = bytes32(uint256(0x5602));

    mapping(uint256 id => uint256) private _buildOf;

    // --- evidence ---

    function _form(uint256 ak, uint256 id, uint256 seed) internal view returns (Form memory form) {
        (form.ak, form.key) = (ak, _spelled[id]);
        form.age = _draw(seed, "age", 8);
        if (form.age == 7) form.age = 1 + _draw(seed, "older", 30);
        if (registry.identityOf(_akId(ak)) == 0 && _draw(seed, "first", 2) == 0) form.age = 0;
        form.class = _classOf(ak, _draw(seed, "class", 8));
        form.certification = _isInTPM(id, ak) ? uint8([0, 1, 2, 2][_draw(seed, "certification", 4)]) : 0;
        form.chain = uint8([0, 1, 2, 2, 2, 2][_draw(seed, "chain", 6)]);
        form.isTrusted = form.chain == 2 || (form.chain == 0 && _isKnownToBeTrusted(form));
        form.namesAk = _draw(seed, "names", 8) != 0;
        form.build = _draw(seed, "build", 4) == 0 ? 1 : 0;
        form.platformId = [bytes32(0), PLATFORM_A, PLATFORM_B, PLATFORM_B][_draw(seed, "platform", 4)];
        form.validUntil = _draw(seed, "end", 4) == 0 ? uint40(block.timestamp + 3 days) : FAR;
        form.tcbStatus = uint8([1, 1, 2, 5][_draw(seed, "tcb", 4)]);
        if (form.class.tee == 2) {
            form.product = uint8(1 + _draw(seed, "product", 2));
            form.keyType = _draw(seed, "key type", 4) == 0 ? 1 : 0;
        }
        form.pcrs = _draw(seed, "pcrs", 4) == 0 ? 1 : ALL_PCRS;
        _spoil(form, seed);
    }

    /// @dev A fifth has a flaw, where it can have it.
    function _spoil(Form memory form, uint256 seed) private pure {
        Flaw flaw = Flaw(_draw(seed, "flaw", uint256(type(Flaw).max) + 1));
        if (_draw(seed, "is flawed", 5) != 0) return;
        if (flaw == Flaw.OtherCertification && form.certification == 0) return;
        bool isOfAnchor = flaw != Flaw.OtherCertification && flaw != Flaw.OtherIdentity;
        if (isOfAnchor && form.age == 0) return;
        form.flaw = flaw;
    }

    function _draw(uint256 seed, bytes32 what, uint256 count) private pure returns (uint256) {
        return _mix(seed, what) % count;
    }

    function _isKnownToBeTrusted(Form memory form) private view returns (bool) {
        AKTrust memory trust = registry.akCertificates().trustOf(_akId(form.ak), form.class.cloud);
        return trust.cloud != 0 && trust.isTrusted;
    }

    /// @notice What a re-attestation of a record must repeat, seldom another build.
    function _recall(Form memory form, CVMRecord memory r, uint256 id, uint256 seed) internal view {
        form.class = Class(r.cloud, r.tee, r.reportType);
        form.isTrusted = form.chain == 2 || (form.chain == 0 && _isKnownToBeTrusted(form));
        form.build = _draw(seed, "other build", 8) == 0 ? 1 : _buildOf[id];
        form.pcrs = r.measuredPcrs;
        if (form.age == 0 && seed % 8 != 0) form.age = 1;
    }

    function _akOf(CVMRecord memory r) internal view returns (uint256 ak) {
        while (ak < AKS && (!r.registered || _akKey(ak) != r.akKey)) ++ak;
    }

    /// @notice What an honest machine shows, of a class and on a platform that the seed says.
    function _trueForm(uint256 ak, uint256 id, uint256 seed) internal view returns (Form memory form) {
        form = _form(ak, id, seed);
        (form.age, form.chain, form.isTrusted, form.namesAk) = (1, 2, true, true);
        (form.validUntil, form.tcbStatus, form.keyType, form.build, form.pcrs) = (FAR, 1, 0, 0, ALL_PCRS);
        form.certification = _isInTPM(id, ak) ? 2 : 0;
        form.flaw = Flaw.None;
    }

    /// @notice What an honest machine shows of a record that it serves.
    function _trueAgain(uint256 id, uint256 to, bool isCertified) internal view returns (Form memory form) {
        CVMRecord memory r = _record(id);
        form = _trueForm(_akOf(r), to, 0);
        form.class = Class(r.cloud, r.tee, r.reportType);
        (form.build, form.pcrs) = (_buildOf[id], r.measuredPcrs);
        if (!isCertified) form.certification = 0;
    }

    // --- rules ---

    function _pcrTrust(Form memory form) private pure returns (uint8) {
        if (!form.isTrusted) return 0;
        return _isAzure(form) ? 2 : 1;
    }

    function _protection(Form memory form) internal pure returns (uint8) {
        return form.isTrusted ? form.certification : 0;
    }

    function _measurement(Form memory form) private pure returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    keccak256("cvm-registry.measurement.v1"),
                    form.class.cloud,
                    form.class.tee,
                    _pcrTrust(form),
                    _teeMeasurement(form),
                    PCR_MEASUREMENT
                )
            );
    }

    /// @param old record that the AK served, with cloud 0 when there is none
    function _attested(
        Form memory form,
        uint256 id,
        CVMRecord memory old
    ) internal view returns (CVMRecord memory r) {
        uint40 time = uint40(block.timestamp - form.age);
        (r.teeTime, r.tpmTime, r.teeTTL, r.tpmTTL) = (time, time, 30 days, 60 days);
        if (old.cloud != 0) {
            if (!form.namesAk || form.age == 0 || old.teeTime > time) r.teeTime = old.teeTime;
            if (old.tpmTime > time) r.tpmTime = old.tpmTime;
            (r.teeTTL, r.tpmTTL) = (old.teeTTL, old.tpmTTL);
        }
        (r.cloud, r.tee, r.reportType) = (form.class.cloud, form.class.tee, form.class.reportType);
        r.classEpoch = epochOf(r.cloud, r.tee, r.reportType);
        r.assurance.teeFresh = form.namesAk && form.age != 0;
        r.assurance.teeNamesAk = form.namesAk;
        r.assurance.quoteNamesTee = form.age != 0;
        r.assurance.runtimeClaims = _isAzure(form);
        r.assurance.tcbStatus = form.tcbStatus;
        r.assurance.keyType = form.keyType;
        r.assurance.product = form.product;
        r.assurance.keyProtection = _protection(form);
        (r.validUntil, r.measuredPcrs, r.platformId) = (form.validUntil, form.pcrs, form.platformId);
        _fillTPMHalf(r, form, id);
    }

    /// @param old record of the identity that signed
    function _reattested(
        Form memory form,
        uint256 to,
        uint256 from,
        CVMRecord memory old
    ) internal view returns (CVMRecord memory r) {
        r = abi.decode(abi.encode(old), (CVMRecord));
        uint40 time = uint40(block.timestamp - form.age);
        if (time > r.tpmTime) r.tpmTime = time;
        bool isKept = to == from && form.certification == 0 && form.isTrusted;
        if (!isKept) r.assurance.keyProtection = _protection(form);
        _fillTPMHalf(r, form, to);
    }

    function _fillTPMHalf(CVMRecord memory r, Form memory form, uint256 id) private view {
        r.registered = true;
        r.suspended = suspended[form.ak];
        r.assurance.tpmFresh = form.age != 0;
        r.assurance.akCertified = form.isTrusted;
        r.assurance.pcrTrust = _pcrTrust(form);
        (r.keyX, r.keyY) = (form.key.x, form.key.y);
        r.measurementHash = _measurement(form);
        r.akKey = _akKey(form.ak);
        r.recordedBlock = form.age == 0 ? _placeRecorded[hashOf[id]] : uint48(block.number);
        r.nonce = _record(id).nonce;
    }

    // --- after an act ---

    function _requireSound(Form memory form) internal {
        if (form.flaw != Flaw.None) _break("flawed evidence was recorded");
        if (registry.akRevoked(_akId(form.ak))) _break("evidence of a revoked AK was recorded");
        if (form.age == 0 && !form.namesAk && !_isAzure(form)) _break("nothing binds TEE and AK");
        if (form.age != 0 && block.number - form.age < _lastRecorded[form.ak])
            _break("evidence was recorded that is not newer");
    }

    /// @dev Protocol §9: TEE valid, record not suspended.
    function _requireReattestable(uint256 ak, CVMRecord memory old) internal {
        if (!old.registered || old.suspended) _break("re-attested an ended or suspended record");
        if (old.akKey != _akKey(ak)) _break("re-attested by another AK");
        bool isOver =
            block.timestamp >= old.validUntil || block.timestamp >= uint256(old.teeTime) + old.teeTTL;
        if (isOver) _break("re-attested an expired TEE half");
        if (platformRevoked[old.platformId]) _break("re-attested on a revoked platform");
        bool isCurrent = old.classEpoch == epochOf(old.cloud, old.tee, old.reportType);
        if (!isCurrent) _break("re-attested a class that was re-opened");
    }

    function _requireRecord(uint256 id, CVMRecord memory due) internal {
        CVMRecord memory r = _record(id);
        if (r.teeTime != due.teeTime || r.tpmTime != due.tpmTime) _break("a time is not of its evidence");
        if (r.suspended != due.suspended) _break("a suspension was lost or made");
        if (!_equal(r, due)) _break("a record is not what its evidence says");
    }

    /// @dev Proven evidence replaces unproven records of its key under other AKs, and revokes these.
    /// @return mayEnd what may be replaced beside the identity itself
    function _replaced(
        Form memory form,
        uint256 id,
        CVMRecord[] memory old
    ) internal returns (uint256 mayEnd) {
        bool isProven = form.age != 0 && _protection(form) != 0;
        for (uint256 i = 0; i < 2; ++i) {
            uint256 spelling = i == 0 ? id : id ^ 1;
            CVMRecord memory r = old[spelling];
            if (!r.registered || r.akKey == _akKey(form.ak)) continue;
            if (!isProven || r.assurance.keyProtection != 0) _break("another AK's record was replaced");
            if (!registry.akRevoked(bytes32(r.akKey << 96))) _break("a replaced AK is not revoked");
            revoked[r.akKey] = true;
            delete operators[hashOf[spelling]];
            mayEnd |= 1 << spelling;
            _accept("replace");
        }
    }

    function _passOperator(uint256 from, uint256 to, Form memory form) internal {
        if (from == NONE || _protection(form) == 0) return;
        address operator = operators[hashOf[from]];
        if (operator == address(0)) return;
        operators[hashOf[to]] = operator;
        _accept("inherit operator");
    }

    function _note(Form memory form, uint256 id) internal {
        if (form.age != 0) _lastRecorded[form.ak] = block.number;
        if (form.age != 0) _placeRecorded[hashOf[id]] = uint48(block.number);
        _buildOf[id] = form.build;
    }
}
