// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {P256} from "../crypto/P256.sol";
import {Base64} from "../evidence/Base64.sol";
import {SHA512} from "../crypto/SHA512.sol";
import {RuntimeClaims} from "../evidence/RuntimeClaims.sol";

/// @title Test door to the libraries of contracts/crypto and RuntimeClaims
contract CryptoHarness {
    function p256(bytes32 hash, bytes32 r, bytes32 s, bytes32 x, bytes32 y) external view returns (bool) {
        return P256.verify(hash, r, s, x, y);
    }

    function isOnCurve(bytes32 x, bytes32 y) external pure returns (bool) {
        return P256.isOnCurve(x, y);
    }

    function sha384(bytes memory data) external view returns (bytes32 head, bytes16 tail, uint256 gasUsed) {
        uint256 before = gasleft();
        (head, tail) = SHA512.sha384(data);
        gasUsed = before - gasleft();
    }

    function sha512(bytes memory data) external pure returns (bytes32 head, bytes32 tail) {
        return SHA512.sha512(data);
    }

    function sha384Slice(
        bytes calldata data,
        uint256 from,
        uint256 to
    ) external view returns (bytes32 head, bytes16 tail, uint256 gasUsed) {
        uint256 before = gasleft();
        (head, tail) = SHA512.sha384Calldata(data[from:to]);
        gasUsed = before - gasleft();
    }

    function sha512Slice(
        bytes calldata data,
        uint256 from,
        uint256 to
    ) external pure returns (bytes32 head, bytes32 tail) {
        return SHA512.sha512Calldata(data[from:to]);
    }

    /// @notice SHA-384 from calldata and then SHA-512 from memory, where all memory that is free holds `dirt`.
    /// @dev `isTidy`: nothing below the free pointer and nothing above the new one has changed
    function shaInDirt(
        bytes calldata data,
        bytes32 dirt
    )
        external
        pure
        returns (bytes32 head384, bytes16 tail384, bytes32 head512, bytes32 tail512, bool isTidy)
    {
        bytes memory copy = data;
        (uint256 free, bytes32 below) = _soil(copy, dirt);
        (head384, tail384) = SHA512.sha384Calldata(data);
        isTidy = _isTidy(copy, free, below, dirt);
        (free, below) = _soil(copy, dirt);
        (head512, tail512) = SHA512.sha512(copy);
        isTidy = _isTidy(copy, free, below, dirt) && isTidy;
    }

    uint256 private constant SOILED = 0x2000;

    function _soil(bytes memory copy, bytes32 dirt) private pure returns (uint256 free, bytes32 below) {
        uint256 end;
        assembly ("memory-safe") {
            free := mload(0x40)
            end := add(free, SOILED)
            below := keccak256(copy, sub(free, copy))
            for {
                let at := free
            } lt(at, end) {
                at := add(at, 0x20)
            } {
                mstore(at, dirt)
            }
        }
    }

    function _isTidy(
        bytes memory copy,
        uint256 free,
        bytes32 below,
        bytes32 dirt
    ) private pure returns (bool isTidy) {
        assembly ("memory-safe") {
            let at := mload(0x40)
            isTidy := and(iszero(lt(at, free)), iszero(and(at, 0x1f)))
            isTidy := and(isTidy, and(lt(at, add(free, SOILED)), iszero(mload(0x60))))
            isTidy := and(isTidy, eq(below, keccak256(copy, sub(free, copy))))
            for {} lt(at, add(free, SOILED)) {
                at := add(at, 0x20)
            } {
                isTidy := and(isTidy, eq(mload(at), dirt))
            }
        }
    }

    function runtimeClaims(
        bytes calldata claims
    )
        external
        view
        returns (
            bytes memory n,
            bytes32 vmConfigurationDigest,
            bytes32 userDataHead,
            bytes32 userDataTail,
            uint256 gasUsed
        )
    {
        uint256 before = gasleft();
        (n, vmConfigurationDigest, userDataHead, userDataTail) = RuntimeClaims.parse(claims);
        gasUsed = before - gasleft();
    }

    function base64(uint256 text) external pure returns (uint256 packed, bool ok) {
        return Base64.decode(text);
    }

    function base64Url(uint256 text) external pure returns (uint256 packed, bool ok) {
        return Base64.decodeUrl(text);
    }

    function encodeUrl(uint256 word) external pure returns (uint256 text) {
        return Base64.encodeUrl(word);
    }
}
