// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Groth16 over BN254 by the precompiles of EIP-196 and EIP-197
/// @dev The precompiles refuse coordinates that are not below the field modulus and points off their curve or subgroup,
/// so nothing here judges points. They take any scalar, which they reduce: scalars are judged here, or a public input
/// plus the group order would pass for the input. Points of a proof are never negated: those of the key are instead.
library Groth16 {
    /// @dev Modulus of the base field and order of the group (EIP-196).
    uint256 internal constant P = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47;
    uint256 internal constant R = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001;

    /// @dev A point of G1; (0, 0) is the neutral one.
    struct Point {
        uint256 x;
        uint256 y;
    }

    /// @notice Verifying key. Points of G2 are as the precompile reads them, (x imaginary, x real, y imaginary, y real),
    /// and negative, so that the product of the four pairings of a proof is one.
    struct Key {
        Point alpha;
        uint256[4] betaNeg;
        uint256[4] gammaNeg;
        uint256[4] deltaNeg;
        Point[] ic;
    }

    /// @notice Adds `scalar` times (x, y) to `sum`: false for a scalar not below the group order and for bad points.
    function addScaled(
        Point memory sum,
        uint256 x,
        uint256 y,
        uint256 scalar
    ) internal view returns (bool ok) {
        if (scalar >= R) return false;
        assembly ("memory-safe") {
            let input := mload(0x40)
            let product := add(input, 0x40)
            mstore(product, x)
            mstore(add(product, 0x20), y)
            mstore(add(product, 0x40), scalar)
            ok := staticcall(gas(), 0x07, product, 0x60, product, 0x40)
            ok := and(ok, eq(returndatasize(), 0x40))
            mstore(input, mload(sum))
            mstore(add(input, 0x20), mload(add(sum, 0x20)))
            ok := and(ok, staticcall(gas(), 0x06, input, 0x80, sum, 0x40))
            ok := and(ok, eq(returndatasize(), 0x40))
        }
    }

    /// @notice Copies the 256 bytes of a proof, A (64), B (128) and C (64), before the other words of the product.
    function load(uint256[24] memory pairs, bytes calldata points) internal pure {
        assembly ("memory-safe") {
            calldatacopy(pairs, points.offset, 0x100)
        }
    }

    /// @notice True when the product of the four pairings is one.
    /// @param pairs four times a point of G1 and one of G2
    function isProductOne(uint256[24] memory pairs) internal view returns (bool ok) {
        assembly ("memory-safe") {
            mstore(0x00, 0)
            ok := staticcall(gas(), 0x08, pairs, 0x300, 0x00, 0x20)
            ok := and(and(ok, eq(returndatasize(), 0x20)), eq(mload(0x00), 1))
        }
    }
}
