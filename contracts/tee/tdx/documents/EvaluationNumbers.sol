// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// JSON literals are full of double quotes.
/* solhint-disable quotes */

import {ITDXErrors} from "../../../interfaces/ITDXErrors.sol";
import {JSONCursor, JSONText} from "./JSONCursor.sol";
import {TCBLevel} from "./TCBLevel.sol";

/// @notice Evaluation numbers, the newest first, and when each became due.
struct EvaluationNumbersFields {
    uint256 issueDate;
    uint256 nextUpdate;
    uint256[] numbers;
    uint256[] recoveryDates;
}

/// @title List of the TCB evaluation numbers of TDX, version 1, as Intel's provisioning service signs it
/// @notice Exactly the compact JSON Intel sends, in Intel's order; whether it is genuine and in date is the caller's.
/// @dev Intel PCS v4, `/tdx/certification/v4/tcbevaluationdatanumbers`.
library EvaluationNumbers {
    uint256 private constant MOST_NUMBERS = 32;

    /// @notice Refuses with TDXEvaluationNumbersMalformed.
    function parse(bytes calldata json) internal pure returns (EvaluationNumbersFields memory fields) {
        (JSONText text, uint256 here, uint256 end) = JSONCursor.open(
            json,
            ITDXErrors.TDXEvaluationNumbersMalformed.selector
        );
        here = text.expect(here, '{"id":"TDX","version":1,', 24);
        here = text.expect(here, '"issueDate":"', 13);
        fields.issueDate = text.readDate(here);
        here = text.expect(here + JSONCursor.DATE, '","nextUpdate":"', 16);
        fields.nextUpdate = text.readDate(here);
        here = text.expect(here + JSONCursor.DATE, '","tcbEvalNumbers":[', 20);
        here = _readNumbers(fields, text, here);
        here = text.expect(here, "}", 1);
        if (here != end) text.refuse(here);
    }

    function _readNumbers(
        EvaluationNumbersFields memory fields,
        JSONText text,
        uint256 here
    ) private pure returns (uint256) {
        uint256[] memory numbers = new uint256[](MOST_NUMBERS);
        uint256[] memory dates = new uint256[](MOST_NUMBERS);
        uint256 count;
        bool isMore = true;
        while (isMore) {
            if (count == MOST_NUMBERS) text.refuse(here);
            here = text.expect(here, '{"tcbEvaluationDataNumber":', 27);
            uint256 number;
            uint256 numberAt = here;
            (number, here) = text.readNumber(here, type(uint16).max);
            if (count != 0 && number >= numbers[count - 1]) text.refuse(numberAt);
            here = text.expect(here, ',"tcbRecoveryEventDate":"', 25);
            (numbers[count], dates[count]) = (number, text.readDate(here));
            here = text.expect(here + JSONCursor.DATE, '","tcbDate":"', 13);
            text.requireDate(here);
            here = text.expect(here + JSONCursor.DATE, '"}', 2);
            ++count;
            isMore = TCBLevel.hasNext(text, here);
            ++here;
        }
        assembly ("memory-safe") {
            mstore(numbers, count)
            mstore(dates, count)
        }
        (fields.numbers, fields.recoveryDates) = (numbers, dates);
        return here;
    }
}
