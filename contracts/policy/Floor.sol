// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {KeyProtection, PCRTrust, TCBStatus} from "../types/Claims.sol";
import {CloudType, TeeReportType} from "../types/Evidence.sol";

/// @notice What an application wants of a record at least. Sets are bit masks over the values of the enumeration.
/// @param clouds admitted CloudTypes
/// @param reportTypes admitted TeeReportTypes
/// @param teeFresh the TEE statement is anchored
/// @param tpmFresh the quote is anchored
/// @param keyProtection least KeyProtection
/// @param pcrTrust least PCRTrust outside Azure
/// @param azurePcrTrust least PCRTrust on Azure
/// @param binding TEE and AK are bound as protocol §4 wants of the platform
/// @param tcbStatuses admitted TCBStatuses
/// @param keyTypes admitted SNP key types (0 VCEK, 1 VLEK)
/// @param milanNeedsPlatform a Milan VCEK counts only on an admitted platform or beside a cloud's certified AK
/// @param gcpPCRs PCRs that must be measured by value on GCP, bit i for PCR i; likewise the other clouds
/// @param teeMaxAge seconds after which the TEE statement no longer counts, whatever the record's TTL; 0: only the TTL.
/// No TTL exceeds 90 days, so neither need this
/// @param tpmMaxAge the same of the quote
/// @param allNeedPlatform every record counts only on an admitted platform, not Milan's alone
struct Floor {
    uint8 clouds;
    uint8 reportTypes;
    bool teeFresh;
    bool tpmFresh;
    uint8 keyProtection;
    uint8 pcrTrust;
    uint8 azurePcrTrust;
    bool binding;
    uint16 tcbStatuses;
    uint8 keyTypes;
    bool milanNeedsPlatform;
    uint24 gcpPCRs;
    uint24 azurePCRs;
    uint24 awsPCRs;
    uint24 bareMetalPCRs;
    uint24 teeMaxAge;
    uint24 tpmMaxAge;
    bool allNeedPlatform;
}

/// @title The default floor (protocol §10)
/// @notice The same default stands in the SDK, `cvm verify` and `simulate`.
library DefaultFloor {
    // PCRs 4, 7, 11, 16, 23. GCP also wants 0, whose NonHostInfo event is the only place that says "confidential".
    uint24 private constant MEASURED_PCRS = (1 << 4) | (1 << 7) | (1 << 11) | (1 << 16) | (1 << 23);

    function floor() internal pure returns (Floor memory) {
        return
            Floor({
                // AWS is listed and fails for want of pcrTrust, which says why; BareMetal is off.
                clouds: _set(uint8(CloudType.GCP), uint8(CloudType.Azure)) |
                    _set(uint8(CloudType.AWS), uint8(CloudType.AWS)),
                reportTypes: _set(uint8(TeeReportType.Solidity), uint8(TeeReportType.Solidity)),
                teeFresh: true,
                tpmFresh: true,
                keyProtection: uint8(KeyProtection.TPMPCRBound),
                pcrTrust: uint8(PCRTrust.Host),
                azurePcrTrust: uint8(PCRTrust.TEE),
                binding: true,
                tcbStatuses: _set(uint8(TCBStatus.UpToDate), uint8(TCBStatus.SWHardeningNeeded)),
                keyTypes: 1,
                milanNeedsPlatform: true,
                gcpPCRs: MEASURED_PCRS | 1,
                azurePCRs: MEASURED_PCRS,
                awsPCRs: MEASURED_PCRS,
                bareMetalPCRs: MEASURED_PCRS,
                // Nothing more than the TTLs that the identity key chose.
                teeMaxAge: 0,
                tpmMaxAge: 0,
                allNeedPlatform: false
            });
    }

    function _set(uint8 a, uint8 b) private pure returns (uint8) {
        return uint8((1 << a) | (1 << b));
    }
}
