// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CVMRegistry} from "../../../../contracts/CVMRegistry.sol";
import {ICVMApplication} from "../../../../contracts/interfaces/ICVMApplication.sol";
import {Actors} from "./Actors.sol";
import {Messages} from "./Messages.sol";

/// @notice All that the fuzzer may do to a registry and an application, and what a machine's message is worth there.
contract Handler is Messages {
    // Signatures are slow to make: of every key, over a message of every format.
    mapping(uint256 key => mapping(uint256 format => bytes)) private _signatures;
    bytes[3] private _messages;

    constructor(CVMRegistry registry_) Actors(registry_) {
        bytes memory prefix = "CVM_WORKLOAD_USER_MESSAGE";
        _messages[0] = abi.encodePacked(prefix, block.chainid, address(app), "hello");
        _messages[1] = abi.encodePacked(prefix, uint16(block.chainid), address(app), "hello");
        _messages[2] = "hello";
        for (uint256 key = 0; key < KEYS; ++key) _signMessages(key);
    }

    function _makeKey(uint256 key) internal override {
        super._makeKey(key);
        // The first keys are made before the applications.
        if (_messages[2].length != 0) _signMessages(key);
    }

    function _signMessages(uint256 key) private {
        for (uint256 i = 0; i < 3; ++i) _signatures[key][i] = _sign(_secretOf(2 * key), _messages[i]);
    }

    function acts() external pure returns (bytes4[] memory selectors) {
        selectors = new bytes4[](35);
        selectors[0] = this.attest.selector;
        selectors[1] = this.refresh.selector;
        selectors[2] = this.rotate.selector;
        selectors[3] = this.supersede.selector;
        selectors[4] = this.squat.selector;
        selectors[5] = this.takePlace.selector;
        selectors[6] = this.makeAgain.selector;
        selectors[7] = this.sendAgain.selector;
        selectors[8] = this.setTTL.selector;
        selectors[9] = this.setOperator.selector;
        selectors[10] = this.revoke.selector;
        selectors[11] = this.revokeAsOperator.selector;
        selectors[12] = this.suspend.selector;
        selectors[13] = this.resume.selector;
        selectors[14] = this.revokeAk.selector;
        selectors[15] = this.restoreAk.selector;
        selectors[16] = this.setPlatformRevoked.selector;
        selectors[17] = this.reopen.selector;
        selectors[18] = this.revokeByRole.selector;
        selectors[19] = this.actAsStranger.selector;
        selectors[20] = this.setFloor.selector;
        selectors[21] = this.setFormat.selector;
        selectors[22] = this.setGolden.selector;
        selectors[23] = this.removeGolden.selector;
        selectors[24] = this.listPlatform.selector;
        selectors[25] = this.setEndorser.selector;
        selectors[26] = this.endorse.selector;
        selectors[27] = this.actAsStrangerOwner.selector;
        selectors[28] = this.useMessage.selector;
        selectors[29] = this.bringAgain.selector;
        selectors[30] = this.keepUp.selector;
        selectors[31] = this.suspendThenKeepUp.selector;
        selectors[32] = this.advance.selector;
        selectors[33] = this.idle.selector;
        selectors[34] = this.denyPlatforms.selector;
    }

    function advance(uint256 blocks) external {
        ++taken;
        _pass(1 + (_mix(blocks, "blocks") % 40));
    }

    /// @dev A chain that stalls, so that times and windows end.
    function idle(uint256 seed) external {
        ++taken;
        if (seed % 2 == 0) VM.warp(block.timestamp + (_mix(seed, "seconds") % 12 days));
    }

    /// @dev Markings come before what could lose them.
    function suspendThenKeepUp(uint256 id, uint256 seed) external ticks(seed) {
        _suspend(_pick(id));
        _renewAll(seed);
    }

    /// @dev An honest hour. It shows that some messages are admitted.
    function keepUp(uint256 seed) external ticks(seed) {
        _renewAll(seed);
        if (_mix(seed, "admitted") % 4 != 0) this.admit(_mix(seed, "machine") % TPMS, seed);
        if (this.requireVerdicts(seed) > 0) _accept("admitted");
    }

    /// @notice What an owner listed is what the application holds: windows, platforms, and what endorsements count up.
    function requireLists() external view {
        for (uint256 i = 0; i < _measurements.length; ++i) {
            Window memory window = _golden[_measurements[i]];
            (uint40 from, uint40 until) = app.goldenWindow(_measurements[i]);
            require(from == window.from && until == window.until, "a golden measurement is not as listed");
        }
        for (uint256 i = 0; i < 2; ++i) {
            bytes32 platformId = i == 0 ? PLATFORM_A : PLATFORM_B;
            Listing memory listing = _listings[platformId];
            (bool isDenied, uint64 until, uint256 nonce) = app.platformStanding(platformId);
            uint64 due = listing.term == _term ? listing.endorsedUntil : 0;
            bool isListed = app.isPlatformAdmitted(platformId) == listing.isAdmitted;
            require(isListed && isDenied == listing.isDenied, "a platform is not as listed");
            require(until == due && nonce == listing.nonce, "an endorsement was not counted");
            require(registry.platformRevoked(platformId) == platformRevoked[platformId], "a platform");
        }
    }

    function requireEpochs() external view {
        for (uint256 i = 0; i < _classes.length; ++i) {
            Class memory c = _classes[i];
            uint16 epoch = registry.classEpoch(c.cloud, c.tee, c.reportType);
            require(epoch == epochOf(c.cloud, c.tee, c.reportType), "an epoch was not counted");
        }
    }

    /// @notice Asks the application about a message of each identity: some are of another format, some signed by another.
    function requireVerdicts(uint256 seed) external view returns (uint256 admitted) {
        for (uint256 id = 0; id < IDS; ++id) {
            // Of those that do not live one is asked about: no floor is low enough for them.
            if (!registry.hasRegistered(hashOf[id]) && id != seed % IDS) continue;
            bool isGood = isGoodEnough(id);
            uint256 kind = _mix(seed, bytes32(id));
            uint256 written = kind % 4 == 0 ? kind % 3 : uint256(_format);
            uint256 signer = kind % 5 == 0 ? (id + 2) % IDS : id;
            bool isOfFormat = _format == ICVMApplication.MessageFormat.Raw || written == uint256(_format);
            bool due = isGood && isOfFormat && signer == id;
            bytes memory signature = _signatures[signer / 2][written];
            bool answer = app.checkCVMSignature(hashOf[id], _messages[written], signature);
            require(due || !answer, "an application answers true below its floor");
            require(answer || !due, "an application answers false above its floor");
            if (answer) ++admitted;
        }
    }
}
