// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Floor} from "../policy/Floor.sol";
import {ICVMRegistry} from "./ICVMRegistry.sol";

/// @title Consumer of CVM signatures
/// @notice Decides which registered CVMs are good enough, at the time of each check.
interface ICVMApplication {
    /// @notice How a message names chain and application (protocol §10).
    enum MessageFormat {
        Envelope,
        Walkthrough,
        Raw
    }

    /// @notice What becomes of an identity: dropped ones count now, admitted ones do not.
    enum Change {
        None,
        Dropped,
        Admitted
    }

    /// @notice One check of the catalogue and whether it passed.
    struct PolicyCheck {
        string check;
        bool passed;
    }

    event FloorSet(Floor oldFloor, Floor newFloor);
    event PlatformAdmitted(bytes32 indexed platformId, bool wasAdmitted, bool isAdmitted);
    event PlatformDenied(bytes32 indexed platformId, bool wasDenied, bool isDenied);
    event EndorserSet(address oldEndorser, address newEndorser);
    /// @notice Also when the owner ends an endorsement: then the new end is 0.
    event PlatformEndorsed(bytes32 indexed platformId, uint64 oldValidUntil, uint64 newValidUntil);
    event MessageFormatSet(MessageFormat oldFormat, MessageFormat newFormat);
    event CVMMessageUsed(bytes32 indexed cvmIdentityHash, uint256 nonce);

    /// @notice The chain id does not fit the walkthrough's two bytes.
    error WalkthroughChainId(uint256 chainId);
    /// @notice Platform 0 stands for every platform that does not show itself.
    error PlatformUnknown();
    /// @notice An endorsement must end in the future.
    error EndorsementExpired(uint64 validUntil);
    /// @notice Not signed by this endorser with this nonce.
    error EndorsementSignatureWrong(address endorser, uint256 nonce);
    /// @notice Raw messages name neither chain nor application, so they have no user bytes and are never consumed.
    error MessageFormatRaw();
    /// @notice User bytes of a consumed message begin with uint256 nonce ‖ uint64 deadline.
    error MessageTooShort(uint256 length);
    /// @notice The message was consumed, or another comes first.
    error MessageNonce(uint256 expected, uint256 given);
    /// @notice The last second of the message is over.
    error MessageExpired(uint64 deadline);

    /// @notice Where records are read.
    function registry() external view returns (ICVMRegistry);

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

    /// @notice The P-256 key of the identity while it is good enough, zeros while it is not.
    function keyOf(bytes32 cvmIdentityHash) external view returns (bytes32 x, bytes32 y);

    /// @notice Nonce of the next message that the identity's key may have consumed here.
    /// @dev Counted by key: two spellings of an identity have one key.
    function messageNonce(bytes32 cvmIdentityHash) external view returns (uint256);

    /// @notice What a change would do to each of these identities, were it made now.
    /// @param floor_ the other floor; `floor()` for a change of measurements alone
    /// @param added measurements that would be golden
    /// @param removed measurements that would be golden no longer, also when among `added`
    function previewChange(
        Floor calldata floor_,
        bytes32[] calldata added,
        bytes32[] calldata removed,
        bytes32[] calldata cvmIdentityHashes
    ) external view returns (Change[] memory changes);
}
