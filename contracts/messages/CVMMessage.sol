// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Bytes that an identity key signs
/// @notice Application messages and key-signed registry actions (protocol §9, §10). SHA-256 of them is signed.
library CVMMessage {
    bytes private constant USER = "CVM_WORKLOAD_USER_MESSAGE";
    bytes32 internal constant ERC7913 = keccak256("cvm-registry.erc7913.v1");

    // Prefix, chain id, application.
    uint256 private constant ENVELOPE_HEAD = 25 + 32 + 20;
    uint256 private constant WALKTHROUGH_HEAD = 25 + 2 + 20;

    /// @notice `"CVM_WORKLOAD_USER_MESSAGE" ‖ uint256 chainId ‖ application ‖ user bytes`.
    function isEnvelope(bytes calldata message, address application) internal view returns (bool) {
        return
            message.length >= ENVELOPE_HEAD &&
            keccak256(message[:ENVELOPE_HEAD]) ==
                keccak256(abi.encodePacked(USER, block.chainid, application));
    }

    /// @notice The same with uint16 chainId; never true where the chain id does not fit.
    function isWalkthrough(bytes calldata message, address application) internal view returns (bool) {
        return
            fitsWalkthrough() &&
            message.length >= WALKTHROUGH_HEAD &&
            keccak256(message[:WALKTHROUGH_HEAD]) ==
                keccak256(abi.encodePacked(USER, uint16(block.chainid), application));
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

    /// @dev prefix ‖ uint256 chainId ‖ registry ‖ uint256 nonce ‖ fields; runs inside the registry.
    function _action(
        bytes memory prefix,
        uint256 nonce,
        bytes memory fields
    ) private view returns (bytes memory) {
        return abi.encodePacked(prefix, block.chainid, address(this), nonce, fields);
    }
}
