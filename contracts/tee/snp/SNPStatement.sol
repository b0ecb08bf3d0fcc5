// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SNPReport} from "../../evidence/SNPReport.sol";
import {ISNPErrors} from "../../interfaces/ISNPErrors.sol";
import {TEEClaims} from "../../types/Claims.sol";
import {TEEType} from "../../types/Evidence.sol";
import {PlatformId} from "../PlatformId.sol";

/// @title What an SNP report says, whoever vouches for its signature
/// @notice The hard refusals of protocol §6, and the claims. Whoever calls has checked the report's form, and that AMD's
/// key for this product and key type signed it.
library SNPStatement {
    using SNPReport for bytes;

    // KEY_INFO: bit 0 AUTHOR_KEY_EN, bit 1 MASK_CHIP_KEY, bits 4:2 SIGNING_KEY, the rest reserved.
    uint32 private constant MASK_CHIP_KEY = 1 << 1;
    uint8 internal constant VCEK = 0;
    uint8 internal constant VLEK = 1;

    // Products of protocol §13.
    uint8 internal constant MILAN = 1;
    uint8 internal constant GENOA = 2;
    uint8 internal constant TURIN = 3;

    // GUEST_POLICY: bit 17 must be one, 18 MIGRATE_MA, 19 DEBUG, bits 63:26 must be zero.
    uint64 private constant POLICY_ONE = 1 << 17;
    uint64 private constant POLICY_MIGRATE = 1 << 18;
    uint64 private constant POLICY_DEBUG = 1 << 19;
    uint64 private constant POLICY_KNOWN = (1 << 26) - 1;

    uint32 private constant MOST_VMPL = 3;

    /// @notice Which key signed: VCEK or VLEK, as protocol §13 numbers them.
    function keyTypeOf(bytes calldata report) internal pure returns (uint8 keyType) {
        uint32 info = report.keyInfo();
        // A reserved bit makes this number too large.
        uint32 signingKey = info >> 2;
        if (signingKey > VLEK) revert ISNPErrors.SNPSigningKeyUnsupported(info);
        if (signingKey == VLEK) return VLEK;
        if (info & MASK_CHIP_KEY != 0 || _isZero(report.chipId())) revert ISNPErrors.SNPChipMasked();
        return VCEK;
    }

    /// @notice The product whose CA signs for this CPU. Bergamo and Siena are Genoa's.
    function productOf(bytes calldata report) internal pure returns (uint8) {
        bytes3 cpu = report.cpu();
        (uint8 family, uint8 model) = (uint8(cpu[0]), uint8(cpu[1]));
        if (family == 0x19) {
            if (model <= 0x0f) return MILAN;
            if (model <= 0x1f || (model >= 0xa0 && model <= 0xaf)) return GENOA;
        } else if (family == 0x1a && model <= 0x11) return TURIN;
        revert ISNPErrors.SNPProductUnknown(cpu);
    }

    /// @notice Refuses guests that their host can read or move, and policies of an interface that is not known.
    function requireGuest(bytes calldata report) internal pure {
        uint64 policy = report.policy();
        if (policy & POLICY_DEBUG != 0) revert ISNPErrors.SNPDebugEnabled();
        if (policy & POLICY_MIGRATE != 0 || report.reportIdMa() != bytes32(type(uint256).max))
            revert ISNPErrors.SNPMigratable();
        if (policy & POLICY_ONE == 0 || policy & ~POLICY_KNOWN != 0)
            revert ISNPErrors.SNPPolicyReserved(policy);
        uint32 vmpl = report.vmpl();
        if (vmpl > MOST_VMPL) revert ISNPErrors.SNPVMPLOutOfRange(vmpl);
    }

    /// @notice All claims but the TCB status and the end of their validity.
    /// @dev A VLEK is a provider's, so its reports name no chip that AMD vouches for.
    function claimsOf(
        bytes calldata report,
        uint8 product,
        uint8 keyType
    ) internal pure returns (TEEClaims memory claims) {
        claims.statementId = report.statementId();
        claims.teeMeasurement = report.measurement();
        claims.legacyTeeMeasurement = claims.teeMeasurement;
        (claims.reportDataHead, claims.reportDataTail) = report.reportData();
        claims.legacyRegister = report.reportId();
        (claims.product, claims.keyType) = (product, keyType);
        if (keyType == VCEK)
            claims.platformId = PlatformId.derive(uint8(TEEType.AmdSevSnp), product, report.chipId());
    }

    function _isZero(bytes calldata chip) private pure returns (bool) {
        return bytes32(chip[:32]) | bytes32(chip[32:]) == 0;
    }
}
