// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TDReport} from "../../evidence/TDReport.sol";
import {IProofVerifier} from "../../interfaces/IProofVerifier.sol";
import {ITDXErrors} from "../../interfaces/ITDXErrors.sol";
import {ITEEVerifier} from "../../interfaces/ITEEVerifier.sol";
import {CodeStorage} from "../../storage/CodeStorage.sol";
import {TCBStatus, TEEClaims} from "../../types/Claims.sol";
import {TEEType} from "../../types/Evidence.sol";
import {JournalFormat} from "../../types/Proof.sol";
import {DCAPJournal, DCAPOutput} from "../../zk/journals/DCAPJournal.sol";
import {ProofTimes} from "../../zk/ProofTimes.sol";
import {TEEProofVerifier} from "../TEEProofVerifier.sol";
import {DocumentHead, Standing} from "./CollateralWords.sol";
import {IntelCollateral} from "./IntelCollateral.sol";
import {TDAttributes} from "./TDAttributes.sol";

/// @title Verifier of TDX quotes by proof, of one proof system
/// @notice The program has checked the quote against collateral that the prover chose, at a time that the prover chose.
/// That this is the collateral held here, in date and of the active evaluation number, and everything a TD may not be, is
/// checked here. The TCB status is the program's; which host it is of the proof does not show.
contract TDXProofVerifier is TEEProofVerifier, ITDXErrors {
    /// @dev keccak256 of the DER of CN=Intel SGX PCK Platform CA, O=Intel Corporation, L=Santa Clara, ST=CA, C=US, which
    /// certifies every host of TDs.
    bytes32 private constant PLATFORM_CA = 0xfc023d85bd2073504d59f24a7ab325cd1841e2aa6eb6f25512665d57128d616c;

    IntelCollateral public immutable COLLATERAL;

    constructor(
        IProofVerifier proofs,
        IntelCollateral collateral,
        uint8 system
    ) TEEProofVerifier(proofs, system) {
        COLLATERAL = collateral;
    }

    /// @inheritdoc ITEEVerifier
    function verify(bytes calldata proofReport) external view returns (TEEClaims memory claims) {
        (JournalFormat format, bytes calldata output, bytes calldata statement) = _requireProven(
            TEEType.IntelTDX,
            proofReport
        );
        if (format != JournalFormat.DCAP) revert ProofJournalMalformed();
        (DCAPOutput memory journal, bytes calldata body) = DCAPJournal.read(output);
        ProofTimes.requireRecent(journal.time);
        if (statement.length != 0) revert ProofStatementMismatch(keccak256(body), keccak256(statement));

        (Standing standing, DocumentHead tcbInfo) = _requireCollateral(journal);
        TDAttributes.requireAllowed(body);
        if (block.timestamp > tcbInfo.usableUntil())
            revert TDXTCBInfoOutOfDate(tcbInfo.issueDate(), tcbInfo.usableUntil());
        (claims.statementId, claims.teeMeasurement, claims.legacyTeeMeasurement) = TDReport.condense(body);
        (claims.reportDataHead, claims.reportDataTail) = (bytes32(body[520:552]), bytes32(body[552:584]));
        claims.legacyRegister = body[472:520];
        claims.tcbStatus = uint8(_statusOf(journal.tcbStatus));
        uint256 until = _min(standing.usableUntil(), tcbInfo.usableUntil());
        claims.validUntil = uint40(_min(until, ProofTimes.endOf(journal.time)));
    }

    /// @dev What the program used is what is held, and all but the TCB info is in date.
    function _requireCollateral(
        DCAPOutput memory journal
    ) private view returns (Standing standing, DocumentHead tcbInfo) {
        (bytes32 root, bytes32 signer) = COLLATERAL.certificateHashes();
        if (!_isHeld(journal.root, root)) revert TDXProofRootUnknown(journal.root);
        if (!_isHeld(journal.signer, signer)) revert TDXProofSignerUnknown(journal.signer);
        (, bytes32 rootCRL) = COLLATERAL.crlOf(0);
        if (!_isHeld(journal.rootCRL, rootCRL)) revert TDXProofRootCRLUnknown(journal.rootCRL);
        uint8 caId = _requireCA(journal.pckCRL);
        address qeIdentity;
        (standing, tcbInfo, , qeIdentity) = COLLATERAL.readHost(journal.fmspc, caId);
        if (standing.hasDenials()) revert TDXProofDenials();
        if (!_isHeld(journal.qeIdentity, _contentHash(qeIdentity)))
            revert TDXProofQEIdentityUnknown(journal.qeIdentity);
        if (!_isHeld(journal.tcbInfo, _contentHash(tcbInfo.blob())))
            revert TDXProofTCBInfoUnknown(journal.tcbInfo);
        _statusOf(journal.tcbStatus);
        if (block.timestamp <= standing.usableUntil()) return (standing, tcbInfo);
        COLLATERAL.requireLists(caId);
        COLLATERAL.requireQEIdentity();
    }

    /// @dev The CA whose list a proof rests on. With the list of another CA than its host's a program finds nothing revoked,
    /// so that it must be the one that hosts of TDs are of. Id 0 has the root's list.
    function _requireCA(bytes32 pckCRL) private view returns (uint8 caId) {
        (caId, , ) = COLLATERAL.caNamed(PLATFORM_CA);
        (, bytes32 held) = COLLATERAL.crlOf(caId);
        if (caId == 0 || !_isHeld(pckCRL, held)) revert TDXProofPCKCRLUnknown(pckCRL);
    }

    /// @dev Statuses as the program numbers them (specs/zk.md §4). 6 is Revoked, 7 none it could name.
    function _statusOf(uint8 status) private pure returns (TCBStatus) {
        if (status == 0) return TCBStatus.UpToDate;
        if (status == 1) return TCBStatus.SWHardeningNeeded;
        if (status == 2) return TCBStatus.ConfigurationAndSWHardeningNeeded;
        if (status == 3) return TCBStatus.ConfigurationNeeded;
        if (status == 4) return TCBStatus.OutOfDate;
        if (status == 5) return TCBStatus.OutOfDateConfigurationNeeded;
        if (status == 8) return TCBStatus.TDRelaunchAdvised;
        if (status == 9) return TCBStatus.TDRelaunchAdvisedConfigurationNeeded;
        revert TDXProofTCBStatusRefused(status);
    }

    /// @dev A document's hash stands first in what is kept of it.
    function _contentHash(address blob) private view returns (bytes32) {
        return blob == address(0) ? bytes32(0) : CodeStorage.readWord(blob);
    }

    /// @dev Zero says that nothing is held, and is nobody's hash.
    function _isHeld(bytes32 proven, bytes32 held) private pure returns (bool) {
        return held != 0 && proven == held;
    }

    function _min(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
