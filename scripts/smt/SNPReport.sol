// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SNPReport} from "../../contracts/evidence/SNPReport.sol";

/// @notice A report that has its form has every byte that fields are read from.
/// @custom:any SNPReport.u32
contract ReportForm {
    function check(bytes calldata report) external pure {
        SNPReport.requireForm(report);
        assert(report.length == 0x4a0);
    }
}
