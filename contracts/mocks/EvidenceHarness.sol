// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PCRBank} from "../evidence/PCRBank.sol";
import {SNPReport} from "../evidence/SNPReport.sol";
import {TDReport} from "../evidence/TDReport.sol";
import {PlatformId} from "../tee/PlatformId.sol";
import {QuoteClaims} from "../types/Claims.sol";
import {MeasureablePcr} from "../types/Evidence.sol";
import {PlainPCRBank} from "./PlainPCRBank.sol";

/// @notice Opens the condensing of evidence to tests.
contract EvidenceHarness {
    /// @notice What a quote over exactly these PCRs condenses to.
    function condense(MeasureablePcr[] calldata pcrs) external view returns (QuoteClaims memory claims) {
        uint24 selection;
        bytes memory values;
        for (uint256 i = 0; i < pcrs.length; ++i) {
            selection |= uint24(1 << pcrs[i].index);
            values = bytes.concat(values, pcrs[i].pcr);
        }
        PCRBank.judge(claims, pcrs, selection, sha256(values));
    }

    function judge(
        MeasureablePcr[] calldata pcrs,
        uint24 selection,
        bytes32 digest
    ) external view returns (QuoteClaims memory claims) {
        PCRBank.judge(claims, pcrs, selection, digest);
    }

    function judgePlain(
        MeasureablePcr[] calldata pcrs,
        uint24 selection,
        bytes32 digest
    ) external pure returns (QuoteClaims memory claims) {
        PlainPCRBank.requireQuoted(pcrs, selection, digest);
        PlainPCRBank.condense(claims, pcrs);
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
