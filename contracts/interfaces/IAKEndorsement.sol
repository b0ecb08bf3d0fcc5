// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PCRTrust} from "../types/Claims.sol";

/// @notice On what an endorsement rests.
/// @dev `NitroDocument`: AWS NitroTPM attestation document, judged here or in a proof. `SVSMManifest`: SNP report of VMPL 0
/// over the manifest of an SVSM's vTPM. `CredentialActivation`: a registrar's signature that this AK lives in the TPM of
/// a given EK.
enum EndorsementKind {
    None,
    NitroDocument,
    SVSMManifest,
    CredentialActivation
}

/// @notice Who vouches for the PCRs that an AK quotes, where no certificate names the AK.
/// @param cloud CloudType whose word it is, 0 when nothing is known or it has expired
/// @param kind an EndorsementKind
/// @param pcrTrust Host for AWS (NitroTPM lies outside of the guest's TEE), TEE for an SVSM's vTPM
/// @param notAfter the earliest end of all that the endorsement rests on, unix seconds
/// @param state what the guest was when it named this AK (see below), 0 when the kind shows the AK itself to be in the TPM
/// @param statementId keccak256 of the TEE statement the endorsement is part of, 0 when of none
struct AKEndorsement {
    uint8 cloud;
    EndorsementKind kind;
    PCRTrust pcrTrust;
    uint40 notAfter;
    bytes32 state;
    bytes32 statementId;
}

/// @title Endorsements of attestation keys that no cloud certifies
/// @notice Prepared, not built: nothing implements this and the registry does not ask it. AWS and SVSM records have
/// `pcrTrust` none until it does (protocol §4). It stands beside IAKCertificates and is asked when `trustOf` there
/// answers no trusted certificate: permissionless in, nothing taken away, zero for "unknown".
///
/// @dev **Why not now: P-384.** Both kinds of evidence are signed with ECDSA P-384 and SHA-384, for which there is no
/// precompile. A NitroTPM document (nearly 5 KiB) has one signature of its own and four in its chain below AWS's root;
/// an SNP report one, by a VCEK or VLEK that must be shown first.
/// - Plain arithmetic: some 50.6 million gas a signature (base/nitro-validator after Osaka), over the transaction cap of
///   2^24 gas (EIP-7825).
/// - With a witness computed off chain: some 0.9 million a signature, of it 0.65 million execution (measured on a
///   prototype, exact variant); so 4.5 million for a cold chain and 1.8 million with its issuers cached, besides 40 blocks
///   of SHA-384 at 20,000 to 27,000 each. It fits a transaction and needs a verifier this code base does not have yet.
/// - One proof of the whole verdict (`sdk/verify/nitro.ts`, `sdk/verify/svsm.ts` in a ZK program): the price of a proof.
/// The form of `evidence` is the implementation's; the three share this interface.
///
/// **What an endorsement is worth.** Signed by Nitro are the PCRs (SHA-384 bank), by AMD the SVSM's launch measurement and
/// the hash of the EK. The AK stands in fields that the guest fills (nonce, user_data, inblob): that the AK is a TPM's key
/// is the word of the software that ran then. So:
/// - `NitroDocument`: `state` = keccak256(abi.encode(uint8[] indices, bytes[] values)) of the document's PCRs. Who trusts
///   the AK must admit this state, as it admits a measurement; without it a guest in any state could name a software key
///   that signs golden PCRs afterwards. The PCRs of the document are themselves `Host`.
/// - `SVSMManifest`: `state` = keccak256(launch measurement ‖ EK Name), by the same reasoning; the measured side is the
///   SVSM, and nothing measured says what the guest above it was when it named the AK.
/// - `CredentialActivation`: only the TPM of this EK could answer, so `state` is 0. The registrar is trusted for having
///   asked; on AWS the EK comes from GetInstanceTpmEkPub, on an SVSM from a verified manifest.
interface IAKEndorsement {
    /// @notice Evidence was verified and what it says of this AK recorded.
    event AKEndorsed(
        bytes32 indexed akId,
        uint8 indexed cloud,
        EndorsementKind kind,
        PCRTrust pcrTrust,
        uint40 notAfter,
        bytes32 state,
        bytes32 statementId
    );

    /// @notice Verifies evidence and records what it says of the AK that it names.
    /// @dev The binding in the evidence is H(abi(ENDORSEMENT, akId, identityHash, chainId, this contract)), ENDORSEMENT being
    /// a domain of its own: an endorsement of another deployment or for another identity names nothing here, and no
    /// report_data of a registration is one. Of the same AK, cloud and state the latest notAfter counts [a copyist brings
    /// yesterday's document].
    /// @param evidence document, proof or registrar's statement, with what it takes to verify it
    /// @param akPublic x‖y (P-256) or n (RSA-2048) of the AK that the binding names
    /// @param identityHash identity that the binding names
    /// @return akId keccak256(akPublic)
    /// @return endorsement what is now known of this key
    function endorse(
        bytes calldata evidence,
        bytes calldata akPublic,
        bytes32 identityHash
    ) external returns (bytes32 akId, AKEndorsement memory endorsement);

    /// @notice What is known of a key in a state now; all zero when nothing is known or it has expired.
    /// @dev The state is the caller's to name, so that no endorsement can displace another [any guest can have a document
    /// signed that names a stranger's AK]. Where a registration brings it is open: the tuple of protocol §1 has no member
    /// for it. A registry that asks takes `pcrTrust` as that of the record, `notAfter` into its validUntil, and refuses a
    /// `statementId` other than that of the evidence's TEE statement unless it is 0. Where `state` is not 0 it belongs
    /// into the record's measurement, so that an application admits it by admitting the measurement.
    /// @param akId keccak256(x‖y) or keccak256(n)
    function endorsementOf(
        bytes32 akId,
        uint8 cloud
    ) external view returns (AKEndorsement memory endorsement);
}
