// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TDXQuote} from "../../evidence/TDXQuote.sol";

/// @notice What a verified host is remembered by, as 94 bytes, integers big-endian.
/// @dev head: layout version 1 (= 1) ‖ FMSPC 6 ‖ PCEID 2 ‖ component SVNs 16 ‖ PCESVN 2 ‖ QE ISVSVN 2 ‖ CA id 1 ‖ QE
/// identity version 2. tail: PCK CRL version 2 ‖ PCK notBefore 4 ‖ notAfter 4 ‖ serial 20, in the upper 30 bytes.
/// @param platformId protocol §6: keccak256(abi.encode(domain, TEE, 0, PPID))
struct HostAttributes {
    uint256 head;
    uint256 tail;
    bytes32 platformId;
}

using HostAttributesLibrary for HostAttributes global;

/// @title Attributes of a verified host
library HostAttributesLibrary {
    uint256 internal constant LAYOUT = 1;
    uint256 internal constant LENGTH = 94;
    bytes32 private constant HOST = keccak256("cvm-registry.host.v1");

    /// @notice Attributes that stand at `offset`; the caller has checked that 94 bytes do.
    function read(HostAttributes memory host, bytes calldata data, uint256 offset) internal pure {
        assembly ("memory-safe") {
            let from := add(data.offset, offset)
            mstore(host, calldataload(from))
            mstore(add(host, 0x20), and(calldataload(add(from, 32)), not(0xffff)))
            mstore(add(host, 0x40), calldataload(add(from, 62)))
        }
    }

    /// @notice The 94 bytes.
    function encode(HostAttributes memory host) internal pure returns (bytes memory) {
        return abi.encodePacked(host.head, bytes30(bytes32(host.tail)), host.platformId);
    }

    /// @notice What an attestation key with these attributes is remembered under: nobody can overwrite another's entry.
    function commitment(
        HostAttributes memory host,
        bytes32 keyX,
        bytes32 keyY
    ) internal pure returns (bytes32) {
        return keccak256(bytes.concat(HOST, keyX, keyY, encode(host)));
    }

    /// @notice The same of key and attributes as they follow each other in the known-host form, at `offset`.
    function commitment(bytes calldata data, uint256 offset) internal pure returns (bytes32) {
        return keccak256(bytes.concat(HOST, TDXQuote.slice(data, offset, offset + 64 + LENGTH)));
    }

    function layoutVersion(HostAttributes memory host) internal pure returns (uint256) {
        return host.head >> 248;
    }

    function fmspc(HostAttributes memory host) internal pure returns (bytes6) {
        return bytes6(bytes32(host.head << 8));
    }

    function pceId(HostAttributes memory host) internal pure returns (bytes2) {
        return bytes2(bytes32(host.head << 56));
    }

    /// @return the first of the sixteen in the highest byte of 16
    function componentSVNs(HostAttributes memory host) internal pure returns (uint256) {
        return (host.head >> 56) & type(uint128).max;
    }

    function pceSVN(HostAttributes memory host) internal pure returns (uint256) {
        return (host.head >> 40) & type(uint16).max;
    }

    function qeISVSVN(HostAttributes memory host) internal pure returns (uint256) {
        return (host.head >> 24) & type(uint16).max;
    }

    function caId(HostAttributes memory host) internal pure returns (uint8) {
        return uint8(host.head >> 16);
    }

    function qeVersion(HostAttributes memory host) internal pure returns (uint256) {
        return host.head & type(uint16).max;
    }

    function crlVersion(HostAttributes memory host) internal pure returns (uint256) {
        return host.tail >> 240;
    }

    function pckNotBefore(HostAttributes memory host) internal pure returns (uint256) {
        return (host.tail >> 208) & type(uint32).max;
    }

    function pckNotAfter(HostAttributes memory host) internal pure returns (uint256) {
        return (host.tail >> 176) & type(uint32).max;
    }

    function pckSerial(HostAttributes memory host) internal pure returns (uint160) {
        return uint160(host.tail >> 16);
    }
}
