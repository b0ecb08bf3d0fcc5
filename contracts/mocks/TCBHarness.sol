// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CodeStorage} from "../storage/CodeStorage.sol";
import {HostAttributes} from "../tee/tdx/HostAttributes.sol";
import {TCBLevels} from "../tee/tdx/TCBLevels.sol";
import {PlainTCBLevels} from "./PlainTCBLevels.sol";

/// @title Test door to the TCB levels, and to their plain twin
contract TCBHarness {
    /// @param blob of a TCB info, as `TCBInfo.parse` writes it
    function judge(
        bytes memory blob,
        bytes calldata body,
        HostAttributes memory host,
        uint256 qeLevels
    ) external returns (uint256) {
        return TCBLevels.judge(CodeStorage.write(blob), body, host, qeLevels);
    }

    function judgePlainly(
        bytes calldata blob,
        bytes calldata body,
        HostAttributes memory host,
        uint256 qeLevels
    ) external pure returns (uint256) {
        return PlainTCBLevels.judge(blob, body, host, qeLevels);
    }
}
