// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TPMAttest} from "../../contracts/evidence/TPMAttest.sol";

/// @notice A sized field ends within the attest.
/// @custom:of TPMAttest._read2B
/// @custom:given attest.length < 1 << 32 && from <= attest.length
/// @custom:then next >= from + 2 && next <= attest.length
contract AttestField {
    function check(bytes calldata attest, uint256 from) external pure {
        require(attest.length < 1 << 32 && from <= attest.length);
        (, uint256 next) = TPMAttest._read2B(attest, from);
        assert(next >= from + 2 && next <= attest.length);
    }
}

/// @notice The header ends within the attest, and is no shorter than its fixed fields.
/// @custom:by AttestField
/// @custom:any TPMAttest._word
contract AttestHeader {
    function check(bytes calldata attest, uint256 due) external pure {
        uint256 length = attest.length;
        require(length < 1 << 32);
        (, uint256 from) = TPMAttest._readHeader(attest, due);
        assert(from >= 35 && from <= length);
    }
}
