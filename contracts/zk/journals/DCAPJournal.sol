// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IProofErrors} from "../../interfaces/IProofErrors.sol";

/// @notice What the published DCAP program puts out, but for the body.
/// @param tcbStatus as the program numbers it
/// @param time that collateral was judged at, unix seconds
/// @param tcbInfo content hash of the TCB info, without its dates
/// @param qeIdentity content hash of the QE identity, without its dates
/// @param root keccak256 of the TBSCertificate of Intel's root
/// @param signer the same of the TCB signing certificate
/// @param rootCRL keccak256 of the TBSCertList of the root CRL
/// @param pckCRL the same of the PCK CRL
struct DCAPOutput {
    uint8 tcbStatus;
    bytes6 fmspc;
    uint64 time;
    bytes32 tcbInfo;
    bytes32 qeIdentity;
    bytes32 root;
    bytes32 signer;
    bytes32 rootCRL;
    bytes32 pckCRL;
}

/// @title Reader of the journal of the published DCAP program, version 1.1, for TDX
/// @notice u16 length ‖ VerifiedOutput ‖ u64 time ‖ six hashes, big-endian; VerifiedOutput is u16 quote version ‖ u16 body
/// type ‖ u8 TCB status ‖ FMSPC 6 ‖ TD report ‖ abi.encode(string[]) of advisories, or nothing (specs/zk.md §4; Automata's
/// dcap-attestation). Quotes of SGX enclaves have no body type here.
library DCAPJournal {
    uint256 private constant HEAD = 11;
    uint256 private constant TAIL = 8 + 6 * 32;
    uint256 private constant BODY_10_LENGTH = 584;
    uint256 private constant BODY_15_LENGTH = 648;

    /// @notice Refuses with ProofJournalMalformed.
    /// @return output what it says
    /// @return body the TD report that was signed
    function read(
        bytes calldata journal
    ) internal pure returns (DCAPOutput memory output, bytes calldata body) {
        if (journal.length < 2 + HEAD) revert IProofErrors.ProofJournalMalformed();
        uint256 end = 2 + uint256(uint16(bytes2(journal[:2])));
        if (journal.length != end + TAIL) revert IProofErrors.ProofJournalMalformed();
        uint256 bodyEnd = 2 + HEAD + _bodyLength(journal);
        if (end < bodyEnd) revert IProofErrors.ProofJournalMalformed();
        body = journal[2 + HEAD:bodyEnd];
        _requireAdvisories(journal[bodyEnd:end]);
        bytes calldata hashes = journal[end + 8:];
        output = DCAPOutput({
            tcbStatus: uint8(journal[6]),
            fmspc: bytes6(journal[7:13]),
            time: uint64(bytes8(journal[end:end + 8])),
            tcbInfo: bytes32(hashes[:32]),
            qeIdentity: bytes32(hashes[32:64]),
            root: bytes32(hashes[64:96]),
            signer: bytes32(hashes[96:128]),
            rootCRL: bytes32(hashes[128:160]),
            pckCRL: bytes32(hashes[160:192])
        });
    }

    /// @dev Version 4 has no TD report 1.5.
    function _bodyLength(bytes calldata journal) private pure returns (uint256) {
        uint32 kind = uint32(bytes4(journal[2:6]));
        if (kind == 0x00040002 || kind == 0x00050002) return BODY_10_LENGTH;
        if (kind == 0x00050003) return BODY_15_LENGTH;
        revert IProofErrors.ProofJournalMalformed();
    }

    /// @dev Nobody reads them here. But bytes that nobody reads are bytes that a prover could choose, so that they must be
    /// what abi.encode makes of some list of strings. An empty list is written as nothing.
    function _requireAdvisories(bytes calldata list) private pure {
        if (list.length == 0) return;
        if (list.length < 0x40 || list.length % 0x20 != 0 || _word(list, 0) != 0x20)
            revert IProofErrors.ProofJournalMalformed();
        uint256 count = _word(list, 0x20);
        bytes calldata heads = list[0x40:];
        if (count == 0 || count > heads.length / 0x20) revert IProofErrors.ProofJournalMalformed();
        uint256 due = count * 0x20;
        for (uint256 i = 0; i < count; ++i) {
            if (_word(heads, i * 0x20) != due || heads.length < due + 0x20)
                revert IProofErrors.ProofJournalMalformed();
            due = _skipString(heads, due);
        }
        if (due != heads.length) revert IProofErrors.ProofJournalMalformed();
    }

    /// @return end where the next string must begin
    function _skipString(bytes calldata heads, uint256 offset) private pure returns (uint256 end) {
        uint256 length = _word(heads, offset);
        uint256 from = offset + 0x20;
        if (length > heads.length - from) revert IProofErrors.ProofJournalMalformed();
        end = from + ((length + 31) & ~uint256(31));
        for (offset = from + length; offset < end; ++offset)
            if (heads[offset] != 0) revert IProofErrors.ProofJournalMalformed();
    }

    function _word(bytes calldata data, uint256 offset) private pure returns (uint256) {
        return uint256(bytes32(data[offset:offset + 0x20]));
    }
}
