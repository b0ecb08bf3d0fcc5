// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DCAPJournal} from "../../contracts/zk/journals/DCAPJournal.sol";

/// @notice The body is one of the two TD reports.
contract JournalBody {
    function check(bytes calldata journal) external pure {
        uint256 length = DCAPJournal._bodyLength(journal);
        assert(length == 584 || length == 648);
    }
}

/// @notice The next string begins at a whole word behind this one, at or before the end.
/// @custom:any DCAPJournal._word
contract JournalString {
    function check(bytes calldata heads, uint256 offset) external pure {
        require(heads.length < 1 << 32 && heads.length % 32 == 0 && offset % 32 == 0);
        require(offset + 32 <= heads.length);
        uint256 end = DCAPJournal._skipString(heads, offset);
        assert(end >= offset + 32 && end <= heads.length && end % 32 == 0);
    }
}
