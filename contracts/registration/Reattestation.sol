// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICVMRegistry} from "../interfaces/ICVMRegistry.sol";
import {CVMMessage} from "../messages/CVMMessage.sol";
import {CVMRecord, PCRTrust} from "../types/Claims.sol";
import {KeyCertification, WorkloadCollaterals} from "../types/Evidence.sol";
import {CanonicalCalldata} from "./CanonicalCalldata.sol";
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
        (Judgement memory j, CVMRecord memory recorded) = _judgeTPM(cvmIdentityHash, wc);
        return _conclude(j, recorded, cvmIdentityHash, signature, wc.reportId);
    }

    /// @inheritdoc ICVMRegistry
    function reattestCvmWithTpm(
        bytes32 cvmIdentityHash,
        bytes calldata signature,
        WorkloadCollaterals calldata wc,
        KeyCertification calldata certification
    ) external returns (bytes32) {
        CanonicalCalldata.requireCanonical();
        (Judgement memory j, CVMRecord memory recorded) = _judgeTPM(cvmIdentityHash, wc);
        _requireCertification(j, certification);
        return _conclude(j, recorded, cvmIdentityHash, signature, wc.reportId);
    }

    // --- steps, in the order of evaluation ---

    function _judgeTPM(
        bytes32 current,
        WorkloadCollaterals calldata wc
    ) private returns (Judgement memory j, CVMRecord memory recorded) {
        recorded = _live(current).load();
        (j.cloud, j.tee, j.reportType) = (recorded.cloud, recorded.tee, recorded.reportType);
        j.key = Identity.read(wc.cvmIdentity);
        j.assurance = recorded.assurance;
        _readAK(j, wc);
        _rateAK(j, wc.certs.length != 0);
        _requireQuote(j, wc);
    }

    function _conclude(
        Judgement memory j,
        CVMRecord memory recorded,
        bytes32 current,
        bytes calldata signature,
        bytes calldata reportId
    ) private returns (bytes32) {
        // The anchor names no TEE statement here: j.claims.statementId is 0.
        _requireExtraData(j);
        if (reportId.length != TEE_MEASUREMENT_LENGTH) revert ReportIdUnexpected(reportId.length);
        if (!j.isAnchored) revert ReattestationUnanchored();
        if (_akKey(j.akId) != recorded.akKey) revert ReattestationAKMismatch(j.akId);
        _requireSigned(current, CVMMessage.reattest(recorded.nonce, j.quoteSha256), signature);
        _requireValidTEE(recorded, _records[current].status);
        _measureAnew(j, recorded, bytes32(reportId));
        _rateAnew(j, recorded, current);
        _recordReattestation(j, current);
        return j.key.hash;
    }

    function _requireValidTEE(CVMRecord memory recorded, uint256 status) private view {
        if (recorded.suspended) revert ReattestationSuspended();
        uint256 end = Record.teeEnd(status);
        if (block.timestamp >= end) revert ReattestationTEEExpired(end);
        if (_isPlatformRevoked(recorded.platformId)) revert ReattestationPlatformRevoked(recorded.platformId);
        if (!_isClassCurrent(status)) revert ReattestationClassReopened(recorded.classEpoch);
    }

    /// @dev Selection, values and TEE measurement are as recorded when the measurement hash comes out as recorded.
    function _measureAnew(
        Judgement memory j,
        CVMRecord memory recorded,
        bytes32 teeMeasurement
    ) private pure {
        bytes32 computed = Measurement.hash(
            j.cloud,
            j.tee,
            recorded.assurance.pcrTrust,
            teeMeasurement,
            j.quote.pcrMeasurement
        );
        if (computed != recorded.measurementHash)
            revert ReattestationMeasurementMismatch(recorded.measurementHash, computed);
        j.teeMeasurement = teeMeasurement;
    }

    /// @dev The TPM half is rated anew, the TEE half is the record's.
    function _rateAnew(Judgement memory j, CVMRecord memory recorded, bytes32 current) private pure {
        uint8 held = recorded.assurance.keyProtection;
        j.assurance.tpmFresh = true;
        _rateTPM(j);
        // Without a certification the same key is held as it was, unless nobody vouches for the PCRs any more.
        bool isKept = j.key.hash == current && !j.hasCertification;
        if (isKept && j.assurance.pcrTrust != uint8(PCRTrust.None)) j.assurance.keyProtection = held;
        j.measurementHash = Measurement.hash(
            j.cloud,
            j.tee,
            j.assurance.pcrTrust,
            j.teeMeasurement,
            j.quote.pcrMeasurement
        );
        j.claims.validUntil = recorded.validUntil;
        j.claims.platformId = recorded.platformId;
    }
}
