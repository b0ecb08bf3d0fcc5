// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// JSON literals are full of double quotes.
/* solhint-disable quotes */

import {SHA256} from "../crypto/SHA256.sol";
import {IAKErrors} from "../interfaces/IAKErrors.sol";
import {Base64} from "./Base64.sol";
import {RuntimeClaims} from "./RuntimeClaims.sol";

/// @title Azure's runtime claims without what is alike in all of them
/// @notice A third of the 1,200 bytes that `RuntimeClaims` reads are the same in every machine's, or twice as many
/// characters as they stand for bytes. They are put back here and all is hashed, so that the claims can be no others than
/// those whose hash the paravisor reported.
/// @dev Of no other use than to be shorter: what is accepted in this form is accepted in full, and means the same.
/// | at | bytes | |
/// |---|---|---|
/// | 0 | 2 | ff 01 |
/// | 2 | 256 | modulus of HCLAkPub |
/// | 258 | 342 | base64url of the modulus of HCLEkPub, as in the claims: nothing is made of it |
/// | 600 | 64 | user-data |
/// | 664 | | text between `"vm-configuration":{` and `"user-data"` |
library CompactClaims {
    uint16 private constant FORM = 0xff01;
    uint256 private constant MODULUS = 2;
    uint256 private constant EK_TEXT = 258;
    uint256 private constant EK_TEXT_LENGTH = 342;
    uint256 private constant USER_DATA = 600;
    uint256 private constant CONFIGURATION = 664;

    // The claims from their beginning: 74 bytes, the modulus, 71 bytes, the text of HCLEkPub, 24 bytes, the configuration.
    bytes32 private constant HEAD_0 = '{"keys":[{"kid":"HCLAkPub","key_';
    bytes32 private constant HEAD_1 = 'ops":["sign"],"kty":"RSA","e":"A';
    bytes32 private constant HEAD_2 = 'QAB","n":"';
    bytes32 private constant MIDDLE_0 = '"},{"kid":"HCLEkPub","key_ops":[';
    bytes32 private constant MIDDLE_1 = '"encrypt"],"kty":"RSA","e":"AQAB';
    bytes32 private constant MIDDLE_2 = '","n":"';
    bytes32 private constant BEFORE_CONFIGURATION = '"}],"vm-configuration":{';
    uint256 private constant TEXT_MODULUS = 74;
    uint256 private constant TEXT_MIDDLE = 416;
    uint256 private constant TEXT_EK = 487;
    uint256 private constant TEXT_BEFORE_CONFIGURATION = 829;
    uint256 private constant TEXT_CONFIGURATION = 853;
    // Behind the configuration: 13 bytes, 128 digits, 2 bytes.
    bytes32 private constant BEFORE_USER_DATA = '"user-data":"';
    bytes32 private constant END = '"}';

    /// @notice Whether claims are meant to be in this form: JSON begins with another byte.
    function isMeant(bytes calldata claims) internal pure returns (bool) {
        return uint16(bytes2(claims)) == FORM;
    }

    /// @notice Refuses with AzureClaimsLayoutUnknown what is shorter than its fixed parts, and what `RuntimeClaims` would
    /// refuse of the configuration.
    /// @param compact of which `isMeant` is true
    /// @return n modulus of HCLAkPub, 256 bytes
    /// @return vmConfigurationDigest as of `RuntimeClaims`
    /// @return userDataHead user-data[0:32]
    /// @return userDataTail user-data[32:64]
    /// @return digest sha256 of the claims in full
    function read(
        bytes calldata compact
    )
        internal
        view
        returns (
            bytes memory n,
            bytes32 vmConfigurationDigest,
            bytes32 userDataHead,
            bytes32 userDataTail,
            bytes32 digest
        )
    {
        if (compact.length < CONFIGURATION) revert IAKErrors.AzureClaimsLayoutUnknown();
        n = compact[MODULUS:EK_TEXT];
        vmConfigurationDigest = RuntimeClaims.digestOf(compact[CONFIGURATION:]);
        userDataHead = bytes32(_word(compact, USER_DATA));
        userDataTail = bytes32(_word(compact, USER_DATA + 32));
        digest = _digest(compact);
    }

    /// @dev The claims are written into free memory, which stays free.
    function _digest(bytes calldata compact) private view returns (bytes32) {
        unchecked {
            uint256 text;
            assembly ("memory-safe") {
                text := mload(0x40)
            }
            _put(text, HEAD_0);
            _put(text + 32, HEAD_1);
            _put(text + 64, HEAD_2);
            _putModulus(text + TEXT_MODULUS, compact);
            _put(text + TEXT_MIDDLE, MIDDLE_0);
            _put(text + TEXT_MIDDLE + 32, MIDDLE_1);
            _put(text + TEXT_MIDDLE + 64, MIDDLE_2);
            _putPart(text + TEXT_EK, compact[EK_TEXT:EK_TEXT + EK_TEXT_LENGTH]);
            _put(text + TEXT_BEFORE_CONFIGURATION, BEFORE_CONFIGURATION);
            bytes calldata configuration = compact[CONFIGURATION:];
            _putPart(text + TEXT_CONFIGURATION, configuration);
            uint256 next = text + TEXT_CONFIGURATION + configuration.length;
            _put(next, BEFORE_USER_DATA);
            next = _putHex(next + 13, _word(compact, USER_DATA));
            next = _putHex(next, _word(compact, USER_DATA + 32));
            _put(next, END);
            return SHA256.ofMemory(text, next + 2 - text);
        }
    }

    /// @dev Ten words of 24 bytes, then 16 bytes and zero bits: 22 characters, and ten that the next part writes over.
    function _putModulus(uint256 to, bytes calldata compact) private pure {
        unchecked {
            uint256 from = MODULUS;
            for (uint256 end = to + 320; to < end; to += 32) {
                _put(to, bytes32(Base64.encodeUrl(_word(compact, from))));
                from += 24;
            }
            uint256 rest = (_word(compact, from) >> 128) << 128;
            _put(to, bytes32(Base64.encodeUrl(rest)));
        }
    }

    function _putHex(uint256 to, uint256 word) private pure returns (uint256 next) {
        unchecked {
            _put(to, bytes32(Base64.encodeHex(word >> 128)));
            _put(to + 32, bytes32(Base64.encodeHex(word & type(uint128).max)));
            return to + 64;
        }
    }

    /// @dev A word; what it holds behind its text, the next part writes over.
    function _put(uint256 to, bytes32 text) private pure {
        assembly ("memory-safe") {
            mstore(to, text)
        }
    }

    function _putPart(uint256 to, bytes calldata part) private pure {
        assembly ("memory-safe") {
            calldatacopy(to, part.offset, part.length)
        }
    }

    /// @dev Within the least length.
    function _word(bytes calldata compact, uint256 from) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := calldataload(add(compact.offset, from))
        }
    }
}
