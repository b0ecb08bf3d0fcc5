// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Bytes kept as contract code
/// @notice Writing 200 gas a byte instead of 690, reading one EXTCODECOPY: for keys that are written once.
library CodeStorage {
    /// @notice The address could not be created, or the bytes are more than a length of two bytes can tell.
    error CodeStorageFailed();

    /// @dev The code begins with STOP, so that nobody can run the bytes.
    function write(bytes memory data) internal returns (address pointer) {
        // EIP-3860 stops less; a chain that allows more must not keep a revocation list that is cut.
        if (data.length >= type(uint16).max) revert CodeStorageFailed();
        // PUSH2 size DUP1 PUSH1 10 RETURNDATASIZE CODECOPY RETURNDATASIZE RETURN, then the code
        bytes memory creation = abi.encodePacked(
            hex"61",
            uint16(data.length + 1),
            hex"80600a3d393df300",
            data
        );
        assembly ("memory-safe") {
            pointer := create(0, add(creation, 0x20), mload(creation))
        }
        if (pointer == address(0)) revert CodeStorageFailed();
    }

    /// @notice Whether exactly these bytes are kept there, by the code's hash.
    function holds(address pointer, bytes memory data) internal view returns (bool) {
        return pointer != address(0) && pointer.codehash == keccak256(abi.encodePacked(hex"00", data));
    }

    function read(address pointer) internal view returns (bytes memory data) {
        assembly ("memory-safe") {
            let size := sub(extcodesize(pointer), 1)
            data := mload(0x40)
            mstore(data, size)
            mstore(0x40, and(add(add(data, size), 0x3f), not(0x1f)))
            extcodecopy(pointer, add(data, 0x20), 1, size)
        }
    }

    /// @notice The first 32 bytes of what is kept.
    function readWord(address pointer) internal view returns (bytes32 word) {
        assembly ("memory-safe") {
            extcodecopy(pointer, 0x00, 1, 0x20)
            word := mload(0x00)
        }
    }
}
