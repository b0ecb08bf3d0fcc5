// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {P256} from "./crypto/P256.sol";
import {SHA256} from "./crypto/SHA256.sol";
import {ICVMApplication} from "./interfaces/ICVMApplication.sol";
import {ICVMRegistry} from "./interfaces/ICVMRegistry.sol";
import {IPolicyErrors} from "./interfaces/IPolicyErrors.sol";
import {CVMMessage} from "./messages/CVMMessage.sol";
import {AssurancePolicy} from "./policy/AssurancePolicy.sol";
import {Floor} from "./policy/Floor.sol";
import {FloorWord} from "./policy/FloorWord.sol";
import {GoldenMeasurements} from "./policy/GoldenMeasurements.sol";
import {PlatformPolicy} from "./policy/PlatformPolicy.sol";
import {PolicyRefusal} from "./policy/PolicyRefusal.sol";

/// @title Base of applications that trust what CVMs sign
/// @notice Fails closed: begins with the strictest sensible floor and no golden measurement. Every lowering is an
/// act of the owner, and its event shows the old and the new value.
abstract contract CVMApplication is ICVMApplication, IPolicyErrors, GoldenMeasurements, PlatformPolicy {
    using FloorWord for uint256;

    // uint256 nonce ‖ uint64 deadline.
    uint256 private constant ONCE_HEAD = 32 + 8;

    ICVMRegistry public immutable registry;

    mapping(bytes32 keyHash => uint256) private _messageNonces;

    constructor(ICVMRegistry registry_, address owner_) Ownable(owner_) {
        P256.requireAvailable();
        registry = registry_;
    }

    // --- checks ---

    /// @inheritdoc ICVMApplication
    function checkCVMSignature(
        bytes32 cvmIdentityHash,
        bytes calldata message,
        bytes calldata signature
    ) public view returns (bool) {
        (uint256 failed, , ) = _judge(cvmIdentityHash, message, signature);
        return failed == 0;
    }

    /// @inheritdoc ICVMApplication
    function requireCVMSignature(
        bytes32 cvmIdentityHash,
        bytes calldata message,
        bytes calldata signature
    ) public view {
        (uint256 failed, uint256 status, uint256 policy) = _judge(cvmIdentityHash, message, signature);
        if (failed == 0) return;
        (, , , bytes32 measurementHash, bytes32 platformId) = _signerStatus(cvmIdentityHash);
        PolicyRefusal.refuse(failed, status, policy, measurementHash, platformId);
    }

    /// @inheritdoc ICVMApplication
    function explain(
        bytes32 cvmIdentityHash,
        bytes calldata message,
        bytes calldata signature
    ) external view returns (PolicyCheck[] memory checks) {
        (uint256 failed, , ) = _judge(cvmIdentityHash, message, signature);
        checks = new PolicyCheck[](AssurancePolicy.COUNT);
        for (uint256 i = 0; i < checks.length; ++i)
            checks[i] = PolicyCheck(PolicyRefusal.id(i), failed & (1 << i) == 0);
    }

    /// @inheritdoc ICVMApplication
    function isAdmitted(bytes32 cvmIdentityHash) public view returns (bool) {
        (bytes32 x, bytes32 y) = keyOf(cvmIdentityHash);
        return x | y != 0;
    }

    /// @inheritdoc ICVMApplication
    function keyOf(bytes32 cvmIdentityHash) public view returns (bytes32 x, bytes32 y) {
        uint256 status;
        bytes32 measurementHash;
        bytes32 platformId;
        (status, x, y, measurementHash, platformId) = _signerStatus(cvmIdentityHash);
        if (_judgeRecord(status, platformId, _policy, goldenMeasurements(measurementHash)) != 0)
            return (0, 0);
    }

    /// @inheritdoc ICVMApplication
    function messageNonce(bytes32 cvmIdentityHash) external view returns (uint256) {
        return _messageNonces[_keyHash(cvmIdentityHash)];
    }

    /// @inheritdoc ICVMApplication
    function previewChange(
        Floor calldata floor_,
        bytes32[] calldata added,
        bytes32[] calldata removed,
        bytes32[] calldata ids
    ) external view returns (Change[] memory changes) {
        changes = new Change[](ids.length);
        uint256 policy = _policy.withFloor(floor_);
        for (uint256 i = 0; i < ids.length; ++i) changes[i] = _compare(ids[i], policy, added, removed);
    }

    // --- for applications ---

    /// @dev What of a message its author wrote, behind prefix, chain and application.
    function _userBytes(bytes calldata message) internal view returns (bytes calldata) {
        MessageFormat format = messageFormat();
        if (format == MessageFormat.Raw) revert MessageFormatRaw();
        bool isEnvelope = format == MessageFormat.Envelope;
        uint256 head = isEnvelope ? CVMMessage.ENVELOPE_HEAD : CVMMessage.WALKTHROUGH_HEAD;
        if (message.length < head) revert PolicyMessageFormat();
        return message[head:];
    }

    /// @notice Requires the signature of a message that counts once, and consumes it.
    /// @dev Not open to callers: a message consumed without what its application does on it would be lost, and anybody
    /// who sees one on its way could do that.
    /// @param message user bytes begin with uint256 nonce, `messageNonce` of the identity, and uint64 deadline, the last
    /// second at which it counts
    /// @return rest user bytes behind the deadline
    function _useCVMSignature(
        bytes32 cvmIdentityHash,
        bytes calldata message,
        bytes calldata signature
    ) internal returns (bytes calldata rest) {
        bytes calldata user = _userBytes(message);
        if (user.length < ONCE_HEAD) revert MessageTooShort(user.length);
        requireCVMSignature(cvmIdentityHash, message, signature);
        uint64 deadline = uint64(bytes8(user[32:ONCE_HEAD]));
        if (block.timestamp > deadline) revert MessageExpired(deadline);
        bytes32 keyHash = _keyHash(cvmIdentityHash);
        uint256 expected = _messageNonces[keyHash];
        uint256 nonce = uint256(bytes32(user[:32]));
        if (nonce != expected) revert MessageNonce(expected, nonce);
        _messageNonces[keyHash] = expected + 1;
        emit CVMMessageUsed(cvmIdentityHash, nonce);
        return user[ONCE_HEAD:];
    }

    // --- steps ---

    function _judge(
        bytes32 identityHash,
        bytes calldata message,
        bytes calldata signature
    ) private view returns (uint256 failed, uint256 status, uint256 policy) {
        bytes32 x;
        bytes32 y;
        bytes32 measurementHash;
        bytes32 platformId;
        (status, x, y, measurementHash, platformId) = _signerStatus(identityHash);
        policy = _policy;
        failed = _judgeRecord(status, platformId, policy, goldenMeasurements(measurementHash));
        if (!_isOfFormat(policy, message)) failed |= 1 << AssurancePolicy.MESSAGE_FORMAT;
        if (!_isSigned(x, y, message, signature)) failed |= 1 << AssurancePolicy.SIGNATURE;
    }

    function _judgeRecord(
        uint256 status,
        bytes32 platformId,
        uint256 policy,
        bool isGolden
    ) private view returns (uint256 failed) {
        failed = AssurancePolicy.judge(status, policy);
        if (!isGolden) failed |= 1 << AssurancePolicy.MEASUREMENT;
        if (AssurancePolicy.asksPlatform(status, policy))
            failed |= _judgePlatform(status, platformId, policy);
    }

    function _judgePlatform(
        uint256 status,
        bytes32 platformId,
        uint256 policy
    ) private view returns (uint256 failed) {
        bool isNeeded = AssurancePolicy.needsPlatform(status, policy);
        if (!isNeeded && policy.denied() == 0) return 0;
        (bool isDenied, bool isVouched) = _standing(platformId);
        if (isDenied) failed = 1 << AssurancePolicy.PLATFORM_DENIED;
        if (isNeeded && !isVouched) failed |= 1 << AssurancePolicy.PLATFORM;
    }

    /// @dev By another policy and other measurements.
    function _compare(
        bytes32 identityHash,
        uint256 policy,
        bytes32[] calldata added,
        bytes32[] calldata removed
    ) private view returns (Change) {
        (uint256 status, , , bytes32 hash, bytes32 platformId) = _signerStatus(identityHash);
        bool isGolden = goldenMeasurements(hash);
        bool counts = _judgeRecord(status, platformId, _policy, isGolden) == 0;
        isGolden = (isGolden || _isAmong(hash, added)) && !_isAmong(hash, removed);
        bool willCount = _judgeRecord(status, platformId, policy, isGolden) == 0;
        if (counts == willCount) return Change.None;
        return counts ? Change.Dropped : Change.Admitted;
    }

    /// @dev registry.signerStatus, whose decoding by Solidity costs 250 gas more.
    function _signerStatus(
        bytes32 identityHash
    )
        private
        view
        returns (uint256 status, bytes32 x, bytes32 y, bytes32 measurementHash, bytes32 platformId)
    {
        address target = address(registry);
        bytes32 selector = ICVMRegistry.signerStatus.selector;
        assembly ("memory-safe") {
            let answer := mload(0x40)
            mstore(0x00, selector)
            mstore(0x04, identityHash)
            let called := staticcall(gas(), target, 0x00, 0x24, answer, 0xa0)
            if or(iszero(called), lt(returndatasize(), 0xa0)) {
                revert(0, 0)
            }
            status := mload(answer)
            x := mload(add(answer, 0x20))
            y := mload(add(answer, 0x40))
            measurementHash := mload(add(answer, 0x60))
            platformId := mload(add(answer, 0x80))
        }
    }

    function _keyHash(bytes32 identityHash) private view returns (bytes32) {
        (, bytes32 x, bytes32 y, , ) = _signerStatus(identityHash);
        return keccak256(abi.encode(x, y));
    }

    function _isAmong(bytes32 hash, bytes32[] calldata list) private pure returns (bool) {
        for (uint256 i = 0; i < list.length; ++i) if (list[i] == hash) return true;
        return false;
    }

    function _isOfFormat(uint256 policy, bytes calldata message) private view returns (bool) {
        uint8 format = policy.format();
        if (format == uint8(MessageFormat.Envelope)) return CVMMessage.isEnvelope(message, address(this));
        return format == uint8(MessageFormat.Raw) || CVMMessage.isWalkthrough(message, address(this));
    }

    function _isSigned(
        bytes32 x,
        bytes32 y,
        bytes calldata message,
        bytes calldata signature
    ) private view returns (bool) {
        if (signature.length != 64) return false;
        bytes32 r;
        bytes32 s;
        assembly ("memory-safe") {
            r := calldataload(signature.offset)
            s := calldataload(add(signature.offset, 0x20))
        }
        return P256.verify(SHA256.ofCalldata(message), r, s, x, y);
    }
}
