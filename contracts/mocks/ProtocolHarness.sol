// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AnchorSource, RecentBlock} from "../freshness/RecentBlock.sol";
import {CVMMessage} from "../messages/CVMMessage.sol";
import {Binding} from "../registration/Binding.sol";
import {Identity} from "../registration/Identity.sol";
import {Measurement} from "../registration/Measurement.sol";
import {Record} from "../registration/Record.sol";
import {ReportId} from "../registration/ReportId.sol";
import {Assurance, CVMRecord} from "../types/Claims.sol";
import {CVMIdentity, MeasureablePcr} from "../types/Evidence.sol";

/// @dev Opens the registry's libraries to the vectors of protocol §13.
contract ProtocolHarness {
    function domains() external pure returns (bytes32, bytes32, bytes32, bytes32, bytes32) {
        return (
            Binding.ANCHOR,
            Binding.REQUEST,
            Binding.BINDING,
            Measurement.MEASUREMENT,
            CVMMessage.ERC7913
        );
    }

    function identity(CVMIdentity calldata identity_) external pure returns (bytes32, bytes32) {
        Identity.Key memory key = Identity.read(identity_);
        return (key.hash, Identity.otherHash(key));
    }

    function requestHash(Binding.Request memory request, bool akCertified) external pure returns (bytes32) {
        return Binding.requestHash(request, akCertified);
    }

    function anchorDigest(Binding.Anchor memory anchor, bytes32 statementId) external pure returns (bytes9) {
        return Binding.anchorDigest(anchor, statementId);
    }

    function reportData(
        bytes32 akId,
        bytes32 identityHash,
        Binding.Anchor memory anchor
    ) external pure returns (bytes32) {
        return Binding.reportData(akId, identityHash, anchor);
    }

    function azureMeasurement(bytes32 inner, bytes32 vmConfigurationDigest) external pure returns (bytes32) {
        return Measurement.azure(inner, vmConfigurationDigest);
    }

    function measurementHash(
        uint8 cloud,
        uint8 tee,
        uint8 pcrTrust,
        bytes32 teeMeasurement,
        bytes32 pcrMeasurement
    ) external pure returns (bytes32) {
        return Measurement.hash(cloud, tee, pcrTrust, teeMeasurement, pcrMeasurement);
    }

    function reportId(
        uint8 tee,
        bytes calldata id,
        bytes calldata legacyRegister,
        MeasureablePcr[] calldata pcrs
    ) external pure returns (bool) {
        return ReportId.checkGcp(tee, id, legacyRegister, pcrs);
    }

    function repack(CVMRecord memory r) external pure returns (uint256 status, CVMRecord memory back) {
        Assurance memory a = r.assurance;
        status = Record.ofClass(r.cloud, r.tee, r.reportType);
        status = Record.withPlatform(status, a.tcbStatus, a.keyType, a.product);
        status = Record.withTrust(status, a.pcrTrust, a.keyProtection);
        status = Record.withTimes(status, r.teeTime, r.tpmTime, r.validUntil);
        status = Record.withTTLs(status, r.teeTTL, r.tpmTTL);
        status = Record.withEpoch(Record.withMeasured(status, r.measuredPcrs), r.classEpoch);
        if (r.registered) status |= Record.REGISTERED;
        if (r.suspended) status |= Record.SUSPENDED;
        if (a.teeFresh) status |= Record.TEE_FRESH;
        if (a.tpmFresh) status |= Record.TPM_FRESH;
        if (a.teeNamesAk) status |= Record.TEE_NAMES_AK;
        if (a.quoteNamesTee) status |= Record.QUOTE_NAMES_TEE;
        if (a.runtimeClaims) status |= Record.RUNTIME_CLAIMS;
        if (a.pcrReportId) status |= Record.PCR_REPORT_ID;
        if (a.akCertified) status |= Record.AK_CERTIFIED;
        Record.unpack(status, back);
    }

    function isEnvelope(bytes calldata message, address application) external view returns (bool) {
        return CVMMessage.isEnvelope(message, application);
    }

    function isWalkthrough(bytes calldata message, address application) external view returns (bool) {
        return CVMMessage.isWalkthrough(message, application);
    }

    /// @dev For code placed at the address that the vectors name as the registry.
    function actions(
        uint256 nonce,
        uint64 teeTTL,
        uint64 tpmTTL,
        address operator
    ) external view returns (bytes memory, bytes memory, bytes memory) {
        return (
            CVMMessage.ttl(nonce, teeTTL, tpmTTL),
            CVMMessage.operator(nonce, operator),
            CVMMessage.revoke(nonce)
        );
    }

    function erc7913(
        address verifier,
        address application,
        bytes32 hash
    ) external view returns (bytes memory) {
        return CVMMessage.erc7913(verifier, application, hash);
    }
}

contract RecentBlockHarness is RecentBlock {
    constructor(
        AnchorSource source,
        uint64 maxBlocks,
        uint64 blockSeconds
    ) RecentBlock(source, maxBlocks, blockSeconds) {}

    function recentHash(
        uint64 number
    ) external view returns (bytes32 hash, uint64 head, uint40 evidenceTime) {
        (hash, head) = _requireRecentHash(number);
        evidenceTime = _evidenceTime(number, head);
    }
}

/// @dev Stands at 0x64 in tests: slot 0 is the L2 block number.
contract StubArbSys {
    uint256 private _number;

    function arbBlockNumber() external view returns (uint256) {
        return _number;
    }
}

/// @dev Stands at the history address in tests: answers slot `number`, whatever the number.
contract StubHistory {
    fallback() external {
        assembly ("memory-safe") {
            mstore(0x00, sload(calldataload(0)))
            return(0x00, 0x20)
        }
    }
}
