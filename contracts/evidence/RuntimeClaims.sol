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
    uint256 private constant UNIQUE_ID_FROM_END = 196;
    uint256 private constant USER_DATA_FROM_END = 143;

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
        if (claims.length < CONFIGURATION_START + UNIQUE_ID_FROM_END)
            revert IAKErrors.AzureClaimsLayoutUnknown();
        _requireLiterals(claims);
        n = _modulus(claims);
        bytes calldata configuration = claims[CONFIGURATION_START:claims.length - UNIQUE_ID_FROM_END];
        _requireNoCurrentTime(configuration);
        vmConfigurationDigest = keccak256(configuration);
        (userDataHead, userDataTail) = _userData(claims);
    }

    function _requireLiterals(bytes calldata claims) private pure {
        uint256 end = claims.length;
        bool ok =
            bytes32(claims[0:32]) == HEAD_0 &&
                bytes32(claims[32:64]) == HEAD_1 &&
                bytes10(claims[64:74]) == HEAD_2 &&
                claims[MODULUS_END] == '"' &&
                bytes20(claims[CONFIGURATION:CONFIGURATION_START]) == '"vm-configuration":{' &&
                bytes12(claims[end - UNIQUE_ID_FROM_END:end - UNIQUE_ID_FROM_END + 12]) == '"vmUniqueId"' &&
                bytes13(claims[end - USER_DATA_FROM_END:end - 130]) == '"user-data":"' &&
                bytes2(claims[end - 2:end]) == '"}';
        if (!ok) revert IAKErrors.AzureClaimsLayoutUnknown();
    }

    /// @dev 342 characters are ten words of 32 and 22 more: 21 whole groups cover 240 + 15 bytes, and the two
    /// characters left carry one byte and four bits that must be zero.
    function _modulus(bytes calldata claims) private pure returns (bytes memory n) {
        n = new bytes(256);
        bool good = true;
        for (uint256 i = 0; i < 11; ++i) {
            uint256 text = uint256(bytes32(claims[MODULUS + 32 * i:MODULUS + 32 * i + 32]));
            // The last word: behind its 22 characters ten 'A', which stand for zero bits.
            if (i == 10) text = (text & ~uint256(type(uint80).max)) | uint80(bytes10("AAAAAAAAAA"));
            (uint256 packed, bool ok) = Base64.decodeUrl(text);
            good = good && ok && (i < 10 || packed << 128 == 0);
            assembly ("memory-safe") {
                // Each store of 24 bytes runs 8 bytes over; the last holds 16 bytes of modulus and stays inside by
                // its own narrower store.
                switch lt(i, 10)
                case 1 {
                    mstore(add(add(n, 0x20), mul(i, 24)), packed)
                }
                default {
                    let to := add(n, 0x110)
                    mstore(
                        to,
                        or(
                            and(packed, not(0xffffffffffffffffffffffffffffffff)),
                            and(mload(to), 0xffffffffffffffffffffffffffffffff)
                        )
                    )
                }
            }
        }
        if (!good) revert IAKErrors.AzureClaimsLayoutUnknown();
    }

    /// @dev Layouts with a time make the measurement change at every boot: they are another layout.
    function _requireNoCurrentTime(bytes calldata configuration) private pure {
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

    function _userData(bytes calldata claims) private pure returns (bytes32 head, bytes32 tail) {
        uint256 digits = claims.length - 130;
        (uint256 a, bool okA) = Base64.decodeHex(uint256(bytes32(claims[digits:digits + 32])));
        (uint256 b, bool okB) = Base64.decodeHex(uint256(bytes32(claims[digits + 32:digits + 64])));
        (uint256 c, bool okC) = Base64.decodeHex(uint256(bytes32(claims[digits + 64:digits + 96])));
        (uint256 d, bool okD) = Base64.decodeHex(uint256(bytes32(claims[digits + 96:digits + 128])));
        if (!(okA && okB && okC && okD)) revert IAKErrors.AzureClaimsLayoutUnknown();
        return (bytes32((a << 128) | b), bytes32((c << 128) | d));
    }
}
