// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC7913SignatureVerifier} from "@openzeppelin/contracts/interfaces/IERC7913.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {P256} from "../crypto/P256.sol";
import {SHA256} from "../crypto/SHA256.sol";
import {ICVMApplication} from "../interfaces/ICVMApplication.sol";
import {CVMMessage} from "../messages/CVMMessage.sol";

/// @title CVMs as signers of accounts
/// @notice ERC-7913 verifier, one for all applications. Key: application (20 bytes) ‖ identity hash (32 bytes). An
/// identity signs while that application admits it: what it signed counts no longer once it is suspended, expired or
/// its measurement retired.
/// @dev The CVM signs SHA-256 of `ERC7913 ‖ uint256 chainId ‖ this verifier ‖ application ‖ hash` (protocol §10).
/// Whoever lists a key as a signer trusts the application in it: its owner decides which code may sign.
contract CVMSignerVerifier is IERC7913SignatureVerifier {
    bytes4 private constant INVALID = 0xffffffff;

    uint256 private constant KEY_LENGTH = 20 + 32;

    constructor() {
        P256.requireAvailable();
    }

    /// @inheritdoc IERC7913SignatureVerifier
    /// @dev Never reverts on bad input: a key of another form, an address without code, one that answers otherwise.
    /// Admission and key are one question, `keyOf`: two would read the registry twice. Its zeros are no key of P-256.
    function verify(
        bytes calldata key,
        bytes32 hash,
        bytes calldata signature
    ) external view returns (bytes4) {
        if (key.length != KEY_LENGTH || signature.length != 64) return INVALID;
        address application = address(bytes20(key[:20]));
        (bool answered, bytes32 x, bytes32 y) = LowLevelCall.staticcallReturn64Bytes(
            application,
            abi.encodeCall(ICVMApplication.keyOf, (bytes32(key[20:])))
        );
        if (!answered || LowLevelCall.returnDataSize() != 64) return INVALID;
        bytes memory signed = CVMMessage.erc7913(address(this), application, hash);
        uint256 start;
        assembly ("memory-safe") {
            start := add(signed, 0x20)
        }
        bytes32 digest = SHA256.ofMemory(start, signed.length);
        bool isSigned = P256.verify(digest, bytes32(signature[:32]), bytes32(signature[32:]), x, y);
        return isSigned ? this.verify.selector : INVALID;
    }
}
