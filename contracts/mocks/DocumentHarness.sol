// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EvaluationNumbers, EvaluationNumbersFields} from "../tee/tdx/documents/EvaluationNumbers.sol";
import {QEIdentity, QEIdentityFields} from "../tee/tdx/documents/QEIdentity.sol";
import {TCBInfo, TCBInfoFields} from "../tee/tdx/documents/TCBInfo.sol";
import {CertificateList, CertificateListFields} from "../x509/CertificateList.sol";

/// @title Test door to Intel's signed documents
contract DocumentHarness {
    function tcbInfo(
        bytes calldata json
    ) external view returns (TCBInfoFields memory fields, uint256 gasUsed) {
        uint256 before = gasleft();
        fields = TCBInfo.parse(json);
        gasUsed = before - gasleft();
    }

    /// @dev The second is read where the first left its traces in memory.
    function tcbInfoAfter(
        bytes calldata first,
        bytes calldata second
    ) external pure returns (TCBInfoFields memory) {
        TCBInfo.parse(first);
        return TCBInfo.parse(second);
    }

    function qeIdentity(
        bytes calldata json
    ) external view returns (QEIdentityFields memory fields, uint256 gasUsed) {
        uint256 before = gasleft();
        fields = QEIdentity.parse(json);
        gasUsed = before - gasleft();
    }

    function evaluationNumbers(bytes calldata json) external pure returns (EvaluationNumbersFields memory) {
        return EvaluationNumbers.parse(json);
    }

    function certificateList(
        bytes memory der
    ) external view returns (CertificateListFields memory fields, uint256 gasUsed) {
        uint256 before = gasleft();
        fields = CertificateList.parse(der);
        gasUsed = before - gasleft();
    }

    function contains(bytes memory serials, uint160 serial) external pure returns (bool) {
        return CertificateList.contains(serials, serial);
    }
}
