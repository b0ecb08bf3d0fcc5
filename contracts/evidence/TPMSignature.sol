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
        _requireScheme(signature, ALG_ECDSA);
        (bytes calldata first, uint256 next) = _read2B(signature, 4);
        (bytes calldata second, uint256 end) = _read2B(signature, next);
        if (end != signature.length || first.length > 32 || second.length > 32)
            revert ITPMErrors.TPMSignatureLength(signature.length);
        // A number of no bytes is zero; a shift by 256 gives that.
        return (
            bytes32(uint256(bytes32(first)) >> (8 * (32 - first.length))),
            bytes32(uint256(bytes32(second)) >> (8 * (32 - second.length)))
        );
    }

    /// @notice The 256 bytes of an RSA-2048 signature.
    function readRSA(bytes calldata signature) internal pure returns (bytes calldata value) {
        _requireScheme(signature, ALG_RSASSA);
        uint256 end;
        (value, end) = _read2B(signature, 4);
        if (end != signature.length || value.length != 256)
            revert ITPMErrors.TPMSignatureLength(signature.length);
    }

    function _requireScheme(bytes calldata signature, uint256 due) private pure {
        if (signature.length < 4) revert ITPMErrors.TPMSignatureLength(signature.length);
        uint16 scheme = uint16(bytes2(signature[0:2]));
        uint16 hash = uint16(bytes2(signature[2:4]));
        if (scheme != due || hash != ALG_SHA256) revert ITPMErrors.TPMSignatureScheme(scheme, hash);
    }

    function _read2B(
        bytes calldata signature,
        uint256 from
    ) private pure returns (bytes calldata value, uint256 next) {
        if (signature.length < from + 2) revert ITPMErrors.TPMSignatureLength(signature.length);
        next = from + 2 + uint16(bytes2(signature[from:from + 2]));
        if (signature.length < next) revert ITPMErrors.TPMSignatureLength(signature.length);
        value = signature[from + 2:next];
    }
}
