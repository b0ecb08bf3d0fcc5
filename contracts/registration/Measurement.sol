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
    ) internal pure returns (bytes32 value) {
        bytes32 domain = MEASUREMENT;
        assembly ("memory-safe") {
            let text := mload(0x40)
            mstore(text, domain)
            mstore(add(text, 0x20), and(cloud, 0xff))
            mstore(add(text, 0x40), and(tee, 0xff))
            mstore(add(text, 0x60), and(pcrTrust, 0xff))
            mstore(add(text, 0x80), teeMeasurement)
            mstore(add(text, 0xa0), pcrMeasurement)
            value := keccak256(text, 0xc0)
        }
    }

    /// @notice Azure's paravisor configuration is part of what runs, but no part of the TEE statement.
    function azure(bytes32 inner, bytes32 vmConfigurationDigest) internal pure returns (bytes32) {
        return keccak256(abi.encode(inner, vmConfigurationDigest));
    }
}
