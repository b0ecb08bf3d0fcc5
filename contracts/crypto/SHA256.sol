// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title SHA-256 by the precompile at 0x02, of ranges
/// @notice Solidity's `sha256` copies its argument into newly allocated memory first: 400 gas for a hundred bytes.
library SHA256 {
    /// @notice Hash of calldata, copied into free memory, which is left as it was found.
    function ofCalldata(bytes calldata data) internal view returns (bytes32) {
        uint256 copy;
        assembly ("memory-safe") {
            copy := mload(0x40)
            calldatacopy(copy, data.offset, data.length)
        }
        return ofMemory(copy, data.length);
    }

    /// @notice Hash of `length` bytes of memory at `start`.
    function ofMemory(uint256 start, uint256 length) internal view returns (bytes32 value) {
        assembly ("memory-safe") {
            if iszero(staticcall(gas(), 0x02, start, length, 0x00, 0x20)) {
                revert(0, 0)
            }
            value := mload(0x00)
        }
    }
}
