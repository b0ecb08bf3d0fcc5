// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CVMRecord} from "../../../../contracts/types/Claims.sol";
import {Roles} from "./Roles.sol";

/// @notice What was accepted once is sent again by anybody, also for the other spelling of its key: a signature names
/// neither. Whatever became of the identity since, nothing is accepted twice (protocol §9).
abstract contract Replays is Roles {
    uint256 private constant LATEST = 4;
    bytes4[5] private _signedActs = [
        registry.setCollateralTTL.selector,
        registry.setOperator.selector,
        bytes4(keccak256("revokeCvm(bytes32,bytes)")),
        REATTEST,
        REATTEST_CERTIFIED
    ];
    bytes32[5] private _namesAgain = [
        bytes32("TTL again"),
        "operator again",
        "revocation again",
        "refresh again",
        "refresh certified again"
    ];

    function sendAgain(uint256 number) external ticks(number) {
        if (_sent.length == 0) return;
        CVMRecord[] memory old = _records();
        _refuse(_sent[_mix(number, "sent") % _sent.length]);
        for (uint256 i = 0; i < _signedActs.length; ++i) {
            uint256 count = _sentTo[_signedActs[i]].length;
            if (count != 0) _sendSignedAgain(i, _mix(number, bytes32(i)) % count);
        }
        _requireOnly(old, NONE, 0);
    }

    /// @notice What the key of an identity signed of late.
    function sendAllAgain(uint256 id) external {
        CVMRecord[] memory old = _records();
        for (uint256 i = 0; i < _signedActs.length; ++i) {
            bytes[] storage sent = _sentTo[_signedActs[i]];
            uint256 number = sent.length < LATEST ? 0 : sent.length - LATEST;
            for (; number < sent.length; ++number) {
                uint256 signer = _idOf(_identityIn(sent[number]));
                if (signer / 2 == id / 2) _sendSignedAgain(i, number);
            }
        }
        _requireOnly(old, NONE, 0);
    }

    /// @dev Not counted where its key is free: it may come back.
    function _sendSignedAgain(uint256 act, uint256 number) private {
        bytes memory data = _sentTo[_signedActs[act]][number];
        bytes32 hash = _identityIn(data);
        _refuse(data);
        uint256 id = _idOf(hash);
        if (id == IDS) return _accept(_namesAgain[act]);
        bytes32 other = hashOf[id ^ 1];
        assembly ("memory-safe") {
            mstore(add(data, 0x24), other)
        }
        _refuse(data);
        bool isLive = registry.hasRegistered(hash) || registry.hasRegistered(other);
        if (isLive || registry.isRetired(hash)) _accept(_namesAgain[act]);
    }

    function _refuse(bytes memory data) private {
        (bool ok, ) = address(registry).call(data);
        if (ok) _break("sent again");
    }

    /// @dev Every signed act begins with the identity.
    function _identityIn(bytes memory data) private pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            hash := mload(add(data, 0x24))
        }
    }
}
