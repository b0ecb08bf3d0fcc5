// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Hashes that bind evidence to a request, a block and an AK
/// @notice Types exactly as protocol §13; vectors/protocol holds values computed without this code.
library Binding {
    bytes32 internal constant REQUEST = keccak256("cvm-registry.request.v1");
    bytes32 internal constant ANCHOR = keccak256("cvm-registry.anchor.v1");
    bytes32 internal constant BINDING = keccak256("cvm-registry.binding.v1");

    /// @notice The block that evidence is anchored at; all zero in un-anchored evidence.
    struct Anchor {
        uint256 chainId;
        address registry;
        uint64 blockNumber;
        bytes32 blockHash;
        bytes32 requestHash;
    }

    struct Request {
        uint8 cloud;
        uint8 tee;
        uint8 reportType;
        bytes32 selectionHash;
        bytes32 certifiedName;
    }

    // A struct of static members lies in memory as it is encoded, so each text is a domain, words and a struct.

    function requestHash(Request memory request, bool akCertified) internal pure returns (bytes32 value) {
        bytes32 domain = REQUEST;
        assembly ("memory-safe") {
            let text := mload(0x40)
            mstore(text, domain)
            mcopy(add(text, 0x20), request, 0xa0)
            mstore(add(text, 0xc0), iszero(iszero(akCertified)))
            value := keccak256(text, 0xe0)
        }
    }

    /// @notice The nine bytes behind the block number in a quote's extraData.
    function anchorDigest(Anchor memory anchor, bytes32 statementId) internal pure returns (bytes9) {
        bytes32 domain = ANCHOR;
        bytes32 value;
        assembly ("memory-safe") {
            let text := mload(0x40)
            mstore(text, domain)
            mcopy(add(text, 0x20), anchor, 0xa0)
            mstore(add(text, 0xc0), statementId)
            value := keccak256(text, 0xe0)
        }
        return bytes9(value);
    }

    /// @notice report_data[0:32] (on Azure user-data[0:32]) by which the TEE names the AK.
    function reportData(
        bytes32 akId,
        bytes32 identityHash,
        Anchor memory anchor
    ) internal pure returns (bytes32 value) {
        bytes32 domain = BINDING;
        assembly ("memory-safe") {
            let text := mload(0x40)
            mstore(text, domain)
            mstore(add(text, 0x20), akId)
            mstore(add(text, 0x40), identityHash)
            mcopy(add(text, 0x60), anchor, 0xa0)
            value := keccak256(text, 0x100)
        }
    }
}
