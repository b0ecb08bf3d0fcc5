// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {P256} from "../crypto/P256.sol";
import {CVMMessage} from "../messages/CVMMessage.sol";
import {Record} from "./Record.sol";
import {Records} from "./Records.sol";

/// @title Actions that an identity key signs
/// @notice TTLs, operator and revocation work while suspended or expired, not on revoked or retired records.
abstract contract KeyActions is Records {
    using Record for Record.Stored;

    // Protocol §9.
    uint64 private constant MIN_TTL = 1 hours;
    uint64 private constant MAX_TTL = 90 days;

    function setCollateralTTL(
        bytes32 cvmIdentityHash,
        uint64 teeTTL,
        uint64 tpmTTL,
        bytes calldata signature
    ) external {
        Record.Stored storage r = _live(cvmIdentityHash);
        _requireTTL(teeTTL);
        _requireTTL(tpmTTL);
        _requireSigned(cvmIdentityHash, CVMMessage.ttl(r.nonceOf(), teeTTL, tpmTTL), signature);
        r.status = Record.withTTLs(r.status, teeTTL, tpmTTL);
        emit CVMTTLUpdated(cvmIdentityHash, teeTTL, tpmTTL);
    }

    function setOperator(bytes32 cvmIdentityHash, address operator, bytes calldata signature) external {
        Record.Stored storage r = _live(cvmIdentityHash);
        _requireSigned(cvmIdentityHash, CVMMessage.operator(r.nonceOf(), operator), signature);
        _operatorOf[cvmIdentityHash] = operator;
        uint256 status = r.status & ~Record.HAS_OPERATOR;
        r.status = operator == address(0) ? status : status | Record.HAS_OPERATOR;
        emit CVMOperatorUpdated(cvmIdentityHash, operator);
    }

    function revokeCvm(bytes32 cvmIdentityHash, bytes calldata signature) external {
        Record.Stored storage r = _live(cvmIdentityHash);
        _requireSigned(cvmIdentityHash, CVMMessage.revoke(r.nonceOf()), signature);
        _revoke(cvmIdentityHash, r);
    }

    function revokeCvm(bytes32 cvmIdentityHash) external {
        Record.Stored storage r = _live(cvmIdentityHash);
        if (_operatorOf[cvmIdentityHash] != msg.sender) revert NotOperator(msg.sender);
        _revoke(cvmIdentityHash, r);
    }

    function _live(bytes32 identityHash) internal view returns (Record.Stored storage r) {
        r = _records[identityHash];
        if (!r.isRegistered()) revert CVMNotRegistered(identityHash);
    }

    /// @dev Final. The rest of the record stays: a successor inherits from it.
    function _revoke(bytes32 identityHash, Record.Stored storage r) internal {
        r.status = Record.retire(r.status);
        emit CVMRevoked(identityHash, msg.sender);
    }

    function _requireTTL(uint64 seconds_) private pure {
        if (seconds_ < MIN_TTL || seconds_ > MAX_TTL) revert TTLOutOfRange(seconds_);
    }

    /// @dev Raises the nonce: one action, one signature.
    function _requireSigned(bytes32 identityHash, bytes memory message, bytes calldata signature) internal {
        Record.Stored storage r = _records[identityHash];
        _requireSignature(message, signature, r.keyX, r.keyY);
        emit CVMNonceUsed(identityHash, r.nonceOf());
        // The nonce is the lowest field of the order slot.
        r.order += 1;
    }

    function _requireSignature(
        bytes memory message,
        bytes calldata signature,
        bytes32 x,
        bytes32 y
    ) internal view {
        bool ok =
            signature.length == 64 &&
                P256.verify(sha256(message), bytes32(signature[:32]), bytes32(signature[32:]), x, y);
        if (!ok) revert ActionSignatureWrong();
    }
}
