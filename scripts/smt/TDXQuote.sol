// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TDXQuote} from "../../contracts/evidence/TDXQuote.sol";

/// @notice The body is one of the two TD reports, behind the header and at most a descriptor.
/// @custom:any TDXQuote._u16 TDXQuote._u32
contract QuoteBody {
    function check(bytes calldata quote, uint256 from, uint256 version) external pure {
        require(quote.length < 1 << 32 && from <= 2);
        (uint256 start, uint256 end) = TDXQuote._locateBody(quote, from, version);
        assert(start <= from + 54 && (end == start + 584 || end == start + 648));
    }
}
