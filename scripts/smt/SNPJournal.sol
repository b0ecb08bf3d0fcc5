// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SNPJournal, SNPOutput} from "../../contracts/zk/journals/SNPJournal.sol";

/// @notice The journal of version 2 has one length, and holds one report.
/// @custom:any SNPJournal._word
contract JournalV2 {
    function check(bytes calldata journal) external pure {
        (, bytes calldata report) = SNPJournal.readV2(journal);
        assert(journal.length == 1728 && report.length == 1184);
    }
}

/// @notice The journal of version 3 has one length.
contract JournalV3 {
    function check(bytes calldata journal) external pure {
        SNPJournal.readV3(journal);
        assert(journal.length == 202);
    }
}
