// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TEEClaims} from "../types/Claims.sol";

/// @title Verifier of one kind of TEE evidence
/// @notice One implementation per TEE and report type; the registry picks it by (tee, reportType).
interface ITEEVerifier {
    /// @notice Judges a TEE report completely: structure, chain of trust, signatures, security attributes.
    /// @dev Not view: a verifier may fill its own caches. Every refusal is a custom error of the catalogue.
    /// @param report the `teeAttestationReport` bytes of the registration
    /// @return claims what the statement says
    function verify(bytes calldata report) external returns (TEEClaims memory claims);
}
