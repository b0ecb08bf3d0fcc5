// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CVMRegistry} from "../../../../contracts/CVMRegistry.sol";
import {ICVMApplication} from "../../../../contracts/interfaces/ICVMApplication.sol";
import {Actors} from "./Actors.sol";
import {Owners} from "./Owners.sol";

/// @notice All that the fuzzer may do to a registry and an application, and what a machine's message is worth there.
contract Handler is Owners {
    // Signatures are slow to make: of every key, over a message of every format.
    mapping(uint256 key => mapping(uint256 format => bytes)) private _signatures;
    bytes[3] private _messages;

    constructor(CVMRegistry registry_) Actors(registry_) {
        bytes memory prefix = "CVM_WORKLOAD_USER_MESSAGE";
        _messages[0] = abi.encodePacked(prefix, block.chainid, address(app), "hello");
        _messages[1] = abi.encodePacked(prefix, uint16(block.chainid), address(app), "hello");
        _messages[2] = "hello";
        for (uint256 key = 0; key < KEYS; ++key)
            for (uint256 i = 0; i < 3; ++i) _signatures[key][i] = _sign(_secretOf(2 * key), _messages[i]);
    }

    function acts() external pure returns (bytes4[] memory selectors) {
        selectors = new bytes4[](30);
        selectors[0] = this.attest.selector;
        selectors[1] = this.refresh.selector;
        selectors[2] = this.rotate.selector;
        selectors[3] = this.sendAgain.selector;
        selectors[4] = this.setTTL.selector;
        selectors[5] = this.setOperator.selector;
        selectors[6] = this.revoke.selector;
        selectors[7] = this.revokeAsOperator.selector;
        selectors[8] = this.revokeAsStranger.selector;
        selectors[9] = this.suspend.selector;
        selectors[10] = this.resume.selector;
        selectors[11] = this.revokeAk.selector;
        selectors[12] = this.restoreAk.selector;
        selectors[13] = this.setPlatformRevoked.selector;
        selectors[14] = this.reopen.selector;
        selectors[15] = this.revokeByRole.selector;
        selectors[16] = this.actAsStranger.selector;
        selectors[17] = this.setFloor.selector;
        selectors[18] = this.setFormat.selector;
        selectors[19] = this.setGolden.selector;
        selectors[20] = this.removeGolden.selector;
        selectors[21] = this.setPublisher.selector;
        selectors[22] = this.listPlatform.selector;
        selectors[23] = this.setEndorser.selector;
        selectors[24] = this.endorse.selector;
        selectors[25] = this.actAsStrangerOwner.selector;
        selectors[26] = this.keepUp.selector;
        selectors[27] = this.advance.selector;
        selectors[28] = this.idle.selector;
        selectors[29] = this.suspendThenKeepUp.selector;
    }

    function advance(uint256 blocks) external {
        ++taken;
        blocks = 1 + (_mix(blocks, "blocks") % 40);
        VM.roll(block.number + blocks);
        VM.warp(block.timestamp + blocks);
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
        if (requireVerdicts(seed) > 0) _accept("admitted");
    }

    /// @notice Asks the application about a message of each identity: some are of another format, some signed by another.
    function requireVerdicts(uint256 seed) public view returns (uint256 admitted) {
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
