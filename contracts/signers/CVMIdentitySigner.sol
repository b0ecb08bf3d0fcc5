// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {IERC7913SignatureVerifier} from "@openzeppelin/contracts/interfaces/IERC7913.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {CVMMessage} from "../messages/CVMMessage.sol";

/// @title One CVM identity as an ERC-1271 contract
/// @notice For protocols that ask an address for its signature. Holds nothing and does nothing else.
/// @dev A clone of CVMIdentitySigners carries its ERC-7913 key, application ‖ identity hash. What the CVM signs as
/// ERC-7913 hash is `CVMMessage.erc1271(clone, hash)`, which names chain and clone: no signature for one clone, for the
/// bare verifier or for an account of CVM signers is one for another.
contract CVMIdentitySigner is IERC1271 {
    IERC7913SignatureVerifier public immutable verifier;

    constructor(IERC7913SignatureVerifier verifier_) {
        verifier = verifier_;
    }

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        bytes32 bound = CVMMessage.erc1271(address(this), hash);
        bytes4 answer = verifier.verify(signerKey(), bound, signature);
        return
            answer == IERC7913SignatureVerifier.verify.selector
                ? this.isValidSignature.selector
                : bytes4(0xffffffff);
    }

    /// @notice application (20 bytes) ‖ identity hash (32 bytes).
    /// @dev Of the implementation, which is no clone, these are other bytes that no verifier takes.
    function signerKey() public view returns (bytes memory) {
        return Clones.fetchCloneArgs(address(this));
    }
}
