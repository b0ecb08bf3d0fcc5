// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SNPStatement} from "./SNPStatement.sol";

/// @title AMD's certificates, as proof journals name them
/// @notice A chain root first, each certificate by the hash of all up to it: sha256(ARK), then
/// sha256(the one before ‖ sha256(DER)). SHA-256 of the DER as AMD's KDS serves them (`/vcek/v1/{product}/cert_chain`,
/// `/vlek/v1/{product}/cert_chain`); a test recomputes them from the certificates.
library AMDCertificates {
    bytes32 private constant ARK_MILAN = 0x69d063b45344d26a2e94e1f4210de49ef555308287d4c174445c95639a540bcd;
    bytes32 private constant ARK_GENOA = 0x4c6598d19c18719c5dfd4a7d335f674e5bfe1d8f800cea2cf270c10d103db2f1;
    bytes32 private constant ASK_MILAN = 0x67d303bd3905fd38db8b20e0793699870e7fa612eaad5dec358293fd8c0bac1b;
    bytes32 private constant ASK_GENOA = 0x5464738c1546aed5f2cecf1dc98c5c960a92e8913238a61711bc90ec6e828521;
    bytes32 private constant ASVK_MILAN = 0xc5e081f59b7efab1fe2f8b505e159704e72f29cab7ef7cf628a05a42439082f5;
    bytes32 private constant ASVK_GENOA = 0x197e610743a917d6b9bb982a5a9226ccc0a15b611be0619e626aca9151457372;

    /// @param product Milan or Genoa: the published programs know no other
    function root(uint8 product) internal pure returns (bytes32) {
        return product == SNPStatement.MILAN ? ARK_MILAN : ARK_GENOA;
    }

    /// @notice Prefix hash of root and the CA that signs this key type for the product.
    function issuer(uint8 product, uint8 keyType) internal pure returns (bytes32) {
        bool isVlek = keyType == SNPStatement.VLEK;
        bytes32 ca;
        if (product == SNPStatement.MILAN) ca = isVlek ? ASVK_MILAN : ASK_MILAN;
        else ca = isVlek ? ASVK_GENOA : ASK_GENOA;
        return sha256(abi.encodePacked(root(product), ca));
    }
}
