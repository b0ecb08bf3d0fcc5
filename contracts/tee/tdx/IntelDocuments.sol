// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EvaluationNumbers, EvaluationNumbersFields} from "./documents/EvaluationNumbers.sol";
import {QEIdentity, QEIdentityFields} from "./documents/QEIdentity.sol";
import {TCBInfo, TCBInfoFields} from "./documents/TCBInfo.sol";

/// @title Reader of the documents Intel signs as JSON
/// @notice Stateless, and a contract of its own: it knows Intel's format to the letter, and a new format fails closed until
/// another reader is deployed.
contract IntelDocuments {
    /// @notice A TCB info of id TDX, version 3.
    function readTCBInfo(bytes calldata json) external pure returns (TCBInfoFields memory) {
        return TCBInfo.parse(json);
    }

    /// @notice A QE identity of id TD_QE, version 2.
    function readQEIdentity(bytes calldata json) external pure returns (QEIdentityFields memory) {
        return QEIdentity.parse(json);
    }

    /// @notice A list of evaluation numbers of id TDX, version 1.
    function readEvaluationNumbers(
        bytes calldata json
    ) external pure returns (EvaluationNumbersFields memory) {
        return EvaluationNumbers.parse(json);
    }
}
