// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITPMErrors} from "../interfaces/ITPMErrors.sol";

/// @title TPMS_ATTEST of types quote and certify
/// @notice TPM 2.0 Part 2 §10.12.8, without a TPM2B length before it. Big-endian. Checks stand in the order of the
/// bytes: what is wrong first is named first.
/// @dev | bytes | field |
/// |---|---|
/// | 4 | magic ff544347 |
/// | 2 | type 8018, 8017 |
/// | 2 + n | qualifiedSigner |
/// | 2 + n | extraData |
/// | 8, 4, 4 | clock, resetCount, restartCount |
/// | 1 | safe |
/// | 8 | firmwareVersion |
/// | 4, 2, 1, 3, 2 + 32 | quote: bank count, bank, bitmap size, bitmap, digest |
/// | 2 + n, 2 + n | certify: name, qualifiedName |
library TPMAttest {
    // TPM_GENERATED_VALUE. A restricted key signs whatever does not begin with it, so it is what makes the rest the
    // TPM's word.
    bytes4 private constant MAGIC = 0xff544347;
    uint256 private constant ATTEST_QUOTE = 0x8018;
    uint256 private constant ATTEST_CERTIFY = 0x8017;
    uint256 private constant ALG_SHA256 = 0x000b;

    /// @return extraData qualifyingData of the quote
    /// @return selection bit i is set when PCR i is quoted
    /// @return digest sha256 of the quoted values
    function readQuote(
        bytes calldata attest
    ) internal pure returns (bytes calldata extraData, uint24 selection, bytes32 digest) {
        uint256 from;
        (extraData, from) = _readHeader(attest, ATTEST_QUOTE);
        _require(attest, from, 4);
        uint32 count = uint32(bytes4(attest[from:from + 4]));
        if (count != 1) revert ITPMErrors.TPMBankCount(count);
        uint256 bank = _readU16(attest, from + 4);
        if (bank != ALG_SHA256) revert ITPMErrors.TPMBankUnsupported(uint16(bank));
        _require(attest, from + 6, 1);
        uint8 size = uint8(attest[from + 6]);
        if (size != 3) revert ITPMErrors.TPMSelectSize(size);
        from += 7;
        _require(attest, from, 5);
        selection =
            uint24(uint8(attest[from])) |
            (uint24(uint8(attest[from + 1])) << 8) |
            (uint24(uint8(attest[from + 2])) << 16);
        uint256 length = _readU16(attest, from + 3);
        if (length != 32) revert ITPMErrors.TPMDigestLength(length);
        from += 5;
        _require(attest, from, 32);
        digest = bytes32(attest[from:from + 32]);
        if (attest.length != from + 32) revert ITPMErrors.TPMAttestTrailing();
    }

    /// @return name TPM Name of the certified object
    function readCertify(bytes calldata attest) internal pure returns (bytes calldata name) {
        (, uint256 from) = _readHeader(attest, ATTEST_CERTIFY);
        (name, from) = _read2B(attest, from);
        (, from) = _read2B(attest, from);
        if (attest.length != from) revert ITPMErrors.TPMAttestTrailing();
    }

    function _readHeader(
        bytes calldata attest,
        uint256 due
    ) private pure returns (bytes calldata extraData, uint256 from) {
        _require(attest, 0, 4);
        bytes4 magic = bytes4(attest[0:4]);
        if (magic != MAGIC) revert ITPMErrors.TPMMagicWrong(magic);
        uint256 attestType = _readU16(attest, 4);
        if (attestType != due) revert ITPMErrors.TPMAttestTypeUnexpected(uint16(attestType), uint16(due));
        (, from) = _read2B(attest, 6);
        (extraData, from) = _read2B(attest, from);
        _require(attest, from, 17);
        uint8 safe = uint8(attest[from + 16]);
        if (safe > 1) revert ITPMErrors.TPMSafeNotBoolean(safe);
        _require(attest, from, 25);
        from += 25;
    }

    function _require(bytes calldata attest, uint256 from, uint256 length) private pure {
        if (attest.length < from + length) revert ITPMErrors.TPMAttestTruncated();
    }

    function _readU16(bytes calldata attest, uint256 from) private pure returns (uint256) {
        _require(attest, from, 2);
        return uint16(bytes2(attest[from:from + 2]));
    }

    function _read2B(
        bytes calldata attest,
        uint256 from
    ) private pure returns (bytes calldata value, uint256 next) {
        next = from + 2 + _readU16(attest, from);
        _require(attest, next, 0);
        value = attest[from + 2:next];
    }
}
