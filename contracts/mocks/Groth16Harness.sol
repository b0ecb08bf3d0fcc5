// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Groth16} from "../zk/Groth16.sol";

/// @title Test door to the Groth16 library
contract Groth16Harness {
    function addScaled(
        Groth16.Point memory sum,
        uint256 x,
        uint256 y,
        uint256 scalar
    ) external view returns (bool, uint256, uint256) {
        bool ok = Groth16.addScaled(sum, x, y, scalar);
        return (ok, sum.x, sum.y);
    }

    function isProductOne(uint256[24] memory pairs) external view returns (bool) {
        return Groth16.isProductOne(pairs);
    }
}
