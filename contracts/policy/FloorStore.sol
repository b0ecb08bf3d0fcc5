// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {ICVMApplication} from "../interfaces/ICVMApplication.sol";
import {CVMMessage} from "../messages/CVMMessage.sol";
import {DefaultFloor, Floor} from "./Floor.sol";
import {FloorWord} from "./FloorWord.sol";

/// @title Floor and message format of an application
/// @notice Begins with the default floor. Every change is an act of the owner and shows the old and the new value.
abstract contract FloorStore is ICVMApplication, Ownable2Step {
    using FloorWord for uint256;

    /// @dev One slot, as FloorWord lays it out.
    uint256 internal _policy;

    constructor() {
        Floor memory initial = DefaultFloor.floor();
        emit FloorSet(uint256(0).floor(), initial);
        _policy = uint256(0).withFloor(initial);
    }

    function floor() public view returns (Floor memory) {
        return _policy.floor();
    }

    function messageFormat() public view returns (MessageFormat) {
        return MessageFormat(_policy.format());
    }

    function setFloor(Floor calldata floor_) external onlyOwner {
        emit FloorSet(floor(), floor_);
        _policy = _policy.withFloor(floor_);
    }

    function setMessageFormat(MessageFormat format) external onlyOwner {
        if (format == MessageFormat.Walkthrough && !CVMMessage.fitsWalkthrough())
            revert WalkthroughChainId(block.chainid);
        emit MessageFormatSet(messageFormat(), format);
        _policy = _policy.withFormat(uint8(format));
    }
}
