// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CVMRecord} from "../../../../contracts/types/Claims.sol";
import {KeyHolders} from "./KeyHolders.sol";

/// @notice Acts of guardian and delayed role, and of strangers who try them (protocol §9). This contract has all roles.
/// @dev What ends machines or classes is seldom done: what is gone leaves nothing to try.
abstract contract Roles is KeyHolders {
    function suspend(uint256 id) external ticks(id) {
        _suspend(_pick(id));
    }

    function resume(uint256 seed) external ticks(seed) {
        _resume(_mix(seed, "ak") % AKS);
    }

    function _resume(uint256 ak) internal {
        CVMRecord[] memory old = _records();
        uint256 marked = _ownOf(ak);
        (bool ok, ) = address(registry).call(abi.encodeCall(registry.resume, (_one(_akId(ak)))));
        if (ok != (registry.identityOf(_akId(ak)) != 0))
            _break("an unknown AK is resumed, or a known one not");
        if (marked != NONE) suspended[ak] = false;
        _requireMarked(old, marked, false);
        if (marked != NONE) _accept("resume");
    }

    function revokeAk(uint256 ak) external ticks(ak) {
        ak = _mix(ak, "ak") % AKS;
        uint256 own = _ownOf(ak);
        CVMRecord[] memory old = _records();
        registry.revokeAk(_akId(ak));
        revoked[_akKey(ak)] = true;
        if (own != NONE) suspended[ak] = true;
        _requireMarked(old, own, true);
        if (!registry.akRevoked(_akId(ak))) _break("an AK is not revoked");
        _accept("revoke AK");
    }

    function restoreAk(uint256 ak) external ticks(ak) {
        _restoreAk(_mix(ak, "ak") % AKS);
    }

    function _restoreAk(uint256 ak) internal {
        CVMRecord[] memory old = _records();
        registry.restoreAk(_akId(ak));
        revoked[_akKey(ak)] = false;
        _requireOnly(old, NONE, 0);
        _accept("restore AK");
    }

    function setPlatformRevoked(uint256 platform, uint256 seed) external ticks(seed) {
        bytes32 platformId = _platform(platform);
        bool wasRevoked = platformRevoked[platformId];
        _setPlatformRevoked(platformId, !wasRevoked);
        if (wasRevoked && _mix(seed, "again") % 2 == 0) _setPlatformRevoked(platformId, true);
    }

    function _setPlatformRevoked(bytes32 platformId, bool isRevoked) internal {
        CVMRecord[] memory old = _records();
        if (isRevoked) registry.revokePlatform(platformId);
        else registry.restorePlatform(platformId);
        platformRevoked[platformId] = isRevoked;
        _requireOnly(old, NONE, 0);
        _accept(isRevoked ? bytes32("revoke platform") : bytes32("restore platform"));
    }

    /// @dev One class, or with a verifier all of its TEE and report type.
    function reopen(uint256 which, uint256 seed) external ticks(seed) {
        Class memory class = _classes[_mix(which, "class") % _classes.length];
        CVMRecord[] memory old = _records();
        uint256 act = _mix(seed, "reopen") % 8;
        bool isReopened = act % 2 == 0;
        if (act < 6) {
            registry.setVerifier(
                class.tee,
                class.reportType,
                registry.verifierOf(class.tee, class.reportType),
                isReopened
            );
            if (isReopened)
                for (uint8 cloud = 1; cloud <= 4; ++cloud)
                    ++_epochs[_classKey(cloud, class.tee, class.reportType)];
            _accept("set verifier");
        }
        if (act > 1) {
            registry.bumpEpoch(class.cloud, class.tee, class.reportType);
            ++_epochs[_classKey(class.cloud, class.tee, class.reportType)];
            _accept("bump epoch");
        }
        _requireOnly(old, NONE, 0);
    }

    function revokeByRole(uint256 id, uint256 seed) external ticks(seed) {
        if (_mix(seed, "spared") % 8 == 0) return;
        id = _pickInOrder(id);
        CVMRecord[] memory old = _records();
        bool isProven = old[id].assurance.keyProtection != 0;
        (bool ok, ) = address(registry).call(abi.encodeCall(registry.revokeCvmByRole, (hashOf[id])));
        if (ok != (old[id].registered && isProven)) _break("a role may end too much or too little");
        _requireOnly(old, NONE, ok ? 1 << id : 0);
        if (!ok) return;
        _requireOver(id);
        _accept("revoke by role");
    }

    function actAsStranger(uint256 id, uint256 seed) external ticks(seed) {
        CVMRecord[] memory old = _records();
        bytes32[] memory ids = new bytes32[](1);
        ids[0] = hashOf[_pick(id)];
        uint256 act = _mix(seed, "role") % 9;
        bytes32 akId = bytes32(registry.getCvm(ids[0]).akKey << 96);
        bytes memory data = abi.encodeCall(registry.suspend, (ids));
        if (act == 1) data = abi.encodeCall(registry.resume, (_one(akId)));
        if (act == 2) data = abi.encodeCall(registry.revokeAk, (akId));
        if (act == 3) data = abi.encodeCall(registry.restoreAk, (akId));
        if (act == 4) data = abi.encodeCall(registry.revokePlatform, (PLATFORM_A));
        if (act == 5) data = abi.encodeCall(registry.restorePlatform, (PLATFORM_A));
        if (act == 6) data = abi.encodeCall(registry.bumpEpoch, (1, 1, 1));
        if (act == 7) data = abi.encodeCall(registry.revokeCvmByRole, (ids[0]));
        if (act == 8) data = abi.encodeWithSignature("revokeCvm(bytes32)", ids[0]);
        if (stranger.send(address(registry), data)) _break("a stranger has a role");
        // Nor is a role without a key an operator.
        if (act == 8) {
            (bool ok, ) = address(registry).call(data);
            if (ok) _break("revoked by a role that is no operator");
        }
        _requireOnly(old, NONE, 0);
    }

    function _platform(uint256 seed) internal pure returns (bytes32) {
        return _mix(seed, "platform") % 2 == 0 ? PLATFORM_A : PLATFORM_B;
    }

    /// @dev Follows the AK of an identity to the one that it serves now.
    function _suspend(uint256 id) internal {
        bytes32[] memory ids = new bytes32[](2);
        (ids[0], ids[1]) = (hashOf[id], keccak256("unknown"));
        CVMRecord[] memory old = _records();
        uint256 marked = NONE;
        for (uint256 ak = 0; ak < AKS; ++ak)
            if (_akKey(ak) == old[id].akKey && _ownOf(ak) != NONE) {
                marked = _ownOf(ak);
                suspended[ak] = true;
            }
        registry.suspend(ids);
        _requireMarked(old, marked, true);
        if (marked != NONE) _accept("suspend");
    }

    function _one(bytes32 id) private pure returns (bytes32[] memory ids) {
        ids = new bytes32[](1);
        ids[0] = id;
    }
}
