// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {P256} from "./crypto/P256.sol";
import {AnchorSource, RecentBlock} from "./freshness/RecentBlock.sol";
import {IAKCertificates} from "./interfaces/IAKCertificates.sol";
import {ICVMRegistry} from "./interfaces/ICVMRegistry.sol";
import {IProofErrors} from "./interfaces/IProofErrors.sol";
import {ISNPErrors} from "./interfaces/ISNPErrors.sol";
import {ITDXErrors} from "./interfaces/ITDXErrors.sol";
import {ITPMVerifier} from "./interfaces/ITPMVerifier.sol";
import {IX509Errors} from "./interfaces/IX509Errors.sol";
import {Answers} from "./registration/Answers.sol";
import {AzureClaims} from "./registration/AzureClaims.sol";
import {Binding} from "./registration/Binding.sol";
import {CanonicalCalldata} from "./registration/CanonicalCalldata.sol";
import {Collaterals} from "./registration/Collaterals.sol";
import {Governance} from "./registration/Governance.sol";
import {Identity} from "./registration/Identity.sol";
import {Judgement} from "./registration/Judgement.sol";
import {Measurement} from "./registration/Measurement.sol";
import {Reattestation} from "./registration/Reattestation.sol";
import {Record} from "./registration/Record.sol";
import {RecordViews} from "./registration/RecordViews.sol";
import {ReportId} from "./registration/ReportId.sol";
import {CloudType, KeyCertification, WorkloadCollaterals} from "./types/Evidence.sol";

/// @title Registry of confidential VMs
/// @notice Judges evidence in the order of the catalogue `sdk/checks.ts`, then records it. Accepts what is true and
/// records how strong it is; never asks whether anybody wants it.
/// @dev Immutable. Only the verifiers in its table can be replaced, through AccessManager and its delay. Inherits
/// the errors of its verifiers, so that its ABI names every refusal of evidence.
contract CVMRegistry is
    Reattestation,
    RecordViews,
    IProofErrors,
    ISNPErrors,
    ITDXErrors,
    IX509Errors,
    ERC165
{
    using Collaterals for WorkloadCollaterals;

    constructor(
        address authority,
        ITPMVerifier tpmVerifier_,
        IAKCertificates akCertificates_,
        AnchorSource source,
        uint64 maxAnchorBlocks,
        uint64 blockSeconds
    )
        Governance(authority, tpmVerifier_, akCertificates_)
        RecentBlock(source, maxAnchorBlocks, blockSeconds)
    {
        P256.requireAvailable();
    }

    fallback() external {
        revert UnknownSelector(msg.sig);
    }

    /// @inheritdoc ICVMRegistry
    function attestCvm(
        uint8 cloud,
        uint8 tee,
        uint8 reportType,
        bytes calldata teeAttestationReport,
        WorkloadCollaterals calldata wc
    ) external returns (bytes32) {
        CanonicalCalldata.requireCanonical();
        Judgement memory j = _judge(cloud, tee, reportType, teeAttestationReport, wc);
        _requireQuote(j, wc);
        return _conclude(j, wc);
    }

    /// @inheritdoc ICVMRegistry
    function attestCvm(
        uint8 cloud,
        uint8 tee,
        uint8 reportType,
        bytes calldata teeAttestationReport,
        WorkloadCollaterals calldata wc,
        KeyCertification calldata certification
    ) external returns (bytes32) {
        CanonicalCalldata.requireCanonical();
        Judgement memory j = _judge(cloud, tee, reportType, teeAttestationReport, wc);
        _requireCertifiedQuote(j, wc, certification);
        return _conclude(j, wc);
    }

    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(ICVMRegistry).interfaceId || super.supportsInterface(interfaceId);
    }

    // --- steps, in the order of evaluation ---

    function _judge(
        uint8 cloud,
        uint8 tee,
        uint8 reportType,
        bytes calldata report,
        WorkloadCollaterals calldata wc
    ) private returns (Judgement memory j) {
        Kind memory kind = _requireKnownTypes(cloud, tee, reportType);
        (j.cloud, j.tee, j.reportType) = (cloud, tee, reportType);
        j.key = Identity.read(wc.identityOf());
        j.claims = Answers.claimsOf(kind.verifier, report);
        j.status = Record.ofClass(cloud, tee, reportType);
        j.status = Record.withEpoch(j.status, _epochOf(kind.epochs, cloud));
        _resolveAK(j, wc);
    }

    function _conclude(
        Judgement memory j,
        WorkloadCollaterals calldata wc
    ) private returns (bytes32 identityHash) {
        Binding.Anchor memory anchor = _requireExtraData(j);
        j.status |= _bind(j, wc, anchor);
        if (j.cloud == uint8(CloudType.GCP) && j.quote.measuredPcrs & 1 == 0) revert PCR0NotMeasured();
        _rateTPM(j);
        j.status = Record.withMeasured(j.status, j.quote.measuredPcrs);
        j.status = Record.withPlatform(j.status, j.claims.tcbStatus, j.claims.keyType, j.claims.product);
        _measure(j);
        _recordEvidence(j);
        return j.key.hash;
    }

    /// @dev The flags of protocol §4, and what follows from them.
    function _bind(
        Judgement memory j,
        WorkloadCollaterals calldata wc,
        Binding.Anchor memory anchor
    ) private pure returns (uint256 flags) {
        if (j.isAnchored) flags = Record.QUOTE_NAMES_TEE | Record.TPM_FRESH;
        if (j.cloud == uint8(CloudType.GCP) && !j.isAnchored) {
            if (ReportId.checkGcp(j.tee, wc.reportIdOf(), j.claims.legacyRegister, wc.pcrs))
                flags |= Record.PCR_REPORT_ID;
        } else if (wc.reportIdOf().length != 0) revert ReportIdUnexpected(wc.reportIdOf().length);
        if (j.cloud == uint8(CloudType.Azure)) flags |= Record.RUNTIME_CLAIMS;
        bool isNamed = j.namedHead == Binding.reportData(j.akId, j.key.hash, anchor);
        if (isNamed && j.namedTail == bytes32(0))
            flags |= j.isAnchored ? Record.TEE_NAMES_AK | Record.TEE_FRESH : Record.TEE_NAMES_AK;
        if (flags == 0) revert BindingMissing();
    }

    function _requireKnownTypes(
        uint8 cloud,
        uint8 tee,
        uint8 reportType
    ) private view returns (Kind memory kind) {
        _requireCloud(cloud);
        kind = _kindOf(tee, reportType);
        if (address(kind.verifier) == address(0)) revert ReportTypeUnsupported(tee, reportType);
    }

    /// @dev Which key signs the quotes, and what its certificates say of it.
    function _resolveAK(Judgement memory j, WorkloadCollaterals calldata wc) private {
        bytes[] calldata certs = wc.certsOf();
        if (j.cloud == uint8(CloudType.Azure)) {
            _readRuntimeClaims(j, wc.akPubOf());
            if (certs.length != 0 && keccak256(_readChain(j, certs)) != keccak256(j.akPublic))
                revert AKClaimsKeyMismatch();
        } else {
            (j.namedHead, j.namedTail) = (j.claims.reportDataHead, j.claims.reportDataTail);
            _readAK(j, wc);
        }
        _rateAK(j, certs.length != 0);
    }

    function _readRuntimeClaims(Judgement memory j, bytes calldata claims) private view {
        bytes32 digest;
        (j.akPublic, j.vmConfigurationDigest, j.namedHead, j.namedTail, digest) = AzureClaims.read(claims);
        if (j.claims.reportDataHead != digest || j.claims.reportDataTail != 0)
            revert AzureClaimsNotReported(digest, j.claims.reportDataHead);
    }

    function _measure(Judgement memory j) private pure {
        uint256 flags = Record.TEE_NAMES_AK | Record.QUOTE_NAMES_TEE | Record.RUNTIME_CLAIMS;
        // PCR_REPORT_ID alone: RTMR3 then holds a value made anew at every boot.
        bool isLegacy = j.status & flags == 0;
        bytes32 inner = isLegacy ? j.claims.legacyTeeMeasurement : j.claims.teeMeasurement;
        j.teeMeasurement =
            j.cloud == uint8(CloudType.Azure) ? Measurement.azure(inner, j.vmConfigurationDigest) : inner;
        j.measurementHash = Measurement.hash(
            j.cloud,
            j.tee,
            Record.pcrTrust(j.status),
            j.teeMeasurement,
            j.quote.pcrMeasurement
        );
    }
}
