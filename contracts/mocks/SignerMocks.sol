// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {MultiSignerERC7913} from "@openzeppelin/contracts/utils/cryptography/signers/MultiSignerERC7913.sol";

/// @dev The smallest account with OpenZeppelin's ERC-7913 signers.
contract MultiSignerAccount is MultiSignerERC7913, IERC1271 {
    constructor(bytes[] memory signers, uint64 threshold) MultiSignerERC7913(signers, threshold) {}

    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        return _rawSignatureValidation(hash, signature) ? this.isValidSignature.selector : bytes4(0xffffffff);
    }
}

/// @dev An ERC-1271 contract that believes one signature.
contract StubERC1271 is IERC1271 {
    bytes32 private immutable BELIEVED;

    constructor(bytes memory believed) {
        BELIEVED = keccak256(believed);
    }

    function isValidSignature(bytes32, bytes calldata signature) external view returns (bytes4) {
        return keccak256(signature) == BELIEVED ? this.isValidSignature.selector : bytes4(0xffffffff);
    }
}

/// @dev Answers everything with the bytes that it was made with, or reverts with them.
contract StubAnswer {
    bytes private _answer;
    bool private immutable REVERTS;

    constructor(bytes memory answer, bool reverts) {
        _answer = answer;
        REVERTS = reverts;
    }

    // solhint-disable-next-line payable-fallback, no-complex-fallback
    fallback(bytes calldata) external returns (bytes memory) {
        bytes memory answer = _answer;
        if (!REVERTS) return answer;
        assembly ("memory-safe") {
            revert(add(answer, 0x20), mload(answer))
        }
    }
}

/// @dev A registry that knows one signer: what anybody last set.
contract StubSignerRegistry {
    uint256 private _status;
    bytes32[4] private _words;

    function set(uint256 status, bytes32[4] calldata words) external {
        _status = status;
        _words = words;
    }

    function signerStatus(bytes32) external view returns (uint256, bytes32, bytes32, bytes32, bytes32) {
        return (_status, _words[0], _words[1], _words[2], _words[3]);
    }
}
