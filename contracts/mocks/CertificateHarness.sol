// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {RSA} from "../crypto/RSA.sol";
import {Certificate} from "../x509/Certificate.sol";
import {CertificateFields} from "../x509/CertificateFields.sol";

/// @title Test door to RSA and X.509
contract CertificateHarness {
    using Certificate for CertificateFields;

    function parse(
        bytes memory der
    ) external view returns (CertificateFields memory fields, uint256 gasUsed) {
        uint256 before = gasleft();
        fields = Certificate.parse(der);
        gasUsed = before - gasleft();
    }

    function isSignedBy(bytes memory der, bytes memory issuer) external view returns (bool) {
        CertificateFields memory child = Certificate.parse(der);
        CertificateFields memory parent = Certificate.parse(issuer);
        return
            parent.modulus.length == 0
                ? child.isSignedByP256(parent.x, parent.y)
                : child.isSignedByRSA(parent.modulus);
    }

    function rsaSha256(
        bytes memory n,
        bytes memory signature,
        bytes32 hash
    ) external view returns (bool ok, uint256 gasUsed) {
        uint256 before = gasleft();
        ok = RSA.verifySha256(n, signature, hash);
        gasUsed = before - gasleft();
    }

    function rsaSha384(
        bytes memory n,
        bytes memory signature,
        bytes memory message
    ) external view returns (bool) {
        return RSA.verifySha384(n, signature, message);
    }

    function rsaSha512(
        bytes memory n,
        bytes memory signature,
        bytes memory message
    ) external view returns (bool) {
        return RSA.verifySha512(n, signature, message);
    }
}
