// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Integers as x86 firmware writes them
library LittleEndian {
    /// @notice The u64 at an offset that the caller has found to be there; its low half is the u32 there.
    function u64(bytes calldata data, uint256 offset) internal pure returns (uint64) {
        uint256 value;
        assembly ("memory-safe") {
            value := shr(192, calldataload(add(data.offset, offset)))
        }
        value = ((value & 0xff00ff00ff00ff00) >> 8) | ((value & 0x00ff00ff00ff00ff) << 8);
        value = ((value & 0xffff0000ffff0000) >> 16) | ((value & 0x0000ffff0000ffff) << 16);
        return uint64((value >> 32) | (value << 32));
    }
}
