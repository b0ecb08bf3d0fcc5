// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IRegistryErrors} from "../interfaces/IRegistryErrors.sol";

/// @notice Where a chain keeps the hashes of its recent blocks (protocol §3).
enum AnchorSource {
    EIP2935,
    BLOCKHASH,
    ARBSYS
}

/// @title Recent blocks as proof of time
/// @notice Who names the hash of block n cannot have done so before block n existed.
/// @dev One source per network, fixed at deployment: a chain whose opcodes count other blocks than its history
/// contract (Arbitrum) must never be asked both.
abstract contract RecentBlock is IRegistryErrors {
    /// @notice The anchor source does not answer as it must on this chain.
    error AnchorSourceUnusable();

    /// @notice The window is empty or wider than the source remembers.
    error AnchorWindow(uint64 maxAnchorBlocks, uint64 sourceWindow);

    // EIP-2935, HISTORY_STORAGE_ADDRESS. ArbOS 40 keeps its history contract at the same address.
    address private constant HISTORY = 0x0000F90827F1C53a10cb7A02335B175320002935;
    // EIP-2935, HISTORY_SERVE_WINDOW (ring of 8191 slots).
    uint64 private constant EIP2935_WINDOW = 8191;
    // Yellow Paper, BLOCKHASH.
    uint64 private constant BLOCKHASH_WINDOW = 256;
    // ArbOS 40: ring of 393,168 L2 blocks, about a day at 0.25 s.
    uint64 private constant ARBITRUM_WINDOW = 393_168;
    // Arbitrum precompile ArbSys; `arbBlockNumber()`.
    address private constant ARB_SYS = address(0x64);
    bytes4 private constant ARB_BLOCK_NUMBER = 0xa3b1b31d;

    /// @notice How this chain's block hashes are read.
    AnchorSource public immutable anchorSource;
    /// @notice How many blocks an anchor may be old, about one hour.
    uint64 public immutable maxAnchorBlocks;
    /// @notice Seconds between two blocks, rounded up: turns a distance in blocks into an evidence time.
    uint64 public immutable blockSeconds;

    constructor(AnchorSource source, uint64 maxBlocks, uint64 seconds_) {
        uint64 window =
            source == AnchorSource.EIP2935
                ? EIP2935_WINDOW
                : source == AnchorSource.BLOCKHASH
                    ? BLOCKHASH_WINDOW
                    : ARBITRUM_WINDOW;
        if (maxBlocks == 0 || maxBlocks > window || seconds_ == 0) revert AnchorWindow(maxBlocks, window);
        anchorSource = source;
        maxAnchorBlocks = maxBlocks;
        blockSeconds = seconds_;
        if (source == AnchorSource.ARBSYS && _stored(_arbitrumHead() - 1) == 0) revert AnchorSourceUnusable();
    }

    /// @notice The number that anchors are measured against: the chain's own block number.
    function anchorHead() public view returns (uint64) {
        return anchorSource == AnchorSource.ARBSYS ? _arbitrumHead() : uint64(block.number);
    }

    /// @dev Hash of a past block within the window. The order of the three refusals is the catalogue's.
    function _requireRecentHash(uint64 number) internal view returns (bytes32 hash, uint64 head) {
        head = anchorHead();
        if (number >= head) revert AnchorBlockNotPast(number, head);
        if (head - number > maxAnchorBlocks) revert AnchorTooOld(number, head, maxAnchorBlocks);
        hash = anchorSource == AnchorSource.BLOCKHASH ? blockhash(number) : _stored(number);
        if (hash == 0) revert AnchorHashUnavailable(number);
    }

    /// @dev When the anchored evidence can have been made at the earliest: an estimate, late by a chain's stall.
    function _evidenceTime(uint64 number, uint64 head) internal view returns (uint40) {
        uint256 age = uint256(head - number) * blockSeconds;
        return age >= block.timestamp ? 0 : uint40(block.timestamp - age);
    }

    /// @dev 0 when the contract reverts, answers another length (no code answers 0 bytes) or knows no hash: an
    /// unfilled slot must not accept an anchor that somebody computed in advance for hash 0.
    function _stored(uint64 blockNumber) private view returns (bytes32 hash) {
        assembly ("memory-safe") {
            mstore(0x00, blockNumber)
            let ok := staticcall(gas(), HISTORY, 0x00, 0x20, 0x00, 0x20)
            if and(ok, eq(returndatasize(), 0x20)) {
                hash := mload(0x00)
            }
        }
    }

    function _arbitrumHead() private view returns (uint64 number) {
        (bool ok, bytes memory answer) = ARB_SYS.staticcall(abi.encodeWithSelector(ARB_BLOCK_NUMBER));
        if (!ok || answer.length != 32) revert AnchorSourceUnusable();
        number = uint64(abi.decode(answer, (uint256)));
        if (number == 0) revert AnchorSourceUnusable();
    }
}
