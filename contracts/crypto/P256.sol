// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title P-256 by the precompile
/// @notice ECDSA over NIST P-256 through P256VERIFY at 0x100 (EIP-7951, RIP-7212).
/// @dev High s is accepted: TPMs and Intel sign without normalising. Never use a signature as an identifier.
library P256 {
    // SEC 2 v2 §2.4.2, secp256r1.
    uint256 private constant P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffff;
    uint256 private constant B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b;

    /// @notice True when (r, s) is a signature of `hash` by the key (x, y).
    /// @dev The precompile answers a failure with empty data and a successful call, and so does an address
    /// without code: only 32 bytes holding 1 count.
    function verify(
        bytes32 hash,
        bytes32 r,
        bytes32 s,
        bytes32 x,
        bytes32 y
    ) internal view returns (bool ok) {
        assembly ("memory-safe") {
            let input := mload(0x40)
            mstore(input, hash)
            mstore(add(input, 0x20), r)
            mstore(add(input, 0x40), s)
            mstore(add(input, 0x60), x)
            mstore(add(input, 0x80), y)
            mstore(0x00, 0)
            let called := staticcall(gas(), 0x100, input, 0xa0, 0x00, 0x20)
            ok := and(and(called, eq(returndatasize(), 0x20)), eq(mload(0x00), 1))
        }
    }

    /// @notice True when (x, y) is an affine point of the curve, coordinates reduced.
    function isOnCurve(bytes32 x, bytes32 y) internal pure returns (bool) {
        uint256 a = uint256(x);
        uint256 b = uint256(y);
        if (a >= P || b >= P) return false;
        // y² = x³ − 3x + b
        uint256 right = addmod(mulmod(addmod(mulmod(a, a, P), P - 3, P), a, P), B, P);
        return mulmod(b, b, P) == right;
    }
}
