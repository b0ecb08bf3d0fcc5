// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAKCertificates} from "../interfaces/IAKCertificates.sol";
import {ITEEVerifier} from "../interfaces/ITEEVerifier.sol";
import {ITPMVerifier} from "../interfaces/ITPMVerifier.sol";
import {AKTrust, CertifiedKey, QuoteClaims, TEEClaims} from "../types/Claims.sol";
import {KeyCertification, MeasureablePcr} from "../types/Evidence.sol";

// Tests of the registry alone: a stub believes what it reads, each "evidence" is the ABI encoding of its verdict.

contract StubTEEVerifier is ITEEVerifier {
    function verify(bytes calldata report) external pure returns (TEEClaims memory) {
        return abi.decode(report, (TEEClaims));
    }
}

contract StubTPMVerifier is ITPMVerifier {
    function verifyQuote(
        bytes calldata,
        bytes calldata attest,
        bytes calldata,
        MeasureablePcr[] calldata
    ) external pure returns (QuoteClaims memory) {
        return _quote(attest);
    }

    function verifyCertifiedQuote(
        bytes calldata,
        bytes calldata attest,
        bytes calldata,
        MeasureablePcr[] calldata,
        KeyCertification calldata certification
    ) external pure returns (QuoteClaims memory, CertifiedKey memory) {
        return (_quote(attest), abi.decode(certification.attest, (CertifiedKey)));
    }

    function verifyQuotedValues(
        bytes calldata,
        bytes calldata quoted,
        bytes32[] calldata
    ) external pure returns (bytes memory, uint24) {
        return abi.decode(quoted, (bytes, uint24));
    }

    function verifyCertification(
        bytes calldata,
        KeyCertification calldata certification
    ) external pure returns (CertifiedKey memory) {
        return abi.decode(certification.attest, (CertifiedKey));
    }

    function _quote(bytes calldata attest) private pure returns (QuoteClaims memory claims) {
        claims = abi.decode(attest, (QuoteClaims));
        claims.attestSha256 = sha256(attest);
    }

    function verifyCreation(
        bytes calldata,
        KeyCertification calldata certification
    ) external pure returns (CertifiedKey memory, bytes memory) {
        return abi.decode(certification.attest, (CertifiedKey, bytes));
    }
}

/// @dev A chain is one "certificate": abi.encode(bytes akPublic, AKTrust).
contract StubAKCertificates is IAKCertificates {
    mapping(bytes32 akId => AKTrust) private _trust;

    function verifyChain(
        bytes[] calldata certs
    ) external returns (bytes memory akPublic, AKTrust memory trust) {
        (akPublic, trust) = abi.decode(certs[0], (bytes, AKTrust));
        _trust[keccak256(akPublic)] = trust;
    }

    // The cache and revocation are AKCertificates' own business: the registry asks only for trust.
    function cacheIssuers(bytes[] calldata) external {}

    function revokeCertificate(bytes32, uint160) external {}

    function restoreCertificate(bytes32, uint160) external {}

    function knownIssuer(bytes32) external pure returns (uint8, uint40) {
        return (0, 0);
    }

    function isRevoked(bytes32, uint160) external pure returns (bool) {
        return false;
    }

    function trustOf(bytes32 akId, uint8 cloud) external view returns (AKTrust memory trust) {
        trust = _trust[akId];
        if (trust.cloud != cloud || trust.notAfter <= block.timestamp) delete trust;
    }
}
