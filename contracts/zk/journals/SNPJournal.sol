// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SNPReport} from "../../evidence/SNPReport.sol";
import {IProofErrors} from "../../interfaces/IProofErrors.sol";

/// @notice What a published SNP program puts out, whatever its version.
/// @param result 0 where the report and its chain were found good
/// @param time that certificates were judged at, unix seconds
/// @param processorModel 0 Milan, 1 Genoa, 2 Bergamo, 3 Siena: what the prover was told
/// @param trusted how many certificates, from the root on, the program took for good because the prover said so
/// @param root hash of the first certificate
/// @param issuer prefix hash of the first two
/// @param reportHash keccak256 of the raw report
struct SNPOutput {
    uint8 result;
    uint64 time;
    uint8 processorModel;
    uint8 trusted;
    bytes32 root;
    bytes32 issuer;
    bytes32 reportHash;
}

/// @title Readers of the journals of the published SNP programs, versions 2 and 3
/// @notice Automata's amd-sev-snp-attestation-sdk (specs/zk.md §4). A chain is ARK, ASK or ASVK, VEK: three certificates,
/// so every length and offset is a constant. Whoever calls compares the first two with AMD's, and refuses what a program of
/// version 2 puts out when the prover called the third trusted, too: it verifies no signature then. Version 3 always verifies
/// all. Version 1 has no time, so no registration can rest on it.
library SNPJournal {
    uint256 private constant CERTIFICATES = 3;

    // Version 2: abi.encode of one struct. Where its dynamic members begin, and the whole.
    uint256 private constant V2_REPORT = 0xe0;
    uint256 private constant V2_CERTIFICATES = V2_REPORT + 0x20 + SNPReport.LENGTH;
    uint256 private constant V2_SERIALS = V2_CERTIFICATES + 0x20 + CERTIFICATES * 0x20;
    uint256 private constant V2_LENGTH = 0x20 + V2_SERIALS + 0x20 + CERTIFICATES * 0x20;

    // Version 3: u8 result ‖ u64 time ‖ u8 processor ‖ u32 3 ‖ bytes32[3] ‖ bytes20[3] ‖ bytes32.
    uint256 private constant V3_LENGTH = 14 + CERTIFICATES * 52 + 32;

    /// @notice Version 2 carries the report itself. Refuses with ProofJournalMalformed.
    /// @return output what it says
    /// @return report the raw report
    function readV2(
        bytes calldata journal
    ) internal pure returns (SNPOutput memory output, bytes calldata report) {
        if (journal.length != V2_LENGTH) revert IProofErrors.ProofJournalMalformed();
        bytes calldata body = journal[0x20:];
        bool isCanonical =
            _word(journal, 0) == 0x20 &&
                _word(body, 0x60) == V2_REPORT &&
                _word(body, 0x80) == V2_CERTIFICATES &&
                _word(body, 0xa0) == V2_SERIALS &&
                _word(body, V2_REPORT) == SNPReport.LENGTH &&
                _word(body, V2_CERTIFICATES) == CERTIFICATES &&
                _word(body, V2_SERIALS) == CERTIFICATES;
        for (uint256 i = 1; i <= CERTIFICATES; ++i)
            isCanonical = isCanonical && _word(body, V2_SERIALS + i * 0x20) <= type(uint160).max;
        (uint256 result, uint256 time, uint256 model, uint256 trusted) = (
            _word(body, 0),
            _word(body, 0x20),
            _word(body, 0x40),
            _word(body, 0xc0)
        );
        isCanonical =
            isCanonical &&
            result <= type(uint8).max &&
            time <= type(uint64).max &&
            model <= type(uint8).max &&
            trusted <= type(uint8).max;
        if (!isCanonical) revert IProofErrors.ProofJournalMalformed();
        report = body[V2_REPORT + 0x20:V2_CERTIFICATES];
        output = SNPOutput({
            result: uint8(result),
            time: uint64(time),
            processorModel: uint8(model),
            trusted: uint8(trusted),
            root: bytes32(_word(body, V2_CERTIFICATES + 0x20)),
            issuer: bytes32(_word(body, V2_CERTIFICATES + 0x40)),
            reportHash: keccak256(report)
        });
    }

    /// @notice Version 3 carries the report's hash alone. Refuses with ProofJournalMalformed.
    function readV3(bytes calldata journal) internal pure returns (SNPOutput memory output) {
        if (journal.length != V3_LENGTH || uint32(bytes4(journal[10:14])) != CERTIFICATES)
            revert IProofErrors.ProofJournalMalformed();
        output = SNPOutput({
            result: uint8(journal[0]),
            time: uint64(bytes8(journal[1:9])),
            processorModel: uint8(journal[9]),
            trusted: 0,
            root: bytes32(journal[14:46]),
            issuer: bytes32(journal[46:78]),
            reportHash: bytes32(journal[V3_LENGTH - 32:])
        });
    }

    function _word(bytes calldata data, uint256 offset) private pure returns (uint256) {
        return uint256(bytes32(data[offset:offset + 0x20]));
    }
}
