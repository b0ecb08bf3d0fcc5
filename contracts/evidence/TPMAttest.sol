// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITPMErrors} from "../interfaces/ITPMErrors.sol";

/// @title TPMS_ATTEST of types quote, certify and creation
/// @notice TPM 2.0 Part 2 §10.12.8, without a TPM2B length before it. Big-endian. Checks stand in the order of the
/// bytes: what is wrong first is named first. Unchecked: every sum is of lengths of 16 bits.
/// @dev | bytes | field |
/// |---|---|
/// | 4 | magic ff544347 |
/// | 2 | type 8018, 8017, 801a |
/// | 2 + n | qualifiedSigner |
/// | 2 + n | extraData |
/// | 8, 4, 4 | clock, resetCount, restartCount |
/// | 1 | safe |
/// | 8 | firmwareVersion |
/// | 4, 2, 1, 3, 2 + 32 | quote: bank count, bank, bitmap size, bitmap, digest |
/// | 2 + n, 2 + n | certify: name, qualifiedName · creation: objectName, creationHash |
library TPMAttest {
    // TPM_GENERATED_VALUE. A restricted key signs whatever does not begin with it, so it is what makes the rest the
    // TPM's word.
    uint256 private constant MAGIC = 0xff544347;
    uint256 private constant ATTEST_QUOTE = 0x8018;
    uint256 private constant ATTEST_CERTIFY = 0x8017;
    uint256 private constant ATTEST_CREATION = 0x801a;
    uint256 private constant ALG_SHA256 = 0x000b;

    // Behind extraData: clock 8, resetCount 4, restartCount 4, safe 1, firmwareVersion 8.
    uint256 private constant SAFE = 16;
    uint256 private constant CLOCK_LENGTH = 25;

    /// @return extraData qualifyingData of the quote
    /// @return selection bit i is set when PCR i is quoted
    /// @return digest sha256 of the quoted values
    function readQuote(
        bytes calldata attest
    ) internal pure returns (bytes calldata extraData, uint24 selection, bytes32 digest) {
        unchecked {
            uint256 from;
            (extraData, from) = _readHeader(attest, ATTEST_QUOTE);
            _require(attest, from + 4);
            uint256 head = _word(attest, from);
            if (head >> 224 != 1) revert ITPMErrors.TPMBankCount(uint32(head >> 224));
            _require(attest, from + 6);
            uint256 bank = (head >> 208) & 0xffff;
            if (bank != ALG_SHA256) revert ITPMErrors.TPMBankUnsupported(uint16(bank));
            _require(attest, from + 7);
            uint256 size = (head >> 200) & 0xff;
            if (size != 3) revert ITPMErrors.TPMSelectSize(uint8(size));
            _require(attest, from + 12);
            // PCR i is bit i % 8 of byte i / 8.
            uint256 bitmap = head >> 176;
            selection = uint24(((bitmap >> 16) & 0xff) | (bitmap & 0xff00) | ((bitmap & 0xff) << 16));
            uint256 length = (head >> 160) & 0xffff;
            if (length != 32) revert ITPMErrors.TPMDigestLength(length);
            _require(attest, from + 44);
            digest = bytes32(_word(attest, from + 12));
            if (attest.length != from + 44) revert ITPMErrors.TPMAttestTrailing();
        }
    }

    /// @notice Response parameters of TPM2_Quote: TPM2B_ATTEST, then TPMT_SIGNATURE to the end.
    function split(
        bytes calldata quoted
    ) internal pure returns (bytes calldata attest, bytes calldata signature) {
        uint256 next;
        (attest, next) = _read2B(quoted, 0);
        signature = quoted[next:];
    }

    /// @return name TPM Name of the certified object
    function readCertify(bytes calldata attest) internal pure returns (bytes calldata name) {
        (name, ) = _readNamed(attest, ATTEST_CERTIFY);
    }

    /// @return name TPM Name of the object made
    /// @return creationHash hash of its TPMS_CREATION_DATA
    function readCreation(
        bytes calldata attest
    ) internal pure returns (bytes calldata name, bytes calldata creationHash) {
        return _readNamed(attest, ATTEST_CREATION);
    }

    function _readNamed(
        bytes calldata attest,
        uint256 due
    ) private pure returns (bytes calldata name, bytes calldata second) {
        (, uint256 from) = _readHeader(attest, due);
        (name, from) = _read2B(attest, from);
        (second, from) = _read2B(attest, from);
        if (attest.length != from) revert ITPMErrors.TPMAttestTrailing();
    }

    function _readHeader(
        bytes calldata attest,
        uint256 due
    ) private pure returns (bytes calldata extraData, uint256 from) {
        unchecked {
            _require(attest, 4);
            uint256 head = _word(attest, 0);
            if (head >> 224 != MAGIC) revert ITPMErrors.TPMMagicWrong(bytes4(bytes32(head)));
            _require(attest, 6);
            uint256 attestType = (head >> 208) & 0xffff;
            if (attestType != due) revert ITPMErrors.TPMAttestTypeUnexpected(uint16(attestType), uint16(due));
            (, from) = _read2B(attest, 6);
            (extraData, from) = _read2B(attest, from);
            _require(attest, from + SAFE + 1);
            uint256 safe = _word(attest, from + SAFE) >> 248;
            if (safe > 1) revert ITPMErrors.TPMSafeNotBoolean(uint8(safe));
            from += CLOCK_LENGTH;
            _require(attest, from);
        }
    }

    function _require(bytes calldata attest, uint256 length) private pure {
        if (attest.length < length) revert ITPMErrors.TPMAttestTruncated();
    }

    /// @dev A word that may reach past the end; only what `_require` has found to be there is used.
    function _word(bytes calldata attest, uint256 from) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := calldataload(add(attest.offset, from))
        }
    }

    function _read2B(
        bytes calldata attest,
        uint256 from
    ) private pure returns (bytes calldata value, uint256 next) {
        unchecked {
            _require(attest, from + 2);
            uint256 length = _word(attest, from) >> 240;
            next = from + 2 + length;
            _require(attest, next);
            assembly ("memory-safe") {
                value.offset := add(attest.offset, add(from, 2))
                value.length := length
            }
        }
    }
}
