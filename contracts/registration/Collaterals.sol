// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CVMIdentity, WorkloadCollaterals} from "../types/Evidence.sol";

/// @title Members of collaterals that are canonically encoded
/// @notice What `CanonicalCalldata` has walked over lies within calldata and follows each other: no offset or length needs
/// a second look, as Solidity's own accessors give it, for six times the gas.
library Collaterals {
    // Heads, by the order of members in `WorkloadCollaterals`.
    uint256 private constant REPORT_ID = 0x60;
    uint256 private constant AK_PUB = 0x80;
    uint256 private constant CERTS = 0xa0;
    uint256 private constant CVM_IDENTITY = 0xc0;

    function reportIdOf(WorkloadCollaterals calldata wc) internal pure returns (bytes calldata) {
        return _bytesAt(_placeOf(wc, REPORT_ID));
    }

    function akPubOf(WorkloadCollaterals calldata wc) internal pure returns (bytes calldata) {
        return _bytesAt(_placeOf(wc, AK_PUB));
    }

    function certsOf(WorkloadCollaterals calldata wc) internal pure returns (bytes[] calldata certs) {
        uint256 from = _placeOf(wc, CERTS);
        assembly ("memory-safe") {
            certs.offset := add(from, 0x20)
            certs.length := calldataload(from)
        }
    }

    function identityOf(
        WorkloadCollaterals calldata wc
    ) internal pure returns (CVMIdentity calldata identity) {
        uint256 from = _placeOf(wc, CVM_IDENTITY);
        assembly ("memory-safe") {
            identity := from
        }
    }

    /// @return from where the member begins in calldata: a list or string with its length
    function _placeOf(WorkloadCollaterals calldata wc, uint256 member) private pure returns (uint256 from) {
        assembly ("memory-safe") {
            from := add(wc, calldataload(add(wc, member)))
        }
    }

    function _bytesAt(uint256 from) private pure returns (bytes calldata data) {
        assembly ("memory-safe") {
            data.offset := add(from, 0x20)
            data.length := calldataload(from)
        }
    }
}
