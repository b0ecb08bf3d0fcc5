// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {P256} from "./crypto/P256.sol";
import {SHA256} from "./crypto/SHA256.sol";
import {ICVMApplication} from "./interfaces/ICVMApplication.sol";
import {ICVMRegistry} from "./interfaces/ICVMRegistry.sol";
import {IPolicyErrors} from "./interfaces/IPolicyErrors.sol";
import {CVMMessage} from "./messages/CVMMessage.sol";
import {AssurancePolicy} from "./policy/AssurancePolicy.sol";
import {DefaultFloor, Floor} from "./policy/Floor.sol";
import {GoldenMeasurements} from "./policy/GoldenMeasurements.sol";
import {Record} from "./registration/Record.sol";
import {CVMRecord} from "./types/Claims.sol";

/// @title Base of applications that trust what CVMs sign
/// @notice Fails closed: begins with the strictest sensible floor and no golden measurement. Every lowering is an
/// act of the owner, and its event shows the old and the new value.
abstract contract CVMApplication is ICVMApplication, IPolicyErrors, GoldenMeasurements {
    ICVMRegistry public immutable registry;

    MessageFormat public messageFormat;
    Floor private _floor;
    /// @notice Platforms that the owner vouches for.
    mapping(bytes32 platformId => bool) public isPlatformAdmitted;

    constructor(ICVMRegistry registry_, address owner_) GoldenMeasurements(owner_) {
        P256.requireAvailable();
        registry = registry_;
        Floor memory initial = DefaultFloor.floor();
        emit FloorSet(_floor, initial);
        _floor = initial;
    }

    // --- checks ---

    /// @inheritdoc ICVMApplication
    function checkCVMSignature(
        bytes32 cvmIdentityHash,
        bytes calldata message,
        bytes calldata signature
    ) public view returns (bool) {
        (uint256 failed, ) = _judge(cvmIdentityHash, message, signature);
        return failed == 0;
    }

    /// @inheritdoc ICVMApplication
    function requireCVMSignature(
        bytes32 cvmIdentityHash,
        bytes calldata message,
        bytes calldata signature
    ) public view {
        (uint256 failed, CVMRecord memory r) = _judge(cvmIdentityHash, message, signature);
        AssurancePolicy.requireNone(failed, r, _floor);
    }

    /// @inheritdoc ICVMApplication
    function explain(
        bytes32 cvmIdentityHash,
        bytes calldata message,
        bytes calldata signature
    ) external view returns (PolicyCheck[] memory checks) {
        (uint256 failed, ) = _judge(cvmIdentityHash, message, signature);
        checks = new PolicyCheck[](AssurancePolicy.COUNT);
        for (uint256 i = 0; i < checks.length; ++i)
            checks[i] = PolicyCheck(AssurancePolicy.id(i), failed & (1 << i) == 0);
    }

    /// @inheritdoc ICVMApplication
    function isAdmitted(bytes32 cvmIdentityHash) public view returns (bool) {
        (uint256 failed, ) = _judgeRecord(cvmIdentityHash);
        return failed == 0;
    }

    function floor() external view returns (Floor memory) {
        return _floor;
    }

    // --- owner ---

    function setFloor(Floor calldata floor_) external onlyOwner {
        emit FloorSet(_floor, floor_);
        _floor = floor_;
    }

    function admitPlatform(bytes32 platformId, bool isAdmitted_) external onlyOwner {
        emit PlatformAdmitted(platformId, isPlatformAdmitted[platformId], isAdmitted_);
        isPlatformAdmitted[platformId] = isAdmitted_;
    }

    function setMessageFormat(MessageFormat format) external onlyOwner {
        if (format == MessageFormat.Walkthrough && !CVMMessage.fitsWalkthrough())
            revert WalkthroughChainId(block.chainid);
        emit MessageFormatSet(messageFormat, format);
        messageFormat = format;
    }

    // --- steps ---

    function _judge(
        bytes32 identityHash,
        bytes calldata message,
        bytes calldata signature
    ) private view returns (uint256 failed, CVMRecord memory r) {
        (failed, r) = _judgeRecord(identityHash);
        if (!_isOfFormat(message)) failed |= 1 << AssurancePolicy.MESSAGE_FORMAT;
        if (!_isSigned(r, message, signature)) failed |= 1 << AssurancePolicy.SIGNATURE;
    }

    function _judgeRecord(bytes32 identityHash) private view returns (uint256 failed, CVMRecord memory r) {
        AssurancePolicy.Context memory context;
        uint256 status;
        (
            status,
            r.keyX,
            r.keyY,
            r.measurementHash,
            r.platformId,
            context.isPlatformRevoked,
            context.isClassCurrent
        ) = registry.signerOf(identityHash);
        Record.unpack(status, r);
        context.isGolden = goldenMeasurements(r.measurementHash);
        Floor memory wanted = _floor;
        context.isPlatformAdmitted =
            !AssurancePolicy.needsPlatform(r, wanted) ||
            (r.platformId != 0 && isPlatformAdmitted[r.platformId]);
        failed = AssurancePolicy.judge(r, context, wanted);
    }

    function _isOfFormat(bytes calldata message) private view returns (bool) {
        MessageFormat format = messageFormat;
        if (format == MessageFormat.Raw) return true;
        return
            format == MessageFormat.Envelope
                ? CVMMessage.isEnvelope(message, address(this))
                : CVMMessage.isWalkthrough(message, address(this));
    }

    function _isSigned(
        CVMRecord memory r,
        bytes calldata message,
        bytes calldata signature
    ) private view returns (bool) {
        return
            signature.length == 64 &&
            P256.verify(
                SHA256.ofCalldata(message),
                bytes32(signature[:32]),
                bytes32(signature[32:]),
                r.keyX,
                r.keyY
            );
    }
}
