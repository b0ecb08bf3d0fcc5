// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SHA256} from "../crypto/SHA256.sol";
import {CompactClaims} from "../evidence/CompactClaims.sol";
import {RuntimeClaims} from "../evidence/RuntimeClaims.sol";

/// @title Azure's runtime claims as the registry asks for them
/// @dev External, so linked: decoding is a tenth of what a contract may hold, and only Azure needs it.
library AzureClaims {
    /// @param claims the JSON, or its form of `CompactClaims`
    /// @return n modulus of HCLAkPub, 256 bytes
    /// @return vmConfigurationDigest keccak256 of the configuration of the VM
    /// @return userDataHead user-data[0:32]
    /// @return userDataTail user-data[32:64]
    /// @return digest sha256 of the claims, which report_data must hold
    function read(
        bytes calldata claims
    )
        external
        view
        returns (
            bytes memory n,
            bytes32 vmConfigurationDigest,
            bytes32 userDataHead,
            bytes32 userDataTail,
            bytes32 digest
        )
    {
        if (CompactClaims.isMeant(claims)) return CompactClaims.read(claims);
        (n, vmConfigurationDigest, userDataHead, userDataTail) = RuntimeClaims.parse(claims);
        digest = SHA256.ofCalldata(claims);
    }
}
