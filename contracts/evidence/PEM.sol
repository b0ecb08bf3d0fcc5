// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITDXErrors} from "../interfaces/ITDXErrors.sol";
import {Base64} from "./Base64.sol";

/// @title PEM certificates as Intel's quoting enclave stores them
/// @notice RFC 7468 in its strict form: LF line ends, lines of 64 columns, nothing between the certificates. One text
/// per certificate, so that a hash of the text names it.
library PEM {
    // "-----BEGIN CERTIFICATE-----\n" and "-----END CERTIFICATE-----\n"
    uint256 private constant HEADER = 0x2d2d2d2d2d424547494e2043455254494649434154452d2d2d2d2d0a;
    uint256 private constant HEADER_LENGTH = 28;
    uint256 private constant FOOTER = 0x2d2d2d2d2d454e442043455254494649434154452d2d2d2d2d0a;
    uint256 private constant FOOTER_LENGTH = 26;

    /// @notice DER of the certificate whose header stands at `from`, and the position behind its footer.
    function decode(bytes calldata pem, uint256 from) internal pure returns (bytes memory der, uint256 next) {
        uint256 position;
        uint256 end;
        uint256 out;
        assembly ("memory-safe") {
            position := add(pem.offset, from)
            end := add(pem.offset, pem.length)
            der := mload(0x40)
            out := add(der, 0x20)
        }
        if (position + HEADER_LENGTH > end || _load(position) >> 32 != HEADER) _refuse();
        position += HEADER_LENGTH;
        uint256 columns;
        bool isLast;
        while (!isLast) {
            (columns, isLast) = _line(position, end);
            out = columns == 64 && !isLast ? _fullLine(position, out) : _lastLine(position, columns, out);
            position += columns + 1;
        }
        assembly ("memory-safe") {
            mstore(der, sub(out, add(der, 0x20)))
            // Rounded up; the last store may have run past it, into free memory.
            mstore(0x40, and(add(out, 0x3f), not(0x1f)))
            next := sub(add(position, FOOTER_LENGTH), pem.offset)
        }
    }

    /// @dev Columns of the line at `position` and whether the footer follows it.
    function _line(uint256 position, uint256 end) private pure returns (uint256 columns, bool isLast) {
        columns = 64;
        if (position + 65 > end || _load(position + 64) >> 248 != 0x0a) {
            columns = 0;
            while (columns < 64 && position + columns < end && _load(position + columns) >> 248 != 0x0a)
                ++columns;
            if (columns == 64 || columns == 0 || position + columns >= end) _refuse();
        }
        uint256 following = position + columns + 1;
        isLast = following + FOOTER_LENGTH <= end && _load(following) >> 48 == FOOTER;
        if (!isLast && columns < 64) _refuse();
    }

    function _fullLine(uint256 position, uint256 out) private pure returns (uint256) {
        (uint256 left, bool okLeft) = Base64.decode(_load(position));
        (uint256 right, bool okRight) = Base64.decode(_load(position + 32));
        if (!okLeft || !okRight) _refuse();
        assembly ("memory-safe") {
            mstore(out, left)
            mstore(add(out, 24), right)
        }
        return out + 48;
    }

    /// @dev The line before the footer: whole groups of four, the last with up to two '='. Bits that encode nothing
    /// must be zero, else two texts would mean the same bytes.
    function _lastLine(uint256 position, uint256 columns, uint256 out) private pure returns (uint256) {
        if (columns & 3 != 0) _refuse();
        uint256 padding;
        if (_load(position + columns - 1) >> 248 == 0x3d)
            padding = _load(position + columns - 2) >> 248 == 0x3d ? 2 : 1;
        uint256 characters = columns - padding;
        (uint256 left, bool okLeft) = Base64.decode(_filled(_load(position), characters));
        (uint256 right, bool okRight) = Base64.decode(
            _filled(_load(position + 32), characters > 32 ? characters - 32 : 0)
        );
        if (!okLeft || !okRight) _refuse();
        uint256 end = out + (columns / 4) * 3;
        uint256 spare;
        assembly ("memory-safe") {
            mstore(out, left)
            mstore(add(out, 24), right)
            mstore(add(out, 48), 0)
            end := sub(end, padding)
            spare := shr(240, mload(end))
        }
        if (spare != 0) _refuse();
        return end;
    }

    /// @dev The first `characters` of a word, 'A' (zero bits) behind them.
    function _filled(uint256 word, uint256 characters) private pure returns (uint256) {
        if (characters >= 32) return word;
        uint256 rest = type(uint256).max >> (8 * characters);
        return (word & ~rest) | (0x4141414141414141414141414141414141414141414141414141414141414141 & rest);
    }

    function _load(uint256 position) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := calldataload(position)
        }
    }

    function _refuse() private pure {
        revert ITDXErrors.TDXCertificateChainMalformed();
    }
}
