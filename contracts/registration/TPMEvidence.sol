// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {P256} from "../crypto/P256.sol";
import {RecentBlock} from "../freshness/RecentBlock.sol";
import {ITPMErrors} from "../interfaces/ITPMErrors.sol";
import {ITPMVerifier} from "../interfaces/ITPMVerifier.sol";
import {CertifiedKey, KeyProtection, PCRTrust, QuoteClaims} from "../types/Claims.sol";
import {CloudType, KeyCertification, MeasureablePcr, WorkloadCollaterals} from "../types/Evidence.sol";
import {Binding} from "./Binding.sol";
import {Governance} from "./Governance.sol";
import {Judgement} from "./Judgement.sol";
import {Record} from "./Record.sol";

/// @title The TPM half of evidence
/// @notice Steps that attestation and re-attestation share: the AK, its quote, the certification, what the quote names,
/// and how strong that is (protocol §3, §4, §5).
abstract contract TPMEvidence is Governance, RecentBlock, ITPMErrors {
    // What a quote's extraData may be (protocol §3).
    uint256 private constant EXTRA_NAMES_IDENTITY = 33;
    uint256 private constant EXTRA_ANCHORED = 50;
    bytes1 private constant EXTRA_PREFIX = 0xff;
    // TPM 2.0 Part 2 §8.3 TPMA_OBJECT: userWithAuth (bit 6), adminWithPolicy (bit 7).
    uint32 private constant USES_WITHOUT_POLICY = 0x000000c0;

    /// @dev The AK of its certificates, or as given.
    function _readAK(Judgement memory j, WorkloadCollaterals calldata wc) internal {
        if (wc.certs.length == 0) return _readPlainAK(j, wc.akPub);
        if (wc.akPub.length != 0) revert AKPublicUnexpected();
        j.akPublic = _readChain(j, wc.certs);
    }

    function _readChain(Judgement memory j, bytes[] calldata certs) internal returns (bytes memory leaf) {
        (leaf, j.trust) = akCertificates.verifyChain(certs);
        if (j.trust.cloud != j.cloud) revert AKCloudMismatch(j.cloud, j.trust.cloud);
    }

    function _readPlainAK(Judgement memory j, bytes calldata akPub) private pure {
        if (akPub.length != 64 && akPub.length != 256) revert AKPublicUnsupported(akPub.length);
        if (akPub.length == 64 && !P256.isOnCurve(bytes32(akPub[:32]), bytes32(akPub[32:])))
            revert AKNotOnCurve();
        j.akPublic = akPub;
    }

    /// @dev What certificates say of the AK, now or known from before.
    function _rateAK(Judgement memory j, bool hasChain) internal view {
        j.akId = keccak256(j.akPublic);
        if (j.cloud == uint8(CloudType.GCP) && j.akPublic.length != 64) revert AKKeyTypeForCloud(j.cloud);
        if (!hasChain) j.trust = akCertificates.trustOf(j.akId, j.cloud);
        // "Certified" is more than a certificate: it carries the cloud's own mark (protocol §3, §4).
        bool isCertified = j.trust.cloud != 0 && j.trust.isTrusted;
        j.status = isCertified ? j.status | Record.AK_CERTIFIED : j.status & ~Record.AK_CERTIFIED;
    }

    /// @dev Where quote, signature and PCRs stand in canonical calldata: they follow each other, as they must in the
    /// arguments of `verifyQuote`. So they are handed on in one piece, a third of the cost of decoding and encoding
    /// every PCR.
    struct Piece {
        uint256 from;
        uint256 signatureFrom;
        uint256 pcrsFrom;
        uint256 end;
    }

    function _pieceOf(WorkloadCollaterals calldata wc) private pure returns (Piece memory piece) {
        bytes calldata quote = wc.tpmQuote;
        bytes calldata signature = wc.tpmSignature;
        MeasureablePcr[] calldata pcrs = wc.pcrs;
        bytes calldata reportId = wc.reportId;
        // Each begins with its length, a word before what `offset` names.
        uint256 from;
        uint256 signatureFrom;
        uint256 pcrsFrom;
        uint256 end;
        assembly ("memory-safe") {
            from := sub(quote.offset, 0x20)
            signatureFrom := sub(signature.offset, 0x20)
            pcrsFrom := sub(pcrs.offset, 0x20)
            end := sub(reportId.offset, 0x20)
        }
        return Piece(from, signatureFrom, pcrsFrom, end);
    }

    function _requireQuote(Judgement memory j, WorkloadCollaterals calldata wc) internal view {
        Piece memory piece = _pieceOf(wc);
        unchecked {
            // Four offsets, the piece, the AK: 64 or 256 bytes, so without padding.
            uint256 toPiece = 0x80 - piece.from;
            bytes memory arguments = abi.encodePacked(
                ITPMVerifier.verifyQuote.selector,
                toPiece + piece.end,
                uint256(0x80),
                toPiece + piece.signatureFrom,
                toPiece + piece.pcrsFrom,
                msg.data[piece.from:piece.end],
                j.akPublic.length,
                j.akPublic
            );
            bytes memory answer = Address.functionStaticCall(address(tpmVerifier), arguments);
            j.quote = abi.decode(answer, (QuoteClaims));
        }
    }

    /// @dev The certification is the last argument, so it ends where calldata does.
    function _requireCertifiedQuote(
        Judgement memory j,
        WorkloadCollaterals calldata wc,
        KeyCertification calldata certification
    ) internal view {
        Piece memory piece = _pieceOf(wc);
        uint256 from;
        assembly ("memory-safe") {
            from := certification
        }
        unchecked {
            // Five offsets, the piece, the certification, the AK.
            uint256 toPiece = 0xa0 - piece.from;
            uint256 toCertification = toPiece + piece.end;
            bytes memory arguments = abi.encodePacked(
                ITPMVerifier.verifyCertifiedQuote.selector,
                toCertification + msg.data.length - from,
                uint256(0xa0),
                toPiece + piece.signatureFrom,
                toPiece + piece.pcrsFrom,
                toCertification,
                msg.data[piece.from:piece.end],
                msg.data[from:],
                j.akPublic.length,
                j.akPublic
            );
            bytes memory answer = Address.functionStaticCall(address(tpmVerifier), arguments);
            (j.quote, j.certified) = abi.decode(answer, (QuoteClaims, CertifiedKey));
        }
        if (j.certified.x != j.key.x || j.certified.y != j.key.y) revert CertifyKeyMismatch();
        j.hasCertification = true;
    }

    /// @dev The quote names the identity, and in its anchored form chain, registry, block, request and statement.
    /// @return anchor all zero when un-anchored
    function _requireExtraData(Judgement memory j) internal view returns (Binding.Anchor memory anchor) {
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
        bool isCertified = j.status & Record.AK_CERTIFIED != 0;
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
            requestHash: Binding.requestHash(request, isCertified)
        });
        bytes9 expected = Binding.anchorDigest(anchor, j.claims.statementId);
        if (expected != digest) {
            anchor.requestHash = Binding.requestHash(request, !isCertified);
            if (Binding.anchorDigest(anchor, j.claims.statementId) == digest)
                revert AnchorAKCertifiedMismatch(isCertified);
            revert AnchorMismatch(expected, digest);
        }
        (j.isAnchored, j.anchorBlock, j.head) = (true, number, head);
        j.evidenceTime = _evidenceTime(number, head);
    }

    /// @dev Who vouches for the PCRs, and how the identity key is held (protocol §4, §5).
    function _rateTPM(Judgement memory j) internal pure {
        PCRTrust trust = PCRTrust.None;
        if (j.status & Record.AK_CERTIFIED != 0) {
            if (j.cloud == uint8(CloudType.Azure))
                trust = PCRTrust.TEE;
                // AWS has no AK certificates, and no place for a verified Nitro document yet.
            else if (j.cloud != uint8(CloudType.AWS)) trust = PCRTrust.Host;
        }
        // With nobody but guest software behind the PCRs a certification proves nothing either.
        KeyProtection protection = KeyProtection.Unproven;
        if (j.hasCertification && trust != PCRTrust.None) {
            bool isBound =
                j.certified.attributes & USES_WITHOUT_POLICY == 0 &&
                    j.certified.authPolicy == j.quote.policyDigest;
            protection = isBound ? KeyProtection.TPMPCRBound : KeyProtection.TPM;
        }
        j.status = Record.withTrust(j.status, uint8(trust), uint8(protection));
    }
}
