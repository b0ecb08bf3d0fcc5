// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {P256} from "../../crypto/P256.sol";
import {CodeStorage} from "../../storage/CodeStorage.sol";
import {CAHead, CollateralWords, Heads, QEHead, TCBHead} from "./CollateralWords.sol";
import {DenyList} from "./DenyList.sol";
import {EvaluationNumbersFields} from "./documents/EvaluationNumbers.sol";
import {QEIdentityFields} from "./documents/QEIdentity.sol";
import {TCBInfoFields} from "./documents/TCBInfo.sol";
import {IntelCertificates} from "./IntelCertificates.sol";
import {IntelCRLs} from "./IntelCRLs.sol";
import {IntelDocuments} from "./IntelDocuments.sol";

/// @title What Intel signs and many quotes share
/// @notice Permissionless: the exact signed bytes are verified under Intel's root key and parsed here, so nobody needs
/// a right to bring newer documents and nobody can roll one back. Governance chooses which evaluation number counts,
/// and may only raise it.
contract IntelCollateral is IntelCRLs, DenyList {
    /// @dev The identity's code blob and its issue date, which only an upsert reads.
    struct QEDocument {
        address blob;
        uint40 issueDate;
    }

    /// @dev tcbEvaluationDataNumber and tcbRecoveryEventDate of Intel's list, newest first.
    struct Evaluation {
        uint16 number;
        uint40 recoveryDate;
    }

    /// @notice Intel gives a recovery twelve months before platforms behind it are out of date by its standard rule.
    uint256 private constant STANDARD_AGE = 365 days;

    IntelDocuments private immutable DOCUMENTS;

    mapping(bytes6 fmspc => mapping(uint256 number => TCBHead)) private _tcbInfos;
    mapping(uint256 number => QEHead) private _qeHeads;
    mapping(uint256 number => QEDocument) private _qeDocuments;
    uint16 private _qeVersion;
    Evaluation[] private _evaluations;
    uint40 private _evaluationsIssued;

    /// @param advisories for each level, then each module level: count u8 ‖ count × number of the INTEL-SA u16
    event TCBInfoUpdated(
        bytes6 indexed fmspc,
        uint256 indexed number,
        uint256 issueDate,
        uint256 nextUpdate,
        bytes advisories
    );
    event QEIdentityUpdated(uint256 indexed number, uint256 issueDate, uint256 nextUpdate, uint256 version);
    event EvaluationNumbersUpdated(uint256 issueDate, uint256 nextUpdate, uint256[] numbers);
    /// @notice Verdicts rest on TCB info and QE identity of these evaluation numbers from now on.
    event ActiveEvaluationSet(uint256 tcbInfo, uint256 qeIdentity);

    /// @notice An evaluation number may only rise, and is never 0.
    error EvaluationLowered(uint256 tcbInfo, uint256 qeIdentity);

    /// @param documents reader of what Intel signs as JSON
    /// @param tcbInfo first active tcbEvaluationDataNumber for TCB info
    /// @param qeIdentity the same for the QE identity; Intel numbers both alike, but not always on the same day
    constructor(
        bytes32 rootX,
        bytes32 rootY,
        address authority,
        IntelDocuments documents,
        uint16 tcbInfo,
        uint16 qeIdentity
    ) IntelCertificates(rootX, rootY) AccessManaged(authority) {
        DOCUMENTS = documents;
        _setActive(tcbInfo, qeIdentity);
    }

    // --- documents, by anybody ---

    /// @param json the exact bytes of the inner object `tcbInfo`
    /// @param signature r‖s by the TCB signing key over them
    function upsertTCBInfo(bytes calldata json, bytes calldata signature) external {
        uint256 signerUntil = _requireSigner();
        if (!_isSigned(json, signature)) revert TDXTCBInfoSignatureWrong();
        TCBInfoFields memory info = DOCUMENTS.readTCBInfo(json);
        if (block.timestamp < info.issueDate || block.timestamp > info.nextUpdate)
            revert TDXTCBInfoOutOfDate(info.issueDate, info.nextUpdate);
        TCBHead held = _tcbInfos[info.fmspc][info.number];
        _requireNewer(held.issueDate(), info.issueDate);
        address blob = held.blob();
        if (!CodeStorage.holds(blob, info.blob)) blob = CodeStorage.write(info.blob);
        _tcbInfos[info.fmspc][info.number] = CollateralWords.packTCB(
            blob,
            info.issueDate,
            _min(info.nextUpdate, signerUntil)
        );
        emit TCBInfoUpdated(info.fmspc, info.number, info.issueDate, info.nextUpdate, info.advisories);
    }

    /// @param json the exact bytes of the inner object `enclaveIdentity` of the TD quoting enclave
    /// @param signature r‖s by the TCB signing key over them
    function upsertQEIdentity(bytes calldata json, bytes calldata signature) external {
        uint256 signerUntil = _requireSigner();
        if (!_isSigned(json, signature)) revert TDXQEIdentitySignatureWrong();
        QEIdentityFields memory qe = DOCUMENTS.readQEIdentity(json);
        if (block.timestamp < qe.issueDate || block.timestamp > qe.nextUpdate)
            revert TDXQEIdentityOutOfDate(qe.issueDate, qe.nextUpdate);
        QEDocument storage document = _qeDocuments[qe.number];
        _requireNewer(document.issueDate, qe.issueDate);
        document.issueDate = uint40(qe.issueDate);
        uint256 version = _qeHeads[qe.number].version();
        if (!CodeStorage.holds(document.blob, qe.blob)) {
            document.blob = CodeStorage.write(qe.blob);
            // One count for all evaluation numbers: a host remembered under one of them is not known under another.
            version = ++_qeVersion;
        }
        uint256 until = _min(qe.nextUpdate, signerUntil);
        _qeHeads[qe.number] = CollateralWords.packQE(qe.levels, until, version);
        emit QEIdentityUpdated(qe.number, qe.issueDate, qe.nextUpdate, version);
    }

    /// @notice Intel's list of evaluation numbers: information for those who raise the active one.
    /// @param json the exact bytes of the inner object `tcbEvaluationDataNumbers`
    function upsertEvaluationNumbers(bytes calldata json, bytes calldata signature) external {
        _requireSigner();
        if (!_isSigned(json, signature)) revert TDXEvaluationNumbersSignatureWrong();
        EvaluationNumbersFields memory list = DOCUMENTS.readEvaluationNumbers(json);
        if (block.timestamp < list.issueDate || block.timestamp > list.nextUpdate)
            revert TDXEvaluationNumbersOutOfDate(list.issueDate, list.nextUpdate);
        _requireNewer(_evaluationsIssued, list.issueDate);
        _evaluationsIssued = uint40(list.issueDate);
        delete _evaluations;
        for (uint256 i = 0; i < list.numbers.length; ++i)
            _evaluations.push(Evaluation(uint16(list.numbers[i]), uint40(list.recoveryDates[i])));
        emit EvaluationNumbersUpdated(list.issueDate, list.nextUpdate, list.numbers);
    }

    // --- governance ---

    /// @notice Raises the evaluation numbers that verdicts rest on. Bump the class epoch with it where the verdicts
    /// given under the old ones no longer stand.
    function setActiveEvaluation(uint16 tcbInfo, uint16 qeIdentity) external restricted {
        _setActive(tcbInfo, qeIdentity);
    }

    // --- what verifiers read ---

    /// @notice Everything a verdict on a host rests on, in four slots.
    function headsFor(
        uint8 caId,
        bytes6 fmspc
    ) external view returns (Heads heads, CAHead ca, TCBHead tcb, QEHead qe) {
        heads = _heads;
        ca = _cas[caId].head;
        tcb = _tcbInfos[fmspc][heads.activeTCBInfo()];
        qe = _qeHeads[heads.activeQEIdentity()];
    }

    /// @notice Where the serials revoked by a CA and the active QE identity are kept as code.
    function blobsFor(uint8 caId) external view returns (address serials, address qeIdentity) {
        return (_crlSerials(caId), _qeDocuments[_heads.activeQEIdentity()].blob);
    }

    // --- what people read ---

    /// @notice Evaluation numbers that verdicts rest on.
    function activeEvaluation() external view returns (uint256 tcbInfo, uint256 qeIdentity) {
        return (_heads.activeTCBInfo(), _heads.activeQEIdentity());
    }

    /// @notice The number Intel's standard rule would choose today: the highest whose recovery is a year old; 0 when the
    /// list says nothing.
    function standardEvaluation() external view returns (uint256) {
        for (uint256 i = 0; i < _evaluations.length; ++i)
            if (_evaluations[i].recoveryDate + STANDARD_AGE <= block.timestamp) return _evaluations[i].number;
        return 0;
    }

    /// @notice Until when each document holds that a quote of this FMSPC and CA name needs; 0 where none is held.
    function collateralDates(
        bytes6 fmspc,
        bytes32 caSubjectHash
    )
        external
        view
        returns (
            uint40 rootCrlNext,
            uint40 pckCrlNext,
            uint40 qeNext,
            uint40 tcbNext,
            uint16 activeTcb,
            uint16 activeQe
        )
    {
        activeTcb = uint16(_heads.activeTCBInfo());
        activeQe = uint16(_heads.activeQEIdentity());
        rootCrlNext = uint40(_heads.rootCRLNextUpdate());
        pckCrlNext = uint40(_cas[_idOfSubject[caSubjectHash]].head.nextUpdate());
        qeNext = uint40(_qeHeads[activeQe].usableUntil());
        tcbNext = uint40(_tcbInfos[fmspc][activeTcb].usableUntil());
    }

    /// @notice TCB info of an evaluation number, active or not.
    function tcbInfoOf(
        bytes6 fmspc,
        uint256 number
    ) external view returns (address blob, uint256 issueDate, uint256 usableUntil) {
        TCBHead tcb = _tcbInfos[fmspc][number];
        return (tcb.blob(), tcb.issueDate(), tcb.usableUntil());
    }

    /// @notice QE identity of an evaluation number, active or not.
    function qeIdentityOf(
        uint256 number
    ) external view returns (address blob, uint256 issueDate, uint256 usableUntil, uint256 version) {
        QEHead qe = _qeHeads[number];
        return (_qeDocuments[number].blob, _qeDocuments[number].issueDate, qe.usableUntil(), qe.version());
    }

    /// @notice keccak256 of the TBSCertificate of root and TCB signing certificate, as proof journals name them.
    function certificateHashes() external view returns (bytes32 root, bytes32 tcbSigning) {
        return (_rootContentHash, _signer.contentHash);
    }

    function _setActive(uint256 tcbInfo, uint256 qeIdentity) private {
        Heads heads = _heads;
        bool isLower = tcbInfo < heads.activeTCBInfo() || qeIdentity < heads.activeQEIdentity();
        if (isLower || tcbInfo == 0 || qeIdentity == 0) revert EvaluationLowered(tcbInfo, qeIdentity);
        _heads = heads.withActive(tcbInfo, qeIdentity);
        emit ActiveEvaluationSet(tcbInfo, qeIdentity);
    }

    /// @dev Until when the signer's documents may be used at most.
    function _requireSigner() private view returns (uint256 until) {
        if (_signer.contentHash == 0) revert TDXSignerMissing();
        until = _signer.notAfter;
        if (block.timestamp > until) revert TDXSignerOutOfDate(_signer.notBefore, until);
        if (_heads.isSignerRevoked()) revert TDXSignerRevoked(_signer.serial);
    }

    function _isSigned(bytes calldata json, bytes calldata signature) private view returns (bool) {
        if (signature.length != 64) return false;
        (bytes32 r, bytes32 s) = (bytes32(signature[:32]), bytes32(signature[32:]));
        return P256.verify(sha256(json), r, s, _signer.x, _signer.y);
    }
}
