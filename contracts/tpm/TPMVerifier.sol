// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAKErrors} from "../interfaces/IAKErrors.sol";
import {ITPMErrors} from "../interfaces/ITPMErrors.sol";
import {ITPMVerifier} from "../interfaces/ITPMVerifier.sol";
import {CertifiedKey, QuoteClaims} from "../types/Claims.sol";
import {KeyCertification, MeasureablePcr} from "../types/Evidence.sol";
import {P256} from "../crypto/P256.sol";
import {RSA} from "../crypto/RSA.sol";
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
    bytes2 private constant NAME_ALG_SHA256 = 0x000b;

    /// @inheritdoc ITPMVerifier
    function verifyQuote(
        bytes calldata akPublic,
        bytes calldata attest,
        bytes calldata signature,
        MeasureablePcr[] calldata pcrs
    ) external view returns (QuoteClaims memory claims) {
        _requireKind(akPublic);
        (bytes calldata extraData, uint24 selection, bytes32 digest) = TPMAttest.readQuote(attest);
        PCRBank.requireQuoted(pcrs, selection, digest);
        _requireSignature(akPublic, attest, signature);
        claims.extraData = extraData;
        PCRBank.condense(claims, pcrs);
    }

    /// @inheritdoc ITPMVerifier
    function verifyCertification(
        bytes calldata akPublic,
        KeyCertification calldata certification
    ) external view returns (CertifiedKey memory key) {
        _requireKind(akPublic);
        key = TPMPublic.read(certification.tpmtPublic);
        _requireAttributes(key.attributes);
        key.nameHash = sha256(certification.tpmtPublic);
        _requireName(TPMAttest.readCertify(certification.attest), key.nameHash);
        _requireSignature(akPublic, certification.attest, certification.signature);
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
        bool isDue = name.length == 34 && bytes2(name[0:2]) == NAME_ALG_SHA256;
        bytes32 certified = name.length == 34 ? bytes32(name[2:34]) : bytes32(0);
        if (!isDue || certified != nameHash) revert CertifyNameMismatch(certified, nameHash);
    }

    function _requireSignature(
        bytes calldata akPublic,
        bytes calldata attest,
        bytes calldata signature
    ) private view {
        bool isSigned;
        if (akPublic.length == 64) {
            (bytes32 r, bytes32 s) = TPMSignature.readECDSA(signature);
            isSigned = P256.verify(sha256(attest), r, s, bytes32(akPublic[0:32]), bytes32(akPublic[32:64]));
        } else {
            isSigned = RSA.verifySha256(akPublic, TPMSignature.readRSA(signature), sha256(attest));
        }
        if (!isSigned) revert TPMSignatureWrong();
    }
}
