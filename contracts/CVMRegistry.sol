// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {RuntimeClaims} from "./evidence/RuntimeClaims.sol";
import {P256} from "./crypto/P256.sol";
import {SHA256} from "./crypto/SHA256.sol";
import {AnchorSource, RecentBlock} from "./freshness/RecentBlock.sol";
import {IAKCertificates} from "./interfaces/IAKCertificates.sol";
import {ICVMRegistry} from "./interfaces/ICVMRegistry.sol";
import {ITDXErrors} from "./interfaces/ITDXErrors.sol";
import {ITEEVerifier} from "./interfaces/ITEEVerifier.sol";
import {ITPMErrors} from "./interfaces/ITPMErrors.sol";
import {ITPMVerifier} from "./interfaces/ITPMVerifier.sol";
import {IX509Errors} from "./interfaces/IX509Errors.sol";
import {Binding} from "./registration/Binding.sol";
import {CanonicalCalldata} from "./registration/CanonicalCalldata.sol";
import {Governance} from "./registration/Governance.sol";
import {Identity} from "./registration/Identity.sol";
import {Judgement} from "./registration/Judgement.sol";
import {Measurement} from "./registration/Measurement.sol";
import {ReportId} from "./registration/ReportId.sol";
import {RecordViews} from "./registration/RecordViews.sol";
import {Assurance, KeyProtection, PCRTrust} from "./types/Claims.sol";
import {CloudType, KeyCertification, TEEType, TeeReportType, WorkloadCollaterals} from "./types/Evidence.sol";

/// @title Registry of confidential VMs
/// @notice Judges evidence in the order of the catalogue `sdk/checks.ts`, then records it. Accepts what is true and
/// records how strong it is; never asks whether anybody wants it.
/// @dev Immutable. Only the verifiers in its table can be replaced, through AccessManager and its delay. Inherits
/// the errors of its verifiers, so that its ABI names every refusal of `attestCvm`.
contract CVMRegistry is Governance, RecordViews, RecentBlock, ITPMErrors, ITDXErrors, IX509Errors, ERC165 {
    // What a quote's extraData may be (protocol §3).
    uint256 private constant EXTRA_NAMES_IDENTITY = 33;
    uint256 private constant EXTRA_ANCHORED = 50;
    bytes1 private constant EXTRA_PREFIX = 0xff;
    // TPM 2.0 Part 2 §8.3 TPMA_OBJECT: userWithAuth (bit 6), adminWithPolicy (bit 7).
    uint32 private constant USES_WITHOUT_POLICY = 0x000000c0;

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
        uint256 free = CanonicalCalldata.begin();
        CanonicalCalldata.requireEqual(
            abi.encodeWithSelector(msg.sig, cloud, tee, reportType, teeAttestationReport, wc),
            free
        );
        Judgement memory j = _judge(cloud, tee, reportType, teeAttestationReport, wc);
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
        uint256 free = CanonicalCalldata.begin();
        CanonicalCalldata.requireEqual(
            abi.encodeWithSelector(msg.sig, cloud, tee, reportType, teeAttestationReport, wc, certification),
            free
        );
        Judgement memory j = _judge(cloud, tee, reportType, teeAttestationReport, wc);
        _requireCertification(j, certification);
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
        ITEEVerifier verifier = _requireKnownTypes(cloud, tee, reportType);
        (j.cloud, j.tee, j.reportType) = (cloud, tee, reportType);
        j.key = Identity.read(wc.cvmIdentity);
        j.claims = verifier.verify(report);
        _resolveAK(j, wc);
        j.quote = tpmVerifier.verifyQuote(j.akPublic, wc.tpmQuote, wc.tpmSignature, wc.pcrs);
        j.quoteSha256 = SHA256.ofCalldata(wc.tpmQuote);
    }

    function _conclude(
        Judgement memory j,
        WorkloadCollaterals calldata wc
    ) private returns (bytes32 identityHash) {
        Binding.Anchor memory anchor = _requireExtraData(j);
        Assurance memory a = j.assurance;
        a.quoteNamesTee = j.isAnchored;
        a.tpmFresh = j.isAnchored;
        if (j.cloud == uint8(CloudType.GCP) && !j.isAnchored)
            a.pcrReportId = ReportId.checkGcp(j.tee, wc.reportId, j.claims.legacyRegister, wc.pcrs);
        else if (wc.reportId.length != 0) revert ReportIdUnexpected(wc.reportId.length);
        a.teeNamesAk =
            j.namedHead == Binding.reportData(j.akId, j.key.hash, anchor) &&
            j.namedTail == bytes32(0);
        a.teeFresh = a.tpmFresh && a.teeNamesAk;
        if (!(a.teeNamesAk || a.quoteNamesTee || a.runtimeClaims || a.pcrReportId)) revert BindingMissing();
        if (j.cloud == uint8(CloudType.GCP) && j.quote.measuredPcrs & 1 == 0) revert PCR0NotMeasured();
        _rate(j);
        _measure(j);
        _recordEvidence(j);
        return j.key.hash;
    }

    function _requireKnownTypes(
        uint8 cloud,
        uint8 tee,
        uint8 reportType
    ) private view returns (ITEEVerifier verifier) {
        if (cloud == 0 || cloud > uint8(type(CloudType).max)) revert CloudUnknown(cloud);
        if (tee == 0 || tee > uint8(type(TEEType).max)) revert TEEUnknown(tee);
        if (reportType == 0 || reportType > uint8(type(TeeReportType).max))
            revert ReportTypeUnknown(reportType);
        verifier = verifierOf[tee][reportType];
        if (address(verifier) == address(0)) revert ReportTypeUnsupported(tee, reportType);
    }

    /// @dev Which key signs the quotes, and what its certificates say of it.
    function _resolveAK(Judgement memory j, WorkloadCollaterals calldata wc) private {
        if (j.cloud == uint8(CloudType.Azure)) _readRuntimeClaims(j, wc.akPub);
        else (j.namedHead, j.namedTail) = (j.claims.reportDataHead, j.claims.reportDataTail);

        if (wc.certs.length != 0) _readChain(j, wc);
        else if (j.cloud != uint8(CloudType.Azure)) _readPlainAK(j, wc.akPub);
        j.akId = keccak256(j.akPublic);
        if (j.cloud == uint8(CloudType.GCP) && j.akPublic.length != 64) revert AKKeyTypeForCloud(j.cloud);

        if (wc.certs.length == 0) j.trust = akCertificates.trustOf(j.akId, j.cloud);
        // "Certified" is more than a certificate: it carries the cloud's own mark (protocol §3, §4).
        j.akCertified = j.trust.cloud == j.cloud && j.trust.isTrusted;
        j.assurance.akCertified = j.akCertified;
    }

    function _readRuntimeClaims(Judgement memory j, bytes calldata claims) private view {
        (j.akPublic, j.vmConfigurationDigest, j.namedHead, j.namedTail) = RuntimeClaims.parse(claims);
        bytes32 digest = SHA256.ofCalldata(claims);
        if (j.claims.reportDataHead != digest || j.claims.reportDataTail != 0)
            revert AzureClaimsNotReported(digest, j.claims.reportDataHead);
        j.assurance.runtimeClaims = true;
    }

    function _readChain(Judgement memory j, WorkloadCollaterals calldata wc) private {
        bool isAzure = j.cloud == uint8(CloudType.Azure);
        if (!isAzure && wc.akPub.length != 0) revert AKPublicUnexpected();
        bytes memory leaf;
        (leaf, j.trust) = akCertificates.verifyChain(wc.certs);
        if (j.trust.cloud != j.cloud) revert AKCloudMismatch(j.cloud, j.trust.cloud);
        if (!isAzure) j.akPublic = leaf;
        else if (keccak256(leaf) != keccak256(j.akPublic)) revert AKClaimsKeyMismatch();
    }

    function _readPlainAK(Judgement memory j, bytes calldata akPub) private pure {
        if (akPub.length != 64 && akPub.length != 256) revert AKPublicUnsupported(akPub.length);
        if (akPub.length == 64 && !P256.isOnCurve(bytes32(akPub[:32]), bytes32(akPub[32:])))
            revert AKNotOnCurve();
        j.akPublic = akPub;
    }

    function _requireCertification(Judgement memory j, KeyCertification calldata certification) private view {
        j.certified = tpmVerifier.verifyCertification(j.akPublic, certification);
        if (j.certified.x != j.key.x || j.certified.y != j.key.y) revert CertifyKeyMismatch();
        j.hasCertification = true;
    }

    /// @dev The quote names the identity, and in its anchored form chain, registry, block, request and statement.
    /// @return anchor all zero when un-anchored
    function _requireExtraData(Judgement memory j) private view returns (Binding.Anchor memory anchor) {
        bytes memory extra = j.quote.extraData;
        uint256 length = extra.length;
        if (length == 0 && j.hasCertification) {
            j.evidenceTime = uint40(block.timestamp);
            return anchor;
        }
        if (length != EXTRA_NAMES_IDENTITY && length != EXTRA_ANCHORED) revert ExtraDataLength(length);
        if (extra[0] != EXTRA_PREFIX) revert ExtraDataPrefix(extra[0]);
        // Bytes 1 to 33; of the anchor 33 to 41 the block number, 41 to 50 the digest.
        bytes32 named;
        assembly ("memory-safe") {
            named := mload(add(extra, 0x21))
        }
        if (named != j.key.hash) revert QuoteIdentityMismatch(j.key.hash, named);
        if (length == EXTRA_NAMES_IDENTITY) {
            j.evidenceTime = uint40(block.timestamp);
            return anchor;
        }
        return _requireAnchor(j, extra);
    }

    function _requireAnchor(
        Judgement memory j,
        bytes memory extra
    ) private view returns (Binding.Anchor memory anchor) {
        // Offset 33 + 17 − 32 = 18: the last 17 bytes of this word are the anchor.
        uint256 tail;
        assembly ("memory-safe") {
            tail := mload(add(extra, 0x32))
        }
        uint64 number = uint64(tail >> 72);
        bytes9 digest = bytes9(uint72(tail));
        (bytes32 blockHash, uint64 head) = _requireRecentHash(number);
        Binding.Request memory request = Binding.Request({
            cloud: j.cloud,
            tee: j.tee,
            reportType: j.reportType,
            selectionHash: j.quote.selectionHash,
            certifiedName: j.certified.nameHash
        });
        anchor = Binding.Anchor({
            chainId: block.chainid,
            registry: address(this),
            blockNumber: number,
            blockHash: blockHash,
            requestHash: Binding.requestHash(request, j.akCertified)
        });
        bytes9 expected = Binding.anchorDigest(anchor, j.claims.statementId);
        if (expected != digest) {
            anchor.requestHash = Binding.requestHash(request, !j.akCertified);
            if (Binding.anchorDigest(anchor, j.claims.statementId) == digest)
                revert AnchorAKCertifiedMismatch(j.akCertified);
            revert AnchorMismatch(expected, digest);
        }
        (j.isAnchored, j.anchorBlock, j.head) = (true, number, head);
        j.evidenceTime = _evidenceTime(number, head);
    }

    /// @dev Who vouches for the PCRs, and how the identity key is held (protocol §4, §5).
    function _rate(Judgement memory j) private pure {
        Assurance memory a = j.assurance;
        PCRTrust trust = PCRTrust.None;
        if (j.akCertified) {
            if (j.cloud == uint8(CloudType.Azure))
                trust = PCRTrust.TEE;
                // AWS has no AK certificates, and no place for a verified Nitro document yet.
            else if (j.cloud != uint8(CloudType.AWS)) trust = PCRTrust.Host;
        }
        a.pcrTrust = uint8(trust);

        // With nobody but guest software behind the PCRs a certification proves nothing either.
        KeyProtection protection = KeyProtection.Unproven;
        if (j.hasCertification && trust != PCRTrust.None) {
            bool isBound =
                j.certified.attributes & USES_WITHOUT_POLICY == 0 &&
                    j.certified.authPolicy == j.quote.policyDigest;
            protection = isBound ? KeyProtection.TPMPCRBound : KeyProtection.TPM;
        }
        a.keyProtection = uint8(protection);
        (a.tcbStatus, a.keyType, a.product) = (j.claims.tcbStatus, j.claims.keyType, j.claims.product);
    }

    function _measure(Judgement memory j) private pure {
        Assurance memory a = j.assurance;
        // RTMR3 then holds a value made anew at every boot.
        bool isLegacy = a.pcrReportId && !(a.teeNamesAk || a.quoteNamesTee || a.runtimeClaims);
        bytes32 inner = isLegacy ? j.claims.legacyTeeMeasurement : j.claims.teeMeasurement;
        j.teeMeasurement =
            j.cloud == uint8(CloudType.Azure) ? Measurement.azure(inner, j.vmConfigurationDigest) : inner;
        j.measurementHash = Measurement.hash(
            j.cloud,
            j.tee,
            a.pcrTrust,
            j.teeMeasurement,
            j.quote.pcrMeasurement
        );
    }
}
