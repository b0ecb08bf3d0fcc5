// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LittleEndian} from "../../evidence/LittleEndian.sol";
import {TDXQuote} from "../../evidence/TDXQuote.sol";
import {ITDXErrors} from "../../interfaces/ITDXErrors.sol";

/// @title What a TD may be allowed to do (protocol §6)
/// @dev TD attributes, Intel TDX Module ABI "ATTRIBUTES": bits 7:0 TUD (bit 0 DEBUG), 28 SEPT_VE_DISABLE, 29 MIGRATABLE,
/// 30 PKS, 31 KL, 63 PERFMON.
library TDAttributes {
    uint64 private constant TUD = 0xff;
    uint64 private constant MIGRATABLE = 1 << 29;
    uint64 private constant KNOWN = TUD | MIGRATABLE | (1 << 28) | (1 << 30) | (1 << 31) | (1 << 63);
    // What a body may carry of seamAttributes and tdAttributes as they follow each other (little-endian): nothing of the
    // former, bits 28, 30, 31 and 63 of the latter.
    uint256 private constant ALLOWED = 0xd000000080;

    /// @notice Refuses with TDXDebugEnabled, TDXUntrustedAttributes, TDXMigratable, TDXReservedAttributes or
    /// TDXSeamAttributes.
    /// @param body TD report of 584 or 648 bytes
    function requireAllowed(bytes calldata body) internal pure {
        if ((TDXQuote.word(body, 112) >> 128) & ~ALLOWED == 0) return;
        _refuse(LittleEndian.u64(body, 120), LittleEndian.u64(body, 112));
    }

    function _refuse(uint64 td, uint64 seam) private pure {
        if (td & 1 != 0) revert ITDXErrors.TDXDebugEnabled();
        if (td & TUD != 0) revert ITDXErrors.TDXUntrustedAttributes(td);
        if (td & MIGRATABLE != 0) revert ITDXErrors.TDXMigratable();
        if (td & ~KNOWN != 0) revert ITDXErrors.TDXReservedAttributes(td);
        revert ITDXErrors.TDXSeamAttributes(seam);
    }
}
