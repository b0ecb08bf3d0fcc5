// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITEEVerifier} from "../interfaces/ITEEVerifier.sol";
import {QuoteClaims, TEEClaims} from "../types/Claims.sol";

/// @title Answers of verifiers, read where they stand
/// @notice A struct that stands in an answer becomes the struct in memory: only a member of variable length differs, an
/// offset in the one and a place in memory in the other. Decoding copies every word twice.
/// @dev An answer that the ABI decoder would refuse is refused alike, with nothing.
library Answers {
    /// @notice `verifier.verify(report)`; a refusal is passed on.
    /// @param report of canonical calldata: behind its length, and with zero up to the next word
    function claimsOf(
        ITEEVerifier verifier,
        bytes calldata report
    ) internal returns (TEEClaims memory claims) {
        bytes4 selector = ITEEVerifier.verify.selector;
        assembly ("memory-safe") {
            let text := mload(0x40)
            mstore(text, selector)
            mstore(add(text, 4), 0x20)
            let size := add(0x20, and(add(report.length, 0x1f), not(0x1f)))
            calldatacopy(add(text, 0x24), sub(report.offset, 0x20), size)
            let ok := call(gas(), verifier, 0, text, add(size, 0x24), 0, 0)
            size := returndatasize()
            returndatacopy(text, 0, size)
            if iszero(ok) {
                revert(text, size)
            }
            let end := add(text, size)
            claims := add(text, 0x20)
            // Eleven words, the seventh the offset of legacyRegister.
            let register := add(claims, 0x160)
            let broken := or(xor(mload(text), 0x20), xor(mload(add(claims, 0xc0)), 0x160))
            broken := or(broken, shr(40, mload(add(claims, 0xe0))))
            let small := or(
                mload(add(claims, 0x100)),
                or(mload(add(claims, 0x120)), mload(add(claims, 0x140)))
            )
            let length := mload(register)
            broken := or(broken, or(shr(8, small), shr(32, length)))
            if or(broken, gt(add(add(register, 0x20), length), end)) {
                revert(0, 0)
            }
            mstore(add(claims, 0xc0), register)
            mstore(0x40, and(add(end, 0x1f), not(0x1f)))
        }
    }

    /// @param answer where an answer stands in memory, its length in the word before
    /// @param due where the claims have to begin in it
    function quoteIn(uint256 answer, uint256 due) internal pure returns (QuoteClaims memory quote) {
        assembly ("memory-safe") {
            quote := add(answer, due)
            // Six words, the first the offset of extraData.
            let extra := add(quote, 0xc0)
            let end := add(answer, mload(sub(answer, 0x20)))
            let broken := or(xor(mload(answer), due), xor(mload(quote), 0xc0))
            broken := or(broken, shr(24, mload(add(quote, 0x60))))
            let length := mload(extra)
            broken := or(broken, or(shr(32, length), gt(add(add(extra, 0x20), length), end)))
            if broken {
                revert(0, 0)
            }
            mstore(quote, extra)
        }
    }
}
