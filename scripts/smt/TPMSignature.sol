// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TPMSignature} from "../../contracts/evidence/TPMSignature.sol";

/// @notice A number ends within the signature, where its length says.
contract SignatureField {
    function check(bytes calldata signature, uint256 from) external pure {
        require(signature.length < 1 << 32 && from <= signature.length);
        (uint256 length, uint256 next) = TPMSignature._read2B(signature, from);
        assert(next == from + 2 + length);
        assert(next <= signature.length);
    }
}
