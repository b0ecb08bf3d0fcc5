// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITEEVerifier} from "../interfaces/ITEEVerifier.sol";
import {Answers} from "../registration/Answers.sol";
import {QuoteClaims, TEEClaims} from "../types/Claims.sol";

/// @notice Answers `verify(report)` with the report itself, whatever it is; one of no bytes is refused with a word.
contract EchoVerifier {
    function verify(bytes calldata report) external pure returns (TEEClaims memory) {
        if (report.length == 0) revert("no report");
        bytes memory answer = report;
        assembly ("memory-safe") {
            return(add(answer, 0x20), mload(answer))
        }
    }
}

/// @notice Opens Answers to tests, and its plain twin: Solidity's own decoder.
contract AnswersHarness {
    function claims(ITEEVerifier verifier, bytes calldata report) external returns (TEEClaims memory) {
        return Answers.claimsOf(verifier, report);
    }

    function claimsPlain(ITEEVerifier verifier, bytes calldata report) external returns (TEEClaims memory) {
        return verifier.verify(report);
    }

    function quote(bytes memory answer) external pure returns (QuoteClaims memory) {
        uint256 from;
        assembly ("memory-safe") {
            from := add(answer, 0x20)
        }
        return Answers.quoteIn(from, 0x20);
    }

    function quotePlain(bytes memory answer) external pure returns (QuoteClaims memory) {
        return abi.decode(answer, (QuoteClaims));
    }
}
