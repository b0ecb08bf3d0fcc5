// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Measurement of a CVM
/// @notice What an application admits: TEE, PCRs and who vouches for the PCRs in one hash (protocol §6, §7).
library Measurement {
    bytes32 internal constant MEASUREMENT = keccak256("cvm-registry.measurement.v1");

    function hash(
        uint8 cloud,
        uint8 tee,
        uint8 pcrTrust,
        bytes32 teeMeasurement,
        bytes32 pcrMeasurement
    ) internal pure returns (bytes32) {
        return keccak256(abi.encode(MEASUREMENT, cloud, tee, pcrTrust, teeMeasurement, pcrMeasurement));
    }

    /// @notice Azure's paravisor configuration is part of what runs, but no part of the TEE statement.
    function azure(bytes32 inner, bytes32 vmConfigurationDigest) internal pure returns (bytes32) {
        return keccak256(abi.encode(inner, vmConfigurationDigest));
    }
}
