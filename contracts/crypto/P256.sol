// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title P-256 by the precompile, or by Solidity where a chain has none
/// @notice ECDSA over NIST P-256 through P256VERIFY at 0x100 (EIP-7951, RIP-7212).
/// @dev High s is accepted: TPMs and Intel sign without normalising. Never use a signature as an identifier.
library P256 {
    // SEC 2 v2 §2.4.2, secp256r1.
    uint256 private constant P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffff;
    uint256 private constant B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b;

    address private constant PRECOMPILE = address(0x100);

    /// @notice Where `P256Fallback` stands on chains without the precompile: CREATE2 by the deterministic proxy, salt 0.
    /// @dev `test/contracts/verifiers/p256-fallback.test.ts` derives it from the artifact.
    address internal constant FALLBACK = 0x5DBd9F89Be681Ae58d73cE56A80ed467CEB73f7b;

    /// @notice Neither precompile nor fallback verifies P-256 on this chain.
    error P256Unavailable();

    /// @notice True when (r, s) is a signature of `hash` by the key (x, y).
    /// @dev Where the precompile says no, the fallback is asked: on a chain with the precompile nothing stands there,
    /// and if something did, it would say no as well.
    function verify(bytes32 hash, bytes32 r, bytes32 s, bytes32 x, bytes32 y) internal view returns (bool) {
        return _ask(PRECOMPILE, hash, r, s, x, y) || _ask(FALLBACK, hash, r, s, x, y);
    }

    /// @notice Reverts unless one good signature is taken and one bad refused: for constructors, so that no contract
    /// stands on a chain where it could verify nothing.
    /// @dev Good: RFC 6979 A.2.5, SHA-256 of "sample". Bad: the same with another hash.
    function requireAvailable() internal view {
        bytes32 hash = sha256("sample");
        bytes32 r = 0xefd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716;
        bytes32 s = 0xf7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8;
        bytes32 x = 0x60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6;
        bytes32 y = 0x7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299;
        if (!verify(hash, r, s, x, y) || verify(~hash, r, s, x, y)) revert P256Unavailable();
    }

    /// @dev The precompile answers a failure with empty data and a successful call, and so does an address without
    /// code: only 32 bytes holding 1 count.
    function _ask(
        address verifier,
        bytes32 hash,
        bytes32 r,
        bytes32 s,
        bytes32 x,
        bytes32 y
    ) private view returns (bool ok) {
        assembly ("memory-safe") {
            let input := mload(0x40)
            mstore(input, hash)
            mstore(add(input, 0x20), r)
            mstore(add(input, 0x40), s)
            mstore(add(input, 0x60), x)
            mstore(add(input, 0x80), y)
            mstore(0x00, 0)
            let called := staticcall(gas(), verifier, input, 0xa0, 0x00, 0x20)
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
