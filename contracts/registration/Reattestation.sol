// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICVMRegistry} from "../interfaces/ICVMRegistry.sol";
import {CVMMessage} from "../messages/CVMMessage.sol";
import {PCRTrust} from "../types/Claims.sol";
import {KeyCertification, WorkloadCollaterals} from "../types/Evidence.sol";
import {CanonicalCalldata} from "./CanonicalCalldata.sol";
import {Collaterals} from "./Collaterals.sol";
import {Identity} from "./Identity.sol";
import {Judgement} from "./Judgement.sol";
import {Measurement} from "./Measurement.sol";
import {Record} from "./Record.sol";
import {TPMEvidence} from "./TPMEvidence.sol";

/// @title Re-attestation by the TPM alone
/// @notice A new quote by the recorded AK, over the PCRs as recorded, signed for by the current key: moves the TPM half of
/// a record on, or hands the record to another key of the same TPM (protocol §9). The TEE half stays what it was and
/// must still be valid; any other PCR state needs `attestCvm`.
abstract contract Reattestation is TPMEvidence {
    using Collaterals for WorkloadCollaterals;
    using Record for Record.Stored;

    // reportId then names the recorded teeMeasurement.
    uint256 private constant TEE_MEASUREMENT_LENGTH = 32;

    /// @inheritdoc ICVMRegistry
    function reattestCvmWithTpm(
        bytes32 cvmIdentityHash,
        bytes calldata signature,
        WorkloadCollaterals calldata wc
    ) external returns (bytes32) {
        CanonicalCalldata.requireCanonical();
        (Judgement memory j, uint256 order) = _judgeAK(cvmIdentityHash, wc);
        _requireQuote(j, wc);
        return _conclude(j, order, cvmIdentityHash, signature, wc.reportIdOf());
    }

    /// @inheritdoc ICVMRegistry
    function reattestCvmWithTpm(
        bytes32 cvmIdentityHash,
        bytes calldata signature,
        WorkloadCollaterals calldata wc,
        KeyCertification calldata certification
    ) external returns (bytes32) {
        CanonicalCalldata.requireCanonical();
        (Judgement memory j, uint256 order) = _judgeAK(cvmIdentityHash, wc);
        _requireCertifiedQuote(j, wc, certification);
        return _conclude(j, order, cvmIdentityHash, signature, wc.reportIdOf());
    }

    // --- steps, in the order of evaluation ---

    /// @return j judged so far
    /// @return order slot of the record: its AK and nonce
    function _judgeAK(
        bytes32 current,
        WorkloadCollaterals calldata wc
    ) private returns (Judgement memory j, uint256 order) {
        Record.Stored storage r = _live(current);
        uint256 status = r.status;
        order = r.order;
        (j.cloud, j.tee, j.reportType) = (
            Record.cloud(status),
            Record.tee(status),
            Record.reportType(status)
        );
        j.status = status;
        j.key = Identity.read(wc.identityOf());
        _readAK(j, wc);
        _rateAK(j, wc.certsOf().length != 0);
    }

    function _conclude(
        Judgement memory j,
        uint256 order,
        bytes32 current,
        bytes calldata signature,
        bytes calldata reportId
    ) private returns (bytes32) {
        // The anchor names no TEE statement here: j.claims.statementId is 0.
        _requireExtraData(j);
        if (reportId.length != TEE_MEASUREMENT_LENGTH) revert ReportIdUnexpected(reportId.length);
        if (!j.isAnchored) revert ReattestationUnanchored();
        if (_akKey(j.akId) != order >> 96) revert ReattestationAKMismatch(j.akId);
        _requireSignedBy(current, j, order, signature);
        Record.Stored storage r = _records[current];
        j.claims.platformId = r.platformId;
        _requireValidTEE(j);
        j.teeMeasurement = bytes32(reportId);
        _requireSameMeasurement(j, r.measurementHash);
        _rateAnew(j, current);
        _recordReattestation(j, current, order);
        return j.key.hash;
    }

    /// @dev The key of another identity stands in the record; that of the same one is the key given, which hashes to it.
    function _requireSignedBy(
        bytes32 current,
        Judgement memory j,
        uint256 order,
        bytes calldata signature
    ) private view {
        Record.Stored storage r = _records[current];
        bool isRefresh = j.key.hash == current;
        _requireSignature(
            CVMMessage.reattest(Record.nonceIn(order), j.quote.attestSha256),
            signature,
            isRefresh ? j.key.x : r.keyX,
            isRefresh ? j.key.y : r.keyY
        );
    }

    function _requireValidTEE(Judgement memory j) private view {
        uint256 status = j.status;
        if (status & Record.SUSPENDED != 0) revert ReattestationSuspended();
        uint256 end = Record.teeEnd(status);
        if (block.timestamp >= end) revert ReattestationTEEExpired(end);
        if (_isPlatformRevoked(j.claims.platformId)) revert ReattestationPlatformRevoked(j.claims.platformId);
        if (!_isClassCurrent(status)) revert ReattestationClassReopened(Record.epoch(status));
    }

    /// @dev Selection, values and TEE measurement are as recorded when the measurement hash comes out as recorded.
    function _requireSameMeasurement(Judgement memory j, bytes32 recorded) private pure {
        bytes32 computed = _measurementHash(j);
        if (computed != recorded) revert ReattestationMeasurementMismatch(recorded, computed);
        j.measurementHash = computed;
    }

    /// @dev The TPM half is rated anew, the TEE half is the record's.
    function _rateAnew(Judgement memory j, bytes32 current) private pure {
        (uint8 heldTrust, uint8 held) = (Record.pcrTrust(j.status), Record.keyProtection(j.status));
        j.status |= Record.TPM_FRESH;
        _rateTPM(j);
        uint8 trust = Record.pcrTrust(j.status);
        // Without a certification the same key is held as it was, unless nobody vouches for the PCRs any more.
        bool isKept = j.key.hash == current && !j.hasCertification && trust != uint8(PCRTrust.None);
        if (isKept) j.status = Record.withTrust(j.status, trust, held);
        if (trust != heldTrust) j.measurementHash = _measurementHash(j);
    }

    function _measurementHash(Judgement memory j) private pure returns (bytes32) {
        return
            Measurement.hash(
                j.cloud,
                j.tee,
                Record.pcrTrust(j.status),
                j.teeMeasurement,
                j.quote.pcrMeasurement
            );
    }
}
