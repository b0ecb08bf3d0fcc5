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
    bytes32 private constant ARK_TURIN = 0x1f084161a44bb6d93778a904877d4819cafa5d05ef4193b2ded9dd9c73dd3f6a;
    bytes32 private constant ASK_MILAN = 0x67d303bd3905fd38db8b20e0793699870e7fa612eaad5dec358293fd8c0bac1b;
    bytes32 private constant ASK_GENOA = 0x5464738c1546aed5f2cecf1dc98c5c960a92e8913238a61711bc90ec6e828521;
    bytes32 private constant ASK_TURIN = 0x5b77ef5fe7a7a004fd9032668fba9d0fda22f88c4442069a479636a6ae3b3185;
    bytes32 private constant ASVK_MILAN = 0xc5e081f59b7efab1fe2f8b505e159704e72f29cab7ef7cf628a05a42439082f5;
    bytes32 private constant ASVK_GENOA = 0x197e610743a917d6b9bb982a5a9226ccc0a15b611be0619e626aca9151457372;
    bytes32 private constant ASVK_TURIN = 0x104e10a8bd060a3c20a434261a57d0588fd65a88915b4f65b08bdecaf8df1a3c;

    /// @param product of protocol §13
    function root(uint8 product) internal pure returns (bytes32) {
        if (product == SNPStatement.MILAN) return ARK_MILAN;
        return product == SNPStatement.GENOA ? ARK_GENOA : ARK_TURIN;
    }

    /// @notice Prefix hash of root and the CA that signs this key type for the product.
    function issuer(uint8 product, uint8 keyType) internal pure returns (bytes32) {
        bool isVlek = keyType == SNPStatement.VLEK;
        bytes32 ca;
        if (product == SNPStatement.MILAN) ca = isVlek ? ASVK_MILAN : ASK_MILAN;
        else if (product == SNPStatement.GENOA) ca = isVlek ? ASVK_GENOA : ASK_GENOA;
        else ca = isVlek ? ASVK_TURIN : ASK_TURIN;
        return sha256(abi.encodePacked(root(product), ca));
    }
}
