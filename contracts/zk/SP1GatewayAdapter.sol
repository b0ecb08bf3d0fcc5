// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISP1Verifier} from "../interfaces/ISP1Verifier.sol";
import {Route} from "./Route.sol";
import {SP1Release} from "./SP1Release.sol";

/// @dev SP1VerifierGateway of sp1-contracts.
interface ISP1VerifierGateway {
    function routes(bytes4 selector) external view returns (address verifier, bool frozen);
}

/// @dev A verifier of sp1-contracts; VK_ROOT from v6 on.
interface ISP1VerifierWithHash {
    function VERIFIER_HASH() external view returns (bytes32);

    function VK_ROOT() external view returns (bytes32);
}

/// @title One release behind Succinct's own gateway
/// @notice Stops with Succinct: a frozen route ends the release here too.
contract SP1GatewayAdapter is ISP1Verifier, SP1Release, Route {
    ISP1VerifierGateway public immutable GATEWAY;

    /// @param vkRoot 0 for releases until v5
    constructor(
        ISP1VerifierGateway gateway,
        bytes32 verifierHash,
        bytes32 vkRoot
    ) SP1Release(verifierHash, vkRoot) Route(_liveRoute(gateway, bytes4(verifierHash))) {
        GATEWAY = gateway;
        ISP1VerifierWithHash verifier = ISP1VerifierWithHash(VERIFIER);
        if (verifier.VERIFIER_HASH() != verifierHash) revert RouteMismatch(VERIFIER);
        if (vkRoot != 0 && verifier.VK_ROOT() != vkRoot) revert RouteMismatch(VERIFIER);
    }

    /// @inheritdoc ISP1Verifier
    function verifyProof(
        bytes32 programVKey,
        bytes calldata publicValues,
        bytes calldata proofBytes
    ) external view {
        _requireProofForm(proofBytes);
        _forward(abi.encodeCall(ISP1Verifier.verifyProof, (programVKey, publicValues, proofBytes)), SELECTOR);
    }

    function _route() internal view override returns (address) {
        return _liveRoute(GATEWAY, SELECTOR);
    }

    function _liveRoute(ISP1VerifierGateway gateway, bytes4 selector) private view returns (address) {
        (address verifier, bool frozen) = gateway.routes(selector);
        return frozen ? address(0) : verifier;
    }
}
