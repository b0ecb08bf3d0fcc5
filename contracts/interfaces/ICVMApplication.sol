// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Floor} from "../policy/Floor.sol";

/// @title Consumer of CVM signatures
/// @notice Decides which registered CVMs are good enough, at the time of each check.
interface ICVMApplication {
    /// @notice How a message names chain and application (protocol §10).
    enum MessageFormat {
        Envelope,
        Walkthrough,
        Raw
    }

    /// @notice One check of the catalogue and whether it passed.
    struct PolicyCheck {
        string check;
        bool passed;
    }

    event FloorSet(Floor oldFloor, Floor newFloor);
    event PlatformAdmitted(bytes32 indexed platformId, bool wasAdmitted, bool isAdmitted);
    event MessageFormatSet(MessageFormat oldFormat, MessageFormat newFormat);

    /// @notice The chain id does not fit the walkthrough's two bytes.
    error WalkthroughChainId(uint256 chainId);

    /// @notice True when the identity is good enough now and signed the message. Never reverts on bad input.
    /// @param signature r‖s, 64 bytes, over sha256(message); high s allowed, never an identifier
    function checkCVMSignature(
        bytes32 cvmIdentityHash,
        bytes calldata message,
        bytes calldata signature
    ) external view returns (bool);

    /// @notice Reverts with the error of the first check that fails, in the catalogue's order.
    function requireCVMSignature(
        bytes32 cvmIdentityHash,
        bytes calldata message,
        bytes calldata signature
    ) external view;

    /// @notice Every check with its verdict, in the catalogue's order.
    function explain(
        bytes32 cvmIdentityHash,
        bytes calldata message,
        bytes calldata signature
    ) external view returns (PolicyCheck[] memory checks);

    /// @notice Whether the identity is good enough now, whatever it signs.
    function isAdmitted(bytes32 cvmIdentityHash) external view returns (bool);
}
