// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// JSON literals are full of double quotes.
/* solhint-disable quotes */

import {IAKErrors} from "../interfaces/IAKErrors.sol";
import {Base64} from "./Base64.sol";

/// @title Azure runtime claims
/// @notice Reads the JSON whose SHA-256 the paravisor puts into report_data.
/// @dev Constant offsets, never a search: a key name inside another value must not be found. Layout as measured on
/// twelve reports of 2023 to 2026 (HCL and OpenHCL):
/// | at | bytes | |
/// |---|---|---|
/// | 0 | 74 | `{"keys":[{"kid":"HCLAkPub","key_ops":["sign"],"kty":"RSA","e":"AQAB","n":"` |
/// | 74 | 342 | base64url of the 256-byte modulus |
/// | 416 | 1 | `"` |
/// | 833 | 20 | `"vm-configuration":{` |
/// | end − 196 | 12 | `"vmUniqueId"` |
/// | end − 143 | 143 | `"user-data":"` 128 hex digits `"}` |
library RuntimeClaims {
    uint256 private constant MODULUS = 74;
    uint256 private constant MODULUS_END = 416;
    uint256 private constant CONFIGURATION = 833;
    uint256 private constant CONFIGURATION_START = 853;
    uint256 private constant USER_DATA_FROM_END = 143;
    // Of the configuration's text: `"vmUniqueId":"` 36 characters `"},`
    uint256 private constant UNIQUE_ID_FROM_END = 53;

    bytes32 private constant HEAD_0 = '{"keys":[{"kid":"HCLAkPub","key_';
    bytes32 private constant HEAD_1 = 'ops":["sign"],"kty":"RSA","e":"A';
    bytes10 private constant HEAD_2 = 'QAB","n":"';

    /// @notice Refuses with AzureClaimsLayoutUnknown what is not of the known layout.
    /// @return n modulus of HCLAkPub, 256 bytes
    /// @return vmConfigurationDigest keccak256 of what stands between `"vm-configuration":{` and `"vmUniqueId"`
    /// @return userDataHead user-data[0:32]
    /// @return userDataTail user-data[32:64]
    function parse(
        bytes calldata claims
    )
        internal
        pure
        returns (bytes memory n, bytes32 vmConfigurationDigest, bytes32 userDataHead, bytes32 userDataTail)
    {
        if (claims.length < CONFIGURATION_START + USER_DATA_FROM_END)
            revert IAKErrors.AzureClaimsLayoutUnknown();
        _requireLiterals(claims);
        n = _modulus(claims);
        vmConfigurationDigest = digestOf(claims[CONFIGURATION_START:claims.length - USER_DATA_FROM_END]);
        (userDataHead, userDataTail) = _userData(claims);
    }

    /// @notice Of the configuration of the VM. Refuses with AzureClaimsLayoutUnknown.
    /// @param text what stands between `"vm-configuration":{` and `"user-data"`
    /// @return digest keccak256 of what stands before `"vmUniqueId"`
    function digestOf(bytes calldata text) internal pure returns (bytes32 digest) {
        if (text.length < UNIQUE_ID_FROM_END) revert IAKErrors.AzureClaimsLayoutUnknown();
        uint256 uniqueIdAt = text.length - UNIQUE_ID_FROM_END;
        if (_word(text, uniqueIdAt) >> 160 != uint96(bytes12('"vmUniqueId"')))
            revert IAKErrors.AzureClaimsLayoutUnknown();
        bytes calldata configuration = text[:uniqueIdAt];
        _requireNoCurrentTime(configuration);
        assembly ("memory-safe") {
            // In free memory, which stays free.
            let copy := mload(0x40)
            calldatacopy(copy, configuration.offset, configuration.length)
            digest := keccak256(copy, configuration.length)
        }
    }

    /// @dev What deviates is left as a bit of `broken`.
    function _requireLiterals(bytes calldata claims) private pure {
        unchecked {
            uint256 end = claims.length;
            uint256 broken = _word(claims, 0) ^ uint256(HEAD_0);
            broken |= _word(claims, 32) ^ uint256(HEAD_1);
            broken |= (_word(claims, 64) >> 176) ^ uint80(HEAD_2);
            broken |= (_word(claims, MODULUS_END) >> 248) ^ uint8(bytes1('"'));
            broken |= (_word(claims, CONFIGURATION) >> 96) ^ uint160(bytes20('"vm-configuration":{'));
            broken |= (_word(claims, end - USER_DATA_FROM_END) >> 152) ^ uint104(bytes13('"user-data":"'));
            broken |= (_word(claims, end - 2) >> 240) ^ uint16(bytes2('"}'));
            if (broken != 0) revert IAKErrors.AzureClaimsLayoutUnknown();
        }
    }

    /// @dev 342 characters are ten words of 32 and 22 more: 21 whole groups cover 240 + 15 bytes, and the two
    /// characters left carry one byte and four bits that must be zero.
    function _modulus(bytes calldata claims) private pure returns (bytes memory n) {
        n = new bytes(256);
        uint256 to;
        assembly ("memory-safe") {
            to := add(n, 0x20)
        }
        for (uint256 from = MODULUS; from < MODULUS + 320;) {
            (uint256 packed, bool ok) = Base64.decodeUrl(_word(claims, from));
            if (!ok) revert IAKErrors.AzureClaimsLayoutUnknown();
            assembly ("memory-safe") {
                // 24 bytes; the next store writes over the 8 of zero behind them.
                mstore(to, packed)
                to := add(to, 24)
                from := add(from, 0x20)
            }
        }
        // Behind the last 22 characters ten 'A', which stand for zero bits.
        uint256 rest = _word(claims, MODULUS + 320) & ~uint256(type(uint80).max);
        (uint256 last, bool isText) = Base64.decodeUrl(rest | uint80(bytes10("AAAAAAAAAA")));
        if (!isText || last << 128 != 0) revert IAKErrors.AzureClaimsLayoutUnknown();
        assembly ("memory-safe") {
            // The last 16 bytes, in the lower half of the last word: its upper half was decoded before.
            to := add(n, 0x100)
            mstore(to, or(mload(to), shr(128, last)))
        }
    }

    /// @dev Within the least length, or shown to be inside by the caller.
    function _word(bytes calldata text, uint256 from) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := calldataload(add(text.offset, from))
        }
    }

    /// @dev Layouts with a time make the measurement change at every boot: they are another layout.
    function _requireNoCurrentTime(bytes calldata configuration) private pure {
        if (!_hasDoubleR(configuration)) return;
        bool found;
        assembly ("memory-safe") {
            let end := add(configuration.offset, configuration.length)
            for {
                let at := configuration.offset
            } iszero(gt(add(at, 12), end)) {
                at := add(at, 1)
            } {
                if eq(shr(160, calldataload(at)), 0x63757272656e742d74696d65) {
                    found := 1
                    break
                }
            }
        }
        if (found) revert IAKErrors.AzureClaimsLayoutUnknown();
    }

    /// @dev Whether "rr" stands in the text, or close behind it: without it no "current-time" does, and no known layout has
    /// it. Words of 32 characters that overlap in one, so that no pair lies across two; a byte of zero is found in all
    /// at once: it alone is below 0x80 and borrows (x − 1 and not x, in bit 7).
    function _hasDoubleR(bytes calldata text) private pure returns (bool found) {
        assembly ("memory-safe") {
            let ones := div(not(0), 0xff)
            let tops := shl(7, ones)
            let letters := mul(ones, 0x72)
            let end := add(text.offset, text.length)
            for {
                let at := text.offset
            } lt(at, end) {
                at := add(at, 31)
            } {
                let other := xor(calldataload(at), letters)
                // Zero where a character and the next are both "r"; the last has its next in the next word.
                other := or(or(other, shl(8, other)), 1)
                found := or(found, and(and(sub(other, ones), not(other)), tops))
            }
            found := gt(found, 0)
        }
    }

    function _userData(bytes calldata claims) private pure returns (bytes32 head, bytes32 tail) {
        unchecked {
            uint256 digits = claims.length - USER_DATA_FROM_END + 13;
            (uint256 a, bool okA) = Base64.decodeHex(_word(claims, digits));
            (uint256 b, bool okB) = Base64.decodeHex(_word(claims, digits + 32));
            (uint256 c, bool okC) = Base64.decodeHex(_word(claims, digits + 64));
            (uint256 d, bool okD) = Base64.decodeHex(_word(claims, digits + 96));
            if (!(okA && okB && okC && okD)) revert IAKErrors.AzureClaimsLayoutUnknown();
            return (bytes32((a << 128) | b), bytes32((c << 128) | d));
        }
    }
}
