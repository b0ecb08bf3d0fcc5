// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PCRBank} from "../evidence/PCRBank.sol";
import {SNPReport} from "../evidence/SNPReport.sol";
import {TDReport} from "../evidence/TDReport.sol";
import {PlatformId} from "../tee/PlatformId.sol";
import {QuoteClaims} from "../types/Claims.sol";
import {MeasureablePcr} from "../types/Evidence.sol";

/// @notice Opens the condensing of evidence to tests.
contract EvidenceHarness {
    function condense(MeasureablePcr[] calldata pcrs) external pure returns (QuoteClaims memory claims) {
        PCRBank.condense(claims, pcrs);
    }

    function td(
        bytes calldata body
    ) external pure returns (bytes32 statement, bytes32 whole, bytes32 legacy) {
        return TDReport.condense(body);
    }

    function snp(
        bytes calldata report,
        uint8 product
    ) external pure returns (bytes32 statement, bytes32 measured, bytes32 platform) {
        platform = PlatformId.derive(2, product, SNPReport.chipId(report));
        return (SNPReport.statementId(report), SNPReport.measurement(report), platform);
    }

    function platformId(uint8 tee, uint8 product, bytes calldata id) external pure returns (bytes32) {
        return PlatformId.derive(tee, product, id);
    }

    function platformDomain() external pure returns (bytes32) {
        return PlatformId.PLATFORM;
    }
}
