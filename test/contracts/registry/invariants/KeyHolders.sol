// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CVMRecord} from "../../../../contracts/types/Claims.sol";
import {Account} from "./Actors.sol";
import {Attesting} from "./Attesting.sol";

/// @notice Acts that an identity's key signs, or somebody else's, and those of operators (protocol §9).
abstract contract KeyHolders is Attesting {
    function setTTL(uint256 id, uint256 seed) external ticks(seed) {
        _setTTL(_pickInOrder(id), seed, seed % 4 == 0);
    }

    function _setTTL(uint256 id, uint256 seed, bool isForged) internal {
        // In and out of the range from one hour to 90 days.
        uint64 teeTTL = uint64(_mix(seed, "tee") % 100 days);
        uint64 tpmTTL = uint64(_mix(seed, "tpm") % 100 days);
        bytes memory fields = abi.encodePacked(teeTTL, tpmTTL);
        bytes memory signature = _signed(id, isForged, "CVM_WORKLOAD_TTL_CONFIG", fields);
        CVMRecord[] memory old = _records();
        bytes memory data = abi.encodeCall(
            registry.setCollateralTTL,
            (hashOf[id], teeTTL, tpmTTL, signature)
        );
        if (!_send(data)) return _requireOnly(old, NONE, 0);
        _requireKeyUsed(id, isForged, old[id]);
        if (teeTTL < 1 hours || teeTTL > 90 days) _break("a TTL is out of range");
        if (tpmTTL < 1 hours || tpmTTL > 90 days) _break("a TTL is out of range");
        (old[id].teeTTL, old[id].tpmTTL) = (uint32(teeTTL), uint32(tpmTTL));
        _requireOnly(old, NONE, 0);
        _accept("set TTL");
    }

    function setOperator(uint256 id, uint256 who, uint256 seed) external ticks(seed) {
        address operator = who % 4 == 0 ? address(0) : address(_friends[who % 2]);
        _setOperator(_pickInOrder(id), operator, seed % 4 == 0);
    }

    function _setOperator(uint256 id, address operator, bool isForged) internal {
        bytes memory fields = abi.encodePacked(operator);
        bytes memory signature = _signed(id, isForged, "CVM_WORKLOAD_OPERATOR", fields);
        CVMRecord[] memory old = _records();
        if (!_send(abi.encodeCall(registry.setOperator, (hashOf[id], operator, signature))))
            return _requireOnly(old, NONE, 0);
        _requireKeyUsed(id, isForged, old[id]);
        _requireOnly(old, NONE, 0);
        operators[hashOf[id]] = operator;
        _accept("set operator");
    }

    function revoke(uint256 id, uint256 seed) external ticks(seed) {
        id = _pickInOrder(id);
        _revoke(id, true);
        if (_mix(seed, "spared") % 8 != 0) _revoke(id, false);
    }

    function _revoke(uint256 id, bool isForged) internal {
        bytes memory signature = _signed(id, isForged, "CVM_WORKLOAD_REVOKE", "");
        CVMRecord[] memory old = _records();
        if (!_send(abi.encodeWithSignature("revokeCvm(bytes32,bytes)", hashOf[id], signature)))
            return _requireOnly(old, NONE, 0);
        _requireKeyUsed(id, isForged, old[id]);
        _requireOnly(old, NONE, 1 << id);
        _requireOver(id);
        _accept("revoke");
    }

    function revokeAsOperator(uint256 id, uint256 who, uint256 seed) external ticks(seed) {
        id = _pickInOrder(id);
        _setOperator(id, address(_friends[who % 2]), _mix(seed, "forged") % 8 == 0);
        _revokeAsOperator(id, _friends[1 - (who % 2)]);
        if (_mix(seed, "spared") % 8 != 0) _revokeAsOperator(id, _friends[who % 2]);
    }

    function _revokeAsOperator(uint256 id, Account who) private {
        CVMRecord[] memory old = _records();
        bytes memory data = abi.encodeWithSignature("revokeCvm(bytes32)", hashOf[id]);
        bool isOperator = operators[hashOf[id]] == address(who);
        bool ok = who.send(address(registry), data);
        if (ok != (isOperator && old[id].registered)) _break("an operator may too much or too little");
        _requireOnly(old, NONE, ok ? 1 << id : 0);
        if (!ok) return;
        _requireOver(id);
        _accept("revoke as operator");
    }

    function _requireKeyUsed(uint256 id, bool isForged, CVMRecord memory old) private {
        ++actions[hashOf[id]];
        if (isForged) _break("an action was taken without the key");
        if (!old.registered) _break("an action was taken on an ended record");
    }

    function _requireOver(uint256 id) internal {
        retired[hashOf[id]] = true;
        if (registry.hasRegistered(hashOf[id])) _break("a revoked record lives");
    }
}
