// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {P256} from "../../crypto/P256.sol";
import {SHA256} from "../../crypto/SHA256.sol";
import {CodeStorage} from "../../storage/CodeStorage.sol";
import {CAHead, CollateralWords, DocumentHead, Heads, Standing} from "./CollateralWords.sol";
import {DenyList} from "./DenyList.sol";
import {EvaluationNumbersFields} from "./documents/EvaluationNumbers.sol";
import {QEIdentityFields} from "./documents/QEIdentity.sol";
import {TCBInfoFields} from "./documents/TCBInfo.sol";
import {IntelCertificates} from "./IntelCertificates.sol";
import {IntelDocuments} from "./IntelDocuments.sol";
import {Standings} from "./Standings.sol";

/// @title What Intel signs and many quotes share
/// @notice Permissionless: the exact signed bytes are verified under Intel's root key and parsed here, so nobody needs
/// a right to bring newer documents and nobody can roll one back. Governance chooses which evaluation number counts,
/// and may only raise it.
contract IntelCollateral is Standings, DenyList {
    /// @dev tcbEvaluationDataNumber and tcbRecoveryEventDate of Intel's list, newest first.
    struct Evaluation {
        uint16 number;
        uint40 recoveryDate;
    }

    /// @notice Intel gives a recovery twelve months before platforms behind it are out of date by its standard rule.
    uint256 private constant STANDARD_AGE = 365 days;

    IntelDocuments private immutable DOCUMENTS;

    /// @dev By FMSPC, signing key and evaluation number in one key: a hash less at every use.
    mapping(bytes32 fmspcAndSet => DocumentHead) private _tcbInfos;
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
    event QEIdentityUpdated(uint256 indexed number, uint256 issueDate, uint256 nextUpdate);
    event EvaluationNumbersUpdated(uint256 issueDate, uint256 nextUpdate, uint256[] numbers);
    /// @notice Verdicts rest on TCB info and QE identity of these evaluation numbers from now on.
    event ActiveEvaluationSet(uint256 tcbInfo, uint256 qeIdentity);

    /// @notice An evaluation number may only rise.
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
        bytes32 key = _key(info.fmspc, _heads.setOf(info.number));
        DocumentHead held = _tcbInfos[key];
        _requireNewer(held.issueDate(), info.issueDate);
        (address blob, ) = _keep(held.blob(), info.blob);
        uint256 until = _min(info.nextUpdate, signerUntil);
        _tcbInfos[key] = CollateralWords.packDocument(blob, info.issueDate, until, 0);
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
        Heads heads = _heads;
        uint256 set = heads.setOf(qe.number);
        DocumentHead held = _qeIdentities[set];
        _requireNewer(held.issueDate(), qe.issueDate);
        (address blob, bool isNew) = _keep(held.blob(), bytes.concat(qe.blob, bytes24(uint192(qe.levels))));
        uint256 version = held.version();
        if (isNew) {
            // One count for all evaluation numbers: a host remembered under one of them is not known under another.
            version = heads.qeVersions() + 1;
            _heads = heads.withQEVersions(version);
        }
        uint256 until = _min(qe.nextUpdate, signerUntil);
        _qeIdentities[set] = CollateralWords.packDocument(blob, qe.issueDate, until, version);
        if (qe.number == heads.activeQEIdentity()) {
            if (isNew) _setActiveQE(blob);
            else _refreshStandings();
        }
        emit QEIdentityUpdated(qe.number, qe.issueDate, qe.nextUpdate);
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

    /// @notice Everything a verdict on a host rests on, in two slots.
    /// @dev Called with every quote: of all selectors this is the lowest, which dispatch compares first (370 gas).
    function readStanding(
        bytes6 fmspc,
        uint8 caId
    ) external view returns (Standing standing, DocumentHead tcbInfo) {
        standing = _standings[caId];
        tcbInfo = _tcbInfos[_key(fmspc, standing.tcbInfoSet())];
    }

    /// @notice The same with where the serials revoked by the CA and the active QE identity are kept as code.
    function readHost(
        bytes6 fmspc,
        uint8 caId
    ) external view returns (Standing standing, DocumentHead tcbInfo, address serials, address qeIdentity) {
        standing = _standings[caId];
        tcbInfo = _tcbInfos[_key(fmspc, standing.tcbInfoSet())];
        serials = _crlSerials(caId);
        qeIdentity = _activeQEBlob;
    }

    /// @notice Says which of a CA's certificate and the revocation lists keeps a standing from being usable, if one does.
    function requireLists(uint8 caId) external view {
        CAHead ca = _cas[caId].head;
        if (block.timestamp > ca.notAfter()) revert TDXIntermediateOutOfDate(ca.notBefore(), ca.notAfter());
        uint256 next = _heads.rootCRLNextUpdate();
        if (next == 0) revert TDXRootCRLMissing();
        if (block.timestamp > next) revert TDXRootCRLOutOfDate(_heads.rootCRLThisUpdate(), next);
        if (ca.isRevoked()) revert TDXIntermediateRevoked(_cas[caId].serial);
        next = ca.nextUpdate();
        if (next == 0) revert TDXPCKCRLMissing(_cas[caId].subjectHash);
        if (block.timestamp > next) revert TDXPCKCRLOutOfDate(ca.thisUpdate(), next);
    }

    /// @notice Says what is wrong with the QE identity, if something is.
    function requireQEIdentity() external view {
        if (_heads.isSignerRevoked()) revert TDXSignerRevoked(_signer.serial);
        uint256 number = _heads.activeQEIdentity();
        DocumentHead qe = _qeIdentities[_heads.setOf(number)];
        uint256 until = qe.usableUntil();
        if (until == 0) revert TDXQEIdentityMissing(number);
        if (block.timestamp > until) revert TDXQEIdentityOutOfDate(qe.issueDate(), until);
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
        qeNext = uint40(_qeIdentities[_heads.setOf(activeQe)].usableUntil());
        tcbNext = uint40(_tcbInfos[_key(fmspc, _heads.setOf(activeTcb))].usableUntil());
    }

    /// @notice TCB info of an evaluation number, active or not.
    function tcbInfoOf(
        bytes6 fmspc,
        uint256 number
    ) external view returns (address blob, uint256 issueDate, uint256 usableUntil) {
        DocumentHead tcb = _tcbInfos[_key(fmspc, _heads.setOf(number))];
        return (tcb.blob(), tcb.issueDate(), tcb.usableUntil());
    }

    /// @notice QE identity of an evaluation number, active or not.
    function qeIdentityOf(
        uint256 number
    ) external view returns (address blob, uint256 issueDate, uint256 usableUntil, uint256 version) {
        DocumentHead qe = _qeIdentities[_heads.setOf(number)];
        return (qe.blob(), qe.issueDate(), qe.usableUntil(), qe.version());
    }

    /// @notice keccak256 of the TBSCertificate of root and TCB signing certificate, as proof journals name them.
    function certificateHashes() external view returns (bytes32 root, bytes32 tcbSigning) {
        return (_rootContentHash, _signer.contentHash);
    }

    function _setActive(uint256 tcbInfo, uint256 qeIdentity) private {
        Heads heads = _heads;
        bool isLower = tcbInfo < heads.activeTCBInfo() || qeIdentity < heads.activeQEIdentity();
        if (isLower) revert EvaluationLowered(tcbInfo, qeIdentity);
        _heads = heads.withActive(tcbInfo, qeIdentity);
        _setActiveQE(_qeIdentities[heads.setOf(qeIdentity)].blob());
        emit ActiveEvaluationSet(tcbInfo, qeIdentity);
    }

    function _dropDocuments() internal override {
        _heads = _heads.withSigningKeys(_heads.signingKeys() + 1);
        delete _evaluations;
        _evaluationsIssued = 0;
        _setActiveQE(address(0));
    }

    function _key(bytes6 fmspc, uint256 set) private pure returns (bytes32) {
        return bytes32(fmspc) | bytes32(set);
    }

    /// @dev Where `data` is kept: where it was, if it has not changed.
    function _keep(address held, bytes memory data) private returns (address blob, bool isNew) {
        if (CodeStorage.holds(held, data)) return (held, false);
        return (CodeStorage.write(data), true);
    }

    /// @dev Until when the signer's documents may be used at most.
    function _requireSigner() private view returns (uint256 until) {
        until = _signer.notAfter;
        if (until == 0) revert TDXSignerMissing();
        if (block.timestamp > until) revert TDXSignerOutOfDate(_signer.notBefore, until);
        if (_heads.isSignerRevoked()) revert TDXSignerRevoked(_signer.serial);
    }

    function _isSigned(bytes calldata json, bytes calldata signature) private view returns (bool) {
        if (signature.length != 64) return false;
        (bytes32 r, bytes32 s) = (bytes32(signature[:32]), bytes32(signature[32:]));
        return P256.verify(SHA256.ofCalldata(json), r, s, _signer.x, _signer.y);
    }
}
