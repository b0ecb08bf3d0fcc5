// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {P256 as OpenZeppelinP256} from "@openzeppelin/contracts/utils/cryptography/P256.sol";

/// @title P256VERIFY for chains that lack the precompile
/// @notice Takes the precompile's input (hash, r, s, x, y: 160 bytes) and answers as EIP-7951 does: 32 bytes holding 1,
/// or nothing. About 240,000 gas.
/// @dev Deployed through the deterministic proxy, so that it has one address everywhere (`P256.FALLBACK`).
contract P256Fallback {
    // SEC 2 v2 §2.4.2, order of secp256r1.
    uint256 private constant N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551;

    // solhint-disable-next-line payable-fallback, no-complex-fallback
    fallback(bytes calldata input) external returns (bytes memory) {
        if (input.length != 160) return "";
        (bytes32 hash, bytes32 r, bytes32 s, bytes32 x, bytes32 y) = abi.decode(
            input,
            (bytes32, bytes32, bytes32, bytes32, bytes32)
        );
        // OpenZeppelin refuses the upper half, which Intel and TPMs sign with; (r, n − s) is the same signature.
        if (uint256(s) > N / 2 && uint256(s) < N) s = bytes32(N - uint256(s));
        return OpenZeppelinP256.verifySolidity(hash, r, s, x, y) ? abi.encode(uint256(1)) : bytes("");
    }
}
