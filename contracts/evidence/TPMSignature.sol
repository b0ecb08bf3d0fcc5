// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITPMErrors} from "../interfaces/ITPMErrors.sol";

/// @title TPMT_SIGNATURE of ECDSA P-256 and RSASSA-2048, both over SHA-256
/// @notice TPM 2.0 Part 2 §11.3.4: scheme u16, hash u16, then r and s or the RSA signature as TPM2B.
library TPMSignature {
    uint256 private constant ALG_RSASSA = 0x0014;
    uint256 private constant ALG_ECDSA = 0x0018;
    uint256 private constant ALG_SHA256 = 0x000b;

    /// @notice r and s; a TPM may drop their leading zeros.
    function readECDSA(bytes calldata signature) internal pure returns (bytes32 r, bytes32 s) {
        unchecked {
            _requireScheme(signature, ALG_ECDSA);
            (uint256 first, uint256 next) = _read2B(signature, 4);
            (uint256 second, uint256 end) = _read2B(signature, next);
            if (end != signature.length || first > 32 || second > 32)
                revert ITPMErrors.TPMSignatureLength(signature.length);
            // A number of no bytes is zero; a shift by 256 gives that.
            r = bytes32(_word(signature, 6) >> (256 - (first << 3)));
            s = bytes32(_word(signature, next + 2) >> (256 - (second << 3)));
        }
    }

    /// @notice The 256 bytes of an RSA-2048 signature.
    function readRSA(bytes calldata signature) internal pure returns (bytes calldata value) {
        _requireScheme(signature, ALG_RSASSA);
        (uint256 length, uint256 end) = _read2B(signature, 4);
        if (end != signature.length || length != 256) revert ITPMErrors.TPMSignatureLength(signature.length);
        return signature[6:];
    }

    function _requireScheme(bytes calldata signature, uint256 due) private pure {
        if (signature.length < 4) revert ITPMErrors.TPMSignatureLength(signature.length);
        uint256 head = _word(signature, 0) >> 224;
        if (head != (due << 16) | ALG_SHA256)
            revert ITPMErrors.TPMSignatureScheme(uint16(head >> 16), uint16(head));
    }

    /// @dev A word that may reach past the end; what lies there is shifted out.
    function _word(bytes calldata signature, uint256 from) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := calldataload(add(signature.offset, from))
        }
    }

    function _read2B(
        bytes calldata signature,
        uint256 from
    ) private pure returns (uint256 length, uint256 next) {
        unchecked {
            if (signature.length < from + 2) revert ITPMErrors.TPMSignatureLength(signature.length);
            length = _word(signature, from) >> 240;
            next = from + 2 + length;
            if (signature.length < next) revert ITPMErrors.TPMSignatureLength(signature.length);
        }
    }
}
