// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CVMRegistry} from "../../../../contracts/CVMRegistry.sol";
import {ICVMApplication} from "../../../../contracts/interfaces/ICVMApplication.sol";
import {CVMRecord} from "../../../../contracts/types/Claims.sol";
import {Actors} from "./Actors.sol";
import {Owners} from "./Owners.sol";

/// @notice All that the fuzzer may do to a registry and an application, and what a machine's message is worth there.
contract Handler is Owners {
    // Signatures are slow to make: of every key, over a message of every format.
    mapping(uint256 id => mapping(uint256 format => bytes)) private _signatures;
    bytes[3] private _messages;

    constructor(CVMRegistry registry_) Actors(registry_) {
        bytes memory prefix = "CVM_WORKLOAD_USER_MESSAGE";
        _messages[0] = abi.encodePacked(prefix, block.chainid, address(app), "hello");
        _messages[1] = abi.encodePacked(prefix, uint16(block.chainid), address(app), "hello");
        _messages[2] = "hello";
        for (uint256 id = 0; id < IDS; ++id)
            for (uint256 i = 0; i < 3; ++i) _signatures[id][i] = _sign(_secretOf(id), _messages[i]);
    }

    function acts() external pure returns (bytes4[] memory selectors) {
        selectors = new bytes4[](30);
        (selectors[0], selectors[1], selectors[2]) = (this.attest.selector, this.renew.selector, this.refresh.selector);
        (selectors[3], selectors[4], selectors[5]) = (this.rotate.selector, this.sendAgain.selector, this.setTTL.selector);
        selectors[6] = this.setOperator.selector;
        selectors[7] = this.revoke.selector;
        selectors[8] = this.revokeAsOperator.selector;
        selectors[9] = this.revokeAsStranger.selector;
        selectors[10] = this.suspend.selector;
        selectors[11] = this.resume.selector;
        selectors[12] = this.revokeAk.selector;
        selectors[13] = this.restoreAk.selector;
        selectors[14] = this.setPlatformRevoked.selector;
        selectors[15] = this.reopen.selector;
        selectors[16] = this.revokeByRole.selector;
        selectors[17] = this.actAsStranger.selector;
        selectors[18] = this.setFloor.selector;
        selectors[19] = this.setFormat.selector;
        selectors[20] = this.setGolden.selector;
        selectors[21] = this.removeGolden.selector;
        selectors[22] = this.setPublisher.selector;
        selectors[23] = this.listPlatform.selector;
        selectors[24] = this.setEndorser.selector;
        selectors[25] = this.endorse.selector;
        selectors[26] = this.actAsStrangerOwner.selector;
        selectors[27] = this.advance.selector;
        selectors[28] = this.idle.selector;
        selectors[29] = this.ask.selector;
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

    /// @dev Only so that it is known that some messages are admitted.
    function ask(uint256 seed) external {
        ++taken;
        if (requireVerdicts(seed) > 0) _accept("admitted");
    }

    /// @notice Asks the application about a message of each identity: some are of another format, some signed by another.
    function requireVerdicts(uint256 seed) public view returns (uint256 admitted) {
        for (uint256 id = 0; id < IDS; ++id) {
            bool isGood = isGoodEnough(id);
            uint256 kind = _mix(seed, bytes32(id));
            uint256 written = kind % 4 == 0 ? kind % 3 : uint256(_format);
            uint256 signer = kind % 5 == 0 ? (id + 2) % IDS : id;
            bool isOfFormat = _format == ICVMApplication.MessageFormat.Raw || written == uint256(_format);
            bool due = isGood && isOfFormat && signer == id;
            bytes memory signature = _signatures[signer][written];
            bool answer = app.checkCVMSignature(hashOf[id], _messages[written], signature);
            require(due || !answer, "an application answers true below its floor");
            require(answer || !due, "an application answers false above its floor");
            if (answer) ++admitted;
        }
    }
}
