// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC7913SignatureVerifier} from "@openzeppelin/contracts/interfaces/IERC7913.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {CVMIdentitySigner} from "./CVMIdentitySigner.sol";

/// @title Makes the ERC-1271 contract of an identity
/// @notice Anybody may; the address follows from application and identity and is known before.
contract CVMIdentitySigners {
    address public immutable implementation;

    event SignerCreated(address indexed application, bytes32 indexed cvmIdentityHash, address signer);

    constructor(IERC7913SignatureVerifier verifier) {
        implementation = address(new CVMIdentitySigner(verifier));
    }

    /// @notice Makes the contract unless it stands already.
    function create(address application, bytes32 cvmIdentityHash) external returns (address signer) {
        signer = signerOf(application, cvmIdentityHash);
        if (signer.code.length != 0) return signer;
        bytes memory key = abi.encodePacked(application, cvmIdentityHash);
        Clones.cloneDeterministicWithImmutableArgs(implementation, key, 0);
        emit SignerCreated(application, cvmIdentityHash, signer);
    }

    /// @notice Where the contract of this identity stands, or will.
    function signerOf(address application, bytes32 cvmIdentityHash) public view returns (address) {
        bytes memory key = abi.encodePacked(application, cvmIdentityHash);
        return Clones.predictDeterministicAddressWithImmutableArgs(implementation, key, 0);
    }
}
