// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAKErrors} from "../interfaces/IAKErrors.sol";
import {ITPMErrors} from "../interfaces/ITPMErrors.sol";
import {ITPMVerifier} from "../interfaces/ITPMVerifier.sol";
import {CertifiedKey, QuoteClaims} from "../types/Claims.sol";
import {KeyCertification, MeasureablePcr} from "../types/Evidence.sol";
import {P256} from "../crypto/P256.sol";
import {RSA} from "../crypto/RSA.sol";
import {SHA256} from "../crypto/SHA256.sol";
import {PCRBank} from "../evidence/PCRBank.sol";
import {TPMAttest} from "../evidence/TPMAttest.sol";
import {TPMPublic} from "../evidence/TPMPublic.sol";
import {TPMSignature} from "../evidence/TPMSignature.sol";

/// @title Verifier of TPM 2.0 quotes and certifications by a P-256 or RSA-2048 AK
contract TPMVerifier is ITPMVerifier, ITPMErrors {
    // TPMA_OBJECT, TPM 2.0 Part 2 §8.3: 1 fixedTPM, 4 fixedParent, 5 sensitiveDataOrigin, 18 sign are due;
    // 11 encryptedDuplication, 16 restricted, 17 decrypt, 19 x509sign must be clear.
    uint32 private constant REQUIRED = 0x00040032;
    uint32 private constant FORBIDDEN = 0x000b0800;
    // TPM_ALG_SHA256: a Name is nameAlg ‖ digest (TPM 2.0 Part 1 §16).
    uint256 private constant NAME_ALG_SHA256 = 0x000b;

    constructor() {
        P256.requireAvailable();
    }

    /// @inheritdoc ITPMVerifier
    function verifyQuote(
        bytes calldata akPublic,
        bytes calldata attest,
        bytes calldata signature,
        MeasureablePcr[] calldata pcrs
    ) external view returns (QuoteClaims memory claims) {
        _judgeQuote(claims, akPublic, attest, signature, pcrs);
    }

    /// @inheritdoc ITPMVerifier
    function verifyCertifiedQuote(
        bytes calldata akPublic,
        bytes calldata attest,
        bytes calldata signature,
        MeasureablePcr[] calldata pcrs,
        KeyCertification calldata certification
    ) external view returns (QuoteClaims memory claims, CertifiedKey memory key) {
        _judgeQuote(claims, akPublic, attest, signature, pcrs);
        _judgeCertification(key, akPublic, certification);
    }

    /// @inheritdoc ITPMVerifier
    function verifyQuotedValues(
        bytes calldata akPublic,
        bytes calldata quoted,
        bytes32[] calldata values
    ) external view returns (bytes memory extraData, uint24 selection) {
        _requireKind(akPublic);
        (bytes calldata attest, bytes calldata signature) = TPMAttest.split(quoted);
        bytes32 digest;
        bytes calldata qualifyingData;
        (qualifyingData, selection, digest) = TPMAttest.readQuote(attest);
        PCRBank.requireValues(values, digest);
        _requireSignature(akPublic, SHA256.ofCalldata(attest), signature);
        return (qualifyingData, selection);
    }

    /// @inheritdoc ITPMVerifier
    function verifyCertification(
        bytes calldata akPublic,
        KeyCertification calldata certification
    ) external view returns (CertifiedKey memory key) {
        _requireKind(akPublic);
        _judgeCertification(key, akPublic, certification);
    }

    /// @inheritdoc ITPMVerifier
    function verifyCreation(
        bytes calldata akPublic,
        KeyCertification calldata certification
    ) external view returns (CertifiedKey memory key, bytes memory creationHash) {
        _requireKind(akPublic);
        _readKey(key, certification.tpmtPublic);
        bytes calldata name;
        (name, creationHash) = TPMAttest.readCreation(certification.attest);
        _requireName(name, key.nameHash);
        _requireSignature(akPublic, SHA256.ofCalldata(certification.attest), certification.signature);
    }

    function _judgeQuote(
        QuoteClaims memory claims,
        bytes calldata akPublic,
        bytes calldata attest,
        bytes calldata signature,
        MeasureablePcr[] calldata pcrs
    ) private view {
        _requireKind(akPublic);
        (bytes calldata extraData, uint24 selection, bytes32 digest) = TPMAttest.readQuote(attest);
        PCRBank.judge(claims, pcrs, selection, digest);
        claims.attestSha256 = SHA256.ofCalldata(attest);
        _requireSignature(akPublic, claims.attestSha256, signature);
        claims.extraData = extraData;
    }

    function _judgeCertification(
        CertifiedKey memory key,
        bytes calldata akPublic,
        KeyCertification calldata certification
    ) private view {
        _readKey(key, certification.tpmtPublic);
        _requireName(TPMAttest.readCertify(certification.attest), key.nameHash);
        _requireSignature(akPublic, SHA256.ofCalldata(certification.attest), certification.signature);
    }

    function _readKey(CertifiedKey memory key, bytes calldata tpmtPublic) private view {
        TPMPublic.read(key, tpmtPublic);
        _requireAttributes(key.attributes);
        key.nameHash = SHA256.ofCalldata(tpmtPublic);
    }

    function _requireKind(bytes calldata akPublic) private pure {
        if (akPublic.length != 64 && akPublic.length != 256)
            revert IAKErrors.AKPublicUnsupported(akPublic.length);
    }

    function _requireAttributes(uint32 attributes) private pure {
        if (attributes & REQUIRED != REQUIRED || attributes & FORBIDDEN != 0)
            revert CertifyAttributes(attributes);
    }

    function _requireName(bytes calldata name, bytes32 nameHash) private pure {
        uint256 nameAlg;
        bytes32 digest;
        assembly ("memory-safe") {
            nameAlg := shr(240, calldataload(name.offset))
            digest := calldataload(add(name.offset, 2))
        }
        bool isDue = name.length == 34 && nameAlg == NAME_ALG_SHA256 && digest == nameHash;
        if (!isDue) revert CertifyNameMismatch(name.length == 34 ? digest : bytes32(0), nameHash);
    }

    function _requireSignature(bytes calldata akPublic, bytes32 hash, bytes calldata signature) private view {
        bool isSigned;
        if (akPublic.length == 64) {
            (bytes32 r, bytes32 s) = TPMSignature.readECDSA(signature);
            bytes32 x;
            bytes32 y;
            assembly ("memory-safe") {
                x := calldataload(akPublic.offset)
                y := calldataload(add(akPublic.offset, 0x20))
            }
            isSigned = P256.verify(hash, r, s, x, y);
        } else {
            isSigned = RSA.verifySha256(akPublic, TPMSignature.readRSA(signature), hash);
        }
        if (!isSigned) revert TPMSignatureWrong();
    }
}
