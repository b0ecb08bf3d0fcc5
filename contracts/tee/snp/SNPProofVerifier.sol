// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SNPReport} from "../../evidence/SNPReport.sol";
import {IProofVerifier} from "../../interfaces/IProofVerifier.sol";
import {ISNPErrors} from "../../interfaces/ISNPErrors.sol";
import {ITEEVerifier} from "../../interfaces/ITEEVerifier.sol";
import {TEEClaims} from "../../types/Claims.sol";
import {TEEType} from "../../types/Evidence.sol";
import {JournalFormat} from "../../types/Proof.sol";
import {SNPJournal, SNPOutput} from "../../zk/journals/SNPJournal.sol";
import {ProofTimes} from "../../zk/ProofTimes.sol";
import {TEEProofVerifier} from "../TEEProofVerifier.sol";
import {AMDCertificates} from "./AMDCertificates.sol";
import {AMDMinimums} from "./AMDMinimums.sol";
import {SNPStatement} from "./SNPStatement.sol";

/// @title Verifier of SEV-SNP reports by proof, of one proof system
/// @notice The program has checked signatures (of certificates those that the prover did not call trusted), that the VEK's TCB
/// and chip are the report's, and dates at its own time. Everything else is checked here: which CA may sign for this key and
/// product, debugging, migration, VMPL, TCB, time.
contract SNPProofVerifier is TEEProofVerifier, ISNPErrors {
    /// @dev Root and intermediate are compared here; the VEK's certificate only the program can verify.
    uint256 private constant COMPARED_CERTIFICATES = 2;

    AMDMinimums public immutable MINIMUMS;

    constructor(IProofVerifier proofs, AMDMinimums minimums, uint8 system) TEEProofVerifier(proofs, system) {
        MINIMUMS = minimums;
    }

    /// @inheritdoc ITEEVerifier
    function verify(bytes calldata proofReport) external view returns (TEEClaims memory claims) {
        (JournalFormat format, bytes calldata output, bytes calldata statement) = _requireProven(
            TEEType.AmdSevSnp,
            proofReport
        );
        SNPOutput memory journal;
        bytes calldata report = statement;
        if (format == JournalFormat.SNPv2) (journal, report) = SNPJournal.readV2(output);
        else if (format == JournalFormat.SNPv3) journal = SNPJournal.readV3(output);
        else revert ProofJournalMalformed();
        if (journal.result != 0) revert ProofResultFailed(journal.result);
        ProofTimes.requireRecent(journal.time);
        bool isBeside = format == JournalFormat.SNPv3;
        bool isStated = isBeside ? keccak256(report) == journal.reportHash : statement.length == 0;
        if (!isStated) revert ProofStatementMismatch(journal.reportHash, keccak256(statement));

        SNPReport.requireForm(report);
        uint8 keyType = SNPStatement.keyTypeOf(report);
        uint8 product = SNPStatement.productOf(report);
        _requireChain(journal, product, keyType);
        SNPStatement.requireGuest(report);
        claims = SNPStatement.claimsOf(report, product, keyType);
        (bytes8 reported, bytes8 committed) = (SNPReport.reportedTcb(report), SNPReport.committedTcb(report));
        claims.tcbStatus = uint8(MINIMUMS.statusOf(product, reported, committed));
        claims.validUntil = uint40(ProofTimes.endOf(journal.time));
    }

    /// @dev Which CA had to sign follows from the report. The program takes the prover's word for it.
    function _requireChain(SNPOutput memory journal, uint8 product, uint8 keyType) private pure {
        uint8 model = journal.processorModel;
        uint8 proven =
            model == 0
                ? SNPStatement.MILAN
                : model <= 3
                    ? SNPStatement.GENOA
                    : 0;
        if (proven != product) revert SNPProofProductMismatch(model, product);
        if (journal.trusted > COMPARED_CERTIFICATES) revert SNPProofChainUnverified(journal.trusted);
        if (journal.root != AMDCertificates.root(product)) revert SNPRootUntrusted(journal.root);
        if (journal.issuer != AMDCertificates.issuer(product, keyType))
            revert SNPIssuerUntrusted(journal.issuer);
    }
}
