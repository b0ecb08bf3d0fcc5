// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Name of the machine that evidence comes from (protocol §6)
library PlatformId {
    bytes32 internal constant PLATFORM = keccak256("cvm-registry.platform.v1");

    /// @param tee a TEEType
    /// @param product protocol §13, 0 for TDX
    /// @param id PPID (16 bytes) or CHIP_ID (64 bytes)
    /// @return 0 when `id` is all zero: a platform that does not show itself has no id
    function derive(uint8 tee, uint8 product, bytes memory id) internal pure returns (bytes32) {
        return _isZero(id) ? bytes32(0) : keccak256(abi.encode(PLATFORM, tee, product, id));
    }

    function _isZero(bytes memory id) private pure returns (bool) {
        for (uint256 i = 0; i < id.length; ++i) if (id[i] != 0) return false;
        return true;
    }
}
