// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Bytes that an identity key signs
/// @notice Application messages and key-signed registry actions (protocol §9, §10). SHA-256 of them is signed.
library CVMMessage {
    bytes25 private constant USER = "CVM_WORKLOAD_USER_MESSAGE";
    bytes32 internal constant ERC7913 = keccak256("cvm-registry.erc7913.v1");
    bytes32 internal constant ERC1271 = keccak256("cvm-registry.erc1271.v1");

    // Prefix, chain id, application.
    uint256 internal constant ENVELOPE_HEAD = 25 + 32 + 20;
    uint256 internal constant WALKTHROUGH_HEAD = 25 + 2 + 20;

    /// @notice `"CVM_WORKLOAD_USER_MESSAGE" ‖ uint256 chainId ‖ application ‖ user bytes`.
    function isEnvelope(bytes calldata message, address application) internal view returns (bool) {
        return
            message.length >= ENVELOPE_HEAD &&
            bytes25(_word(message, 0)) == USER &&
            uint256(_word(message, 25)) == block.chainid &&
            address(bytes20(_word(message, 57))) == application;
    }

    /// @notice The same with uint16 chainId; never true where the chain id does not fit.
    function isWalkthrough(bytes calldata message, address application) internal view returns (bool) {
        return
            fitsWalkthrough() &&
            message.length >= WALKTHROUGH_HEAD &&
            bytes25(_word(message, 0)) == USER &&
            uint16(bytes2(_word(message, 25))) == block.chainid &&
            address(bytes20(_word(message, 27))) == application;
    }

    function fitsWalkthrough() internal view returns (bool) {
        return block.chainid <= type(uint16).max;
    }

    function ttl(uint256 nonce, uint64 teeTTL, uint64 tpmTTL) internal view returns (bytes memory) {
        return _action("CVM_WORKLOAD_TTL_CONFIG", nonce, abi.encodePacked(teeTTL, tpmTTL));
    }

    function operator(uint256 nonce, address who) internal view returns (bytes memory) {
        return _action("CVM_WORKLOAD_OPERATOR", nonce, abi.encodePacked(who));
    }

    function revoke(uint256 nonce) internal view returns (bytes memory) {
        return _action("CVM_WORKLOAD_REVOKE", nonce, "");
    }

    function reattest(uint256 nonce, bytes32 quoteSha256) internal view returns (bytes memory) {
        return _action("CVM_WORKLOAD_REATTEST_TPM", nonce, abi.encodePacked(quoteSha256));
    }

    /// @notice `ERC7913 ‖ uint256 chainId ‖ verifier ‖ application ‖ hash`.
    function erc7913(
        address verifier,
        address application,
        bytes32 hash
    ) internal view returns (bytes memory) {
        return abi.encodePacked(ERC7913, block.chainid, verifier, application, hash);
    }

    /// @notice The hash that an identity signs by ERC-7913 for its ERC-1271 contract `signer` to answer for `hash`.
    function erc1271(address signer, bytes32 hash) internal view returns (bytes32) {
        return keccak256(abi.encode(ERC1271, block.chainid, signer, hash));
    }

    /// @dev The word at `start`, its end perhaps behind the message: for callers that compared the length. A slice would
    /// compare it again, at 50 gas each.
    function _word(bytes calldata message, uint256 start) private pure returns (bytes32 word) {
        assembly ("memory-safe") {
            word := calldataload(add(message.offset, start))
        }
    }

    /// @dev prefix ‖ uint256 chainId ‖ registry ‖ uint256 nonce ‖ fields; runs inside the registry.
    function _action(
        bytes memory prefix,
        uint256 nonce,
        bytes memory fields
    ) private view returns (bytes memory) {
        return abi.encodePacked(prefix, block.chainid, address(this), nonce, fields);
    }
}
