// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IProofErrors} from "../interfaces/IProofErrors.sol";
import {IProofVerifier} from "../interfaces/IProofVerifier.sol";
import {IRiscZeroVerifier} from "../interfaces/IRiscZeroVerifier.sol";
import {ISP1Verifier} from "../interfaces/ISP1Verifier.sol";
import {SHA256} from "../crypto/SHA256.sol";
import {TEEType, TeeReportType} from "../types/Evidence.sol";
import {JournalFormat} from "../types/Proof.sol";
import {ProofRelease} from "./ProofRelease.sol";

/// @notice Standing of a release. Frozen is final.
enum ReleaseState {
    Unset,
    Live,
    Retired,
    Frozen
}

/// @title Which proofs are believed
/// @notice A proof counts when governance admitted both the program that it proves and the release that verifies it. The
/// guardian takes either away at once: a program can be admitted again, a release's selector never.
/// @dev Everything is announced: the events from the deployment on rebuild both tables.
contract ProofVerifier is IProofVerifier, IProofErrors, AccessManaged {
    struct Release {
        address verifier;
        ReleaseState state;
    }

    mapping(uint8 system => mapping(bytes4 selector => Release)) private _releases;
    mapping(uint8 tee => mapping(uint8 system => mapping(bytes32 program => JournalFormat))) private _formats;

    event ReleaseAdmitted(
        uint8 indexed system,
        bytes4 indexed selector,
        address indexed verifier,
        bytes32 verifierHash
    );
    event ReleaseRetired(uint8 indexed system, bytes4 indexed selector);
    event ReleaseFrozen(uint8 indexed system, bytes4 indexed selector);
    event ProgramAdmitted(
        uint8 indexed tee,
        uint8 indexed system,
        bytes32 indexed program,
        JournalFormat format
    );
    event ProgramWithdrawn(uint8 indexed tee, uint8 indexed system, bytes32 indexed program);

    /// @notice Neither SP1 nor RISC Zero.
    error ProofSystemUnknown(uint8);

    /// @notice The verifier says that it is of another release.
    error ReleaseMismatch(bytes4, bytes32);

    /// @notice Evidence of this TEE is not read from such a journal.
    error JournalFormatUnsuitable(uint8, JournalFormat);

    /// @param authority AccessManager: the guardian may freeze and withdraw, the delayed role admit and retire
    constructor(address authority) AccessManaged(authority) {
        // Proofs of anything could be made: GHSA-g3qg-6746-3mg9 (2.0), GHSA-f6rc-24x4-ppxp (2.1).
        _freeze(uint8(TeeReportType.RiscZero), 0x9f39696c);
        _freeze(uint8(TeeReportType.RiscZero), 0xf536085a);
        // Receipts of RISC Zero's development mode prove nothing.
        _freeze(uint8(TeeReportType.RiscZero), 0xffffffff);
        _freeze(uint8(TeeReportType.SP1), 0xffffffff);
    }

    // --- delayed role ---

    /// @notice Believes a release's proofs, or has another contract verify them.
    /// @param verifierHash VERIFIER_HASH of SP1, verifier parameters of RISC Zero
    function admitRelease(
        uint8 system,
        bytes4 selector,
        address verifier,
        bytes32 verifierHash
    ) external restricted {
        _requireSystem(system);
        Release storage release = _releases[system][selector];
        if (release.state == ReleaseState.Frozen) revert ProofReleaseStopped(selector);
        ProofRelease stated = ProofRelease(verifier);
        if (stated.SELECTOR() != selector || stated.VERIFIER_HASH() != verifierHash)
            revert ReleaseMismatch(stated.SELECTOR(), stated.VERIFIER_HASH());
        (release.verifier, release.state) = (verifier, ReleaseState.Live);
        emit ReleaseAdmitted(system, selector, verifier, verifierHash);
    }

    /// @notice Ends a live release that nothing is wrong with.
    function retireRelease(uint8 system, bytes4 selector) external restricted {
        Release storage release = _releases[system][selector];
        if (release.state == ReleaseState.Unset) revert ProofSelectorUnknown(selector);
        if (release.state == ReleaseState.Frozen) revert ProofReleaseStopped(selector);
        release.state = ReleaseState.Retired;
        emit ReleaseRetired(system, selector);
    }

    /// @notice Believes a program's output on what a TEE attests.
    function admitProgram(
        uint8 tee,
        uint8 system,
        bytes32 program,
        JournalFormat format
    ) external restricted {
        _requireSystem(system);
        // SNPv1 has no time: such a proof would be fresh for ever.
        bool isSuitable =
            tee == uint8(TEEType.AmdSevSnp)
                ? format == JournalFormat.SNPv2 || format == JournalFormat.SNPv3
                : tee == uint8(TEEType.IntelTDX) && format == JournalFormat.DCAP;
        if (!isSuitable) revert JournalFormatUnsuitable(tee, format);
        _formats[tee][system][program] = format;
        emit ProgramAdmitted(tee, system, program, format);
    }

    // --- guardian ---

    /// @notice Ends a release for ever, whether it was ever admitted or not.
    function freezeRelease(uint8 system, bytes4 selector) external restricted {
        _requireSystem(system);
        _freeze(system, selector);
    }

    function withdrawProgram(uint8 tee, uint8 system, bytes32 program) external restricted {
        delete _formats[tee][system][program];
        emit ProgramWithdrawn(tee, system, program);
    }

    // --- views ---

    /// @inheritdoc IProofVerifier
    function verify(
        uint8 tee,
        uint8 system,
        bytes32 program,
        bytes calldata output,
        bytes calldata proof
    ) external view returns (JournalFormat format) {
        format = _formats[tee][system][program];
        if (format == JournalFormat.Unset) revert ProofProgramUnknown(program);
        bytes4 selector = bytes4(proof);
        Release memory release = _releases[system][selector];
        if (release.state == ReleaseState.Unset) revert ProofSelectorUnknown(selector);
        if (release.state != ReleaseState.Live) revert ProofReleaseStopped(selector);
        if (system == uint8(TeeReportType.RiscZero))
            IRiscZeroVerifier(release.verifier).verify(proof, program, SHA256.ofCalldata(output));
        else ISP1Verifier(release.verifier).verifyProof(program, output, proof);
    }

    /// @return verifier the contract that verifies it, also once it is stopped; 0 when none ever did
    /// @return state a ReleaseState
    function releaseOf(
        uint8 system,
        bytes4 selector
    ) external view returns (address verifier, ReleaseState state) {
        Release storage release = _releases[system][selector];
        return (release.verifier, release.state);
    }

    /// @return Unset for a program that is not admitted
    function formatOf(uint8 tee, uint8 system, bytes32 program) external view returns (JournalFormat) {
        return _formats[tee][system][program];
    }

    function _freeze(uint8 system, bytes4 selector) private {
        _releases[system][selector].state = ReleaseState.Frozen;
        emit ReleaseFrozen(system, selector);
    }

    function _requireSystem(uint8 system) private pure {
        if (system != uint8(TeeReportType.SP1) && system != uint8(TeeReportType.RiscZero))
            revert ProofSystemUnknown(system);
    }
}
