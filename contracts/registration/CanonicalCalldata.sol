// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IRegistryErrors} from "../interfaces/IRegistryErrors.sol";

/// @title The one canonical encoding of a call's arguments
/// @notice Calldata counts only as `abi.encodeWithSelector` writes it, so that nothing rides along unseen: every part
/// follows the one before it, padding is zero, and nothing is left at the end.
/// @dev Walks calldata in place, a fifth of the cost of encoding the arguments anew and comparing: `PlainCanonicalCalldata`
/// does that, and tests hold this against it.
library CanonicalCalldata {
    // `attestCvm` and `reattestCvmWithTpm` with a certification, `attestCvm` without (protocol §1).
    bytes4 private constant ATTEST_CERTIFIED = 0x2b19318e;
    bytes4 private constant REATTEST_CERTIFIED = 0x738320d2;
    bytes4 private constant ATTEST = 0xdf42b054;

    /// @notice The arguments of the function called, which takes `(uint8, uint8, uint8, bytes, WorkloadCollaterals)` or
    /// `(bytes32, bytes, WorkloadCollaterals)`, with a certification behind it or without.
    /// @dev Asked by selector, not by parameter: else the compiler makes four of it. Words before the first offset are of
    /// static types, whose range the ABI decoder checks.
    function requireCanonical() internal pure {
        bool isCertified = msg.sig == ATTEST_CERTIFIED || msg.sig == REATTEST_CERTIFIED;
        bool isAttestation = msg.sig == ATTEST_CERTIFIED || msg.sig == ATTEST;
        // Where the head of the `bytes` argument stands; those of the others follow.
        uint256 heads = isAttestation ? 0x64 : 0x24;
        if (!_isCanonical(heads, isCertified)) revert IRegistryErrors.CalldataNotCanonical();
    }

    /// @dev In every step `head` is where a part's offset stands, counted from `base`, and `from` where the part before it
    /// ended. Whatever deviates is left as a bit of `broken`. A length beyond calldata deviates, and its part is
    /// passed over, so that no loop runs longer than calldata is.
    function _isCanonical(uint256 heads, bool isCertified) private pure returns (bool isCanonical) {
        assembly ("memory-safe") {
            function lengthAt(from) -> length, broken {
                length := calldataload(from)
                broken := gt(length, calldatasize())
                length := mul(length, iszero(broken))
            }
            // Zero up to the next word: what the word behind the data begins with.
            function afterBytes(base, head, from) -> next, broken {
                let length := calldataload(from)
                next := add(add(from, 0x20), length)
                let rest := and(sub(0, length), 0x1f)
                broken := or(shr(32, length), shr(sub(256, shl(3, rest)), calldataload(next)))
                broken := or(broken, xor(calldataload(head), sub(from, base)))
                next := add(next, rest)
            }
            function afterPCRs(base, head, from) -> next, broken {
                let count
                count, broken := lengthAt(from)
                broken := or(broken, xor(calldataload(head), sub(from, base)))
                let items := add(from, 0x20)
                let end := add(items, shl(5, count))
                next := end
                for {
                    let item := items
                } lt(item, end) {
                    item := add(item, 0x20)
                } {
                    broken := or(broken, xor(calldataload(item), sub(next, items)))
                    // measurePcr is a bool.
                    broken := or(broken, gt(calldataload(add(next, 0x80)), 1))
                    // allEvents follows the five heads, measureEventsIdx follows allEvents.
                    broken := or(broken, xor(calldataload(add(next, 0x40)), 0xa0))
                    let offset := xor(calldataload(add(next, 0x60)), 0xc0)
                    switch or(offset, or(calldataload(add(next, 0xa0)), calldataload(add(next, 0xc0))))
                    // The usual entry: no events, no marks.
                    case 0 {
                        next := add(next, 0xe0)
                    }
                    default {
                        let length, long := lengthAt(add(next, 0xa0))
                        offset := add(0xc0, shl(5, length))
                        broken := or(or(broken, long), xor(calldataload(add(next, 0x60)), offset))
                        length, long := lengthAt(add(next, offset))
                        broken := or(broken, long)
                        next := add(add(next, add(offset, 0x20)), shl(5, length))
                    }
                }
            }
            function afterCertificates(base, head, from) -> next, broken {
                let count
                count, broken := lengthAt(from)
                broken := or(broken, xor(calldataload(head), sub(from, base)))
                let items := add(from, 0x20)
                let end := add(items, shl(5, count))
                next := end
                for {
                    let item := items
                } lt(item, end) {
                    item := add(item, 0x20)
                } {
                    let one
                    next, one := afterBytes(items, item, next)
                    broken := or(broken, one)
                }
            }
            // Three uint16, then the data.
            function afterIdentity(base, head, from) -> next, broken {
                next, broken := afterBytes(from, add(from, 0x60), add(from, 0x80))
                broken := or(broken, xor(calldataload(head), sub(from, base)))
                let algorithms := or(calldataload(from), calldataload(add(from, 0x20)))
                broken := or(broken, shr(16, or(algorithms, calldataload(add(from, 0x40)))))
            }

            let next := add(heads, add(0x40, shl(5, isCertified)))
            let broken, one
            next, broken := afterBytes(4, heads, next)
            let base := next
            broken := or(broken, xor(calldataload(add(heads, 0x20)), sub(base, 4)))
            // tpmQuote, tpmSignature, pcrs, reportId, akPub, certs, cvmIdentity.
            next, one := afterBytes(base, base, add(base, 0xe0))
            broken := or(broken, one)
            next, one := afterBytes(base, add(base, 0x20), next)
            broken := or(broken, one)
            next, one := afterPCRs(base, add(base, 0x40), next)
            broken := or(broken, one)
            next, one := afterBytes(base, add(base, 0x60), next)
            broken := or(broken, one)
            next, one := afterBytes(base, add(base, 0x80), next)
            broken := or(broken, one)
            next, one := afterCertificates(base, add(base, 0xa0), next)
            broken := or(broken, one)
            next, one := afterIdentity(base, add(base, 0xc0), next)
            broken := or(broken, one)
            if isCertified {
                // tpmtPublic, attest, signature.
                base := next
                broken := or(broken, xor(calldataload(add(heads, 0x40)), sub(base, 4)))
                next, one := afterBytes(base, base, add(base, 0x60))
                broken := or(broken, one)
                next, one := afterBytes(base, add(base, 0x20), next)
                broken := or(broken, one)
                next, one := afterBytes(base, add(base, 0x40), next)
                broken := or(broken, one)
            }
            isCanonical := and(iszero(broken), eq(next, calldatasize()))
        }
    }
}
