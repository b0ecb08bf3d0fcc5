// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CVMIdentity, KeyCertification, WorkloadCollaterals} from "../types/Evidence.sol";
import {ITEEVerifier} from "./ITEEVerifier.sol";
import {CVMRecord} from "../types/Claims.sol";

/// @title Registry of confidential VMs
/// @notice Records what evidence proves about a key and how strongly; applications decide what is enough.
interface ICVMRegistry {
    /// @notice Everything that a record condenses, so that the whole state can be rebuilt from events.
    /// @param status packed as contracts/registration/Record.sol
    /// @param quoteSha256 a relayer calls its transaction a success only when this names its own quote
    /// @param anchorBlock 0 when un-anchored
    /// @param recordedBlock what later evidence of this AK must reach, 0 when un-anchored
    /// @param certifiedName hash of the certified key's TPM Name, 0 without a certification
    struct Attestation {
        uint256 status;
        bytes32 keyX;
        bytes32 keyY;
        bytes32 platformId;
        bytes32 quoteSha256;
        bytes32 statementId;
        bytes32 teeMeasurement;
        bytes32 pcrMeasurement;
        bytes32 selectionHash;
        bytes32 certifiedName;
        uint64 anchorBlock;
        uint64 recordedBlock;
    }

    /// @notice Evidence was recorded: creation, renewal or succession.
    event CVMAttested(
        bytes32 indexed cvmIdentityHash,
        bytes32 indexed akId,
        bytes32 indexed measurementHash,
        Attestation attestation
    );

    /// @notice An AK now serves another identity. The old one is retired for ever unless it was unproven.
    event CVMSuperseded(
        bytes32 indexed oldIdentityHash,
        bytes32 indexed newIdentityHash,
        bytes32 indexed akId,
        bool oldRetired
    );

    /// @notice An unproven record gave way to proven evidence for its key under another AK, and its AK is revoked.
    event UnprovenReplaced(bytes32 indexed cvmIdentityHash, uint256 indexed akKey);

    /// @notice Final: the key never comes back.
    event CVMRevoked(bytes32 indexed cvmIdentityHash, address indexed by);
    event CVMSuspended(bytes32 indexed cvmIdentityHash, bool suspended);
    event CVMTTLUpdated(bytes32 indexed cvmIdentityHash, uint64 teeTTL, uint64 tpmTTL);
    event CVMOperatorUpdated(bytes32 indexed cvmIdentityHash, address indexed operator);
    /// @notice The identity's key has signed an action; its next one carries the nonce after this.
    /// @dev Not emitted by re-attestation, which `CVMAttested` tells by its statementId of 0: of the same identity, it has
    /// used one nonce up; of another, the old one is retired and signs nothing more.
    event CVMNonceUsed(bytes32 indexed cvmIdentityHash, uint256 nonce);
    event AttestationKeyRevoked(uint256 indexed akKey, bool revoked);
    event PlatformRevoked(bytes32 indexed platformId, bool revoked);
    event ClassReopened(uint8 indexed cloud, uint8 indexed tee, uint8 indexed reportType, uint16 epoch);
    event VerifierSet(uint8 indexed tee, uint8 indexed reportType, address oldVerifier, address newVerifier);
    event TPMVerifierSet(address oldVerifier, address newVerifier);
    event AKCertificatesSet(address oldCertificates, address newCertificates);

    /// @notice A TTL lies between one hour and ninety days.
    error TTLOutOfRange(uint64 seconds_);
    /// @notice Only the operator that the key named may do this.
    error NotOperator(address caller);
    /// @notice The role ends an unproven record by its AK: the key may be somebody else's.
    error CVMUnproven(bytes32 cvmIdentityHash);
    /// @notice Platform 0 stands for every platform that does not show itself.
    error PlatformUnknown();
    /// @notice No evidence of this AK was ever recorded.
    error AKUnknown(bytes32 akId);

    /// @notice Judges evidence completely and records what it proves. Anybody may send it.
    /// @param cloud a CloudType
    /// @param tee a TEEType
    /// @param reportType a TeeReportType
    /// @return cvmIdentityHash the identity that is now recorded
    function attestCvm(
        uint8 cloud,
        uint8 tee,
        uint8 reportType,
        bytes calldata teeAttestationReport,
        WorkloadCollaterals calldata wc
    ) external returns (bytes32 cvmIdentityHash);

    /// @notice The same with a TPM2_Certify of the identity key.
    function attestCvm(
        uint8 cloud,
        uint8 tee,
        uint8 reportType,
        bytes calldata teeAttestationReport,
        WorkloadCollaterals calldata wc,
        KeyCertification calldata certification
    ) external returns (bytes32 cvmIdentityHash);

    /// @notice Moves the TPM half of a record on by a new quote over the same PCR state; with another identity in `wc` the
    /// record passes to that key, and the old one is retired.
    /// @param cvmIdentityHash the recorded identity
    /// @param signature by its key, over the bytes of `CVM_WORKLOAD_REATTEST_TPM` (protocol §9)
    /// @param wc anchored quote by the recorded AK; `reportId` is the recorded teeMeasurement; `akPub` empty with `certs`,
    /// else the AK's public key
    /// @return the identity that is now recorded
    function reattestCvmWithTpm(
        bytes32 cvmIdentityHash,
        bytes calldata signature,
        WorkloadCollaterals calldata wc
    ) external returns (bytes32);

    /// @notice The same with a TPM2_Certify of the identity key in `wc`.
    function reattestCvmWithTpm(
        bytes32 cvmIdentityHash,
        bytes calldata signature,
        WorkloadCollaterals calldata wc,
        KeyCertification calldata certification
    ) external returns (bytes32);

    /// @notice Times that evidence counts for, each between one hour and ninety days, signed by the identity key.
    function setCollateralTTL(
        bytes32 cvmIdentityHash,
        uint64 teeTTL,
        uint64 tpmTTL,
        bytes calldata signature
    ) external;

    /// @notice Names who may revoke, signed by the identity key.
    function setOperator(bytes32 cvmIdentityHash, address operator, bytes calldata signature) external;

    /// @notice Revokes for ever, signed by the identity key.
    function revokeCvm(bytes32 cvmIdentityHash, bytes calldata signature) external;

    /// @notice Revokes for ever, called by the operator.
    function revokeCvm(bytes32 cvmIdentityHash) external;

    function hasRegistered(bytes32 cvmIdentityHash) external view returns (bool);

    /// @notice The hash that applications hold against their golden measurements (protocol §7).
    function getMeasurementHash(bytes32 cvmIdentityHash) external view returns (bytes32);

    function getCvmIdentity(bytes32 cvmIdentityHash) external view returns (CVMIdentity memory);

    /// @notice False for an unknown identity.
    function checkTEEValidity(bytes32 cvmIdentityHash) external view returns (bool);

    /// @notice False for an unknown identity.
    function checkTPMValidity(bytes32 cvmIdentityHash) external view returns (bool);

    /// @notice The record as it stands, also of retired and revoked identities; zeros for unknown ones.
    function getCvm(bytes32 cvmIdentityHash) external view returns (CVMRecord memory);

    /// @notice What a signature check needs, in as few reads as possible.
    /// @return status packed as contracts/registration/Record.sol; above it bit 254: the platform is revoked (never
    /// platform 0), bit 255: the evidence class was re-opened since the record was made
    /// @return keyX P-256 x
    /// @return keyY P-256 y
    /// @return measurementHash protocol §7
    /// @return platformId 0 where the platform does not show
    function signerStatus(
        bytes32 cvmIdentityHash
    )
        external
        view
        returns (uint256 status, bytes32 keyX, bytes32 keyY, bytes32 measurementHash, bytes32 platformId);

    /// @notice Verifier of a TEE and report type; 0 where that evidence is not accepted. Refuses values that no enumeration
    /// holds with TEEUnknown or ReportTypeUnknown.
    function verifierOf(uint8 tee, uint8 reportType) external view returns (ITEEVerifier);

    /// @notice Nonce of the identity's next signed action; never reset.
    function nonces(bytes32 cvmIdentityHash) external view returns (uint256);

    function platformOf(bytes32 cvmIdentityHash) external view returns (bytes32);

    function operatorOf(bytes32 cvmIdentityHash) external view returns (address);

    function isRetired(bytes32 cvmIdentityHash) external view returns (bool);

    /// @notice The identity that an AK serves or last served; 0 when the AK was never recorded.
    function identityOf(bytes32 akId) external view returns (bytes32);

    function akRevoked(bytes32 akId) external view returns (bool);

    function platformRevoked(bytes32 platformId) external view returns (bool);

    /// @notice How often the class of evidence was re-opened: records of an earlier epoch do not count. Refuses values that
    /// no enumeration holds with CloudUnknown, TEEUnknown or ReportTypeUnknown.
    function classEpoch(uint8 cloud, uint8 tee, uint8 reportType) external view returns (uint16);
}
