// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AttestedOracle} from "../examples/AttestedOracle.sol";
import {ICVMRegistry} from "../interfaces/ICVMRegistry.sol";

/// @title Test door to messages that count once
contract OneTimeApplication is AttestedOracle {
    constructor(ICVMRegistry registry, address owner) AttestedOracle(registry, owner) {}

    function useCVMSignature(
        bytes32 cvmIdentityHash,
        bytes calldata message,
        bytes calldata signature
    ) external returns (bytes calldata rest) {
        return _useCVMSignature(cvmIdentityHash, message, signature);
    }
}
