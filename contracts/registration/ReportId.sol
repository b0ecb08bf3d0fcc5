// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MeasureablePcr, TEEType} from "../types/Evidence.sol";
import {IRegistryErrors} from "../interfaces/IRegistryErrors.sol";
import {SHA512} from "../crypto/SHA512.sol";

/// @title The walkthrough's un-anchored binding by a report id
/// @notice Guest software extends one value into PCR 15 and RTMR3, or SNP's report_id into PCR 15 (protocol §4).
/// @dev Never looked at in anchored evidence: it says only that some guest knew the value.
library ReportId {
    uint256 private constant PCR = 15;

    /// @notice The form of reportId in un-anchored evidence of GCP, and whether PCRs and registers hold it.
    /// @dev External, so linked: SHA-384 alone is a tenth of what a contract may hold, and only captures of the
    /// walkthrough need it.
    /// @param legacyRegister rtmr3 (48 bytes) or report_id (32 bytes)
    /// @return matches the flag `pcrReportId`
    function checkGcp(
        uint8 tee,
        bytes calldata reportId,
        bytes calldata legacyRegister,
        MeasureablePcr[] calldata pcrs
    ) external pure returns (bool matches) {
        if (tee == uint8(TEEType.IntelTDX)) return _checkTdx(reportId, legacyRegister, pcrs);
        bool isReportId = reportId.length == 32 && keccak256(reportId) == keccak256(legacyRegister);
        if (reportId.length != 0 && !isReportId) revert IRegistryErrors.ReportIdUnexpected(reportId.length);
        return _pcr15Is(pcrs, sha256(abi.encodePacked(bytes32(0), legacyRegister)));
    }

    function _checkTdx(
        bytes calldata reportId,
        bytes calldata rtmr3,
        MeasureablePcr[] calldata pcrs
    ) private pure returns (bool) {
        if (reportId.length == 0) return false;
        if (reportId.length != 16) revert IRegistryErrors.ReportIdUnexpected(reportId.length);
        bytes32 extended = sha256(abi.encodePacked(bytes32(0), sha256(reportId)));
        if (!_pcr15Is(pcrs, extended)) revert IRegistryErrors.ReportIdPCR15Mismatch();
        (bytes32 head, bytes16 tail) = SHA512.sha384(reportId);
        (head, tail) = SHA512.sha384(abi.encodePacked(bytes32(0), bytes16(0), head, tail));
        if (keccak256(abi.encodePacked(head, tail)) != keccak256(rtmr3))
            revert IRegistryErrors.ReportIdRTMR3Mismatch();
        return true;
    }

    function _pcr15Is(MeasureablePcr[] calldata pcrs, bytes32 value) private pure returns (bool) {
        for (uint256 i = 0; i < pcrs.length; ++i) if (pcrs[i].index == PCR) return pcrs[i].pcr == value;
        return false;
    }
}
