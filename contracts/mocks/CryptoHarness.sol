// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {P256} from "../crypto/P256.sol";
import {SHA512} from "../crypto/SHA512.sol";
import {RuntimeClaims} from "../evidence/RuntimeClaims.sol";

/// @title Test door to the libraries of contracts/crypto and RuntimeClaims
contract CryptoHarness {
    function p256(bytes32 hash, bytes32 r, bytes32 s, bytes32 x, bytes32 y) external view returns (bool) {
        return P256.verify(hash, r, s, x, y);
    }

    function isOnCurve(bytes32 x, bytes32 y) external pure returns (bool) {
        return P256.isOnCurve(x, y);
    }

    function sha384(bytes memory data) external view returns (bytes32 head, bytes16 tail, uint256 gasUsed) {
        uint256 before = gasleft();
        (head, tail) = SHA512.sha384(data);
        gasUsed = before - gasleft();
    }

    function sha512(bytes memory data) external pure returns (bytes32 head, bytes32 tail) {
        return SHA512.sha512(data);
    }

    function runtimeClaims(
        bytes calldata claims
    )
        external
        view
        returns (
            bytes memory n,
            bytes32 vmConfigurationDigest,
            bytes32 userDataHead,
            bytes32 userDataTail,
            uint256 gasUsed
        )
    {
        uint256 before = gasleft();
        (n, vmConfigurationDigest, userDataHead, userDataTail) = RuntimeClaims.parse(claims);
        gasUsed = before - gasleft();
    }
}
