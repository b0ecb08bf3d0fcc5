// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {P256} from "../../crypto/P256.sol";
import {SHA256} from "../../crypto/SHA256.sol";
import {TDReport} from "../../evidence/TDReport.sol";
import {TDXQuote} from "../../evidence/TDXQuote.sol";
import {TDXQuoteLayout} from "../../evidence/TDXQuoteLayout.sol";
import {ITEEVerifier} from "../../interfaces/ITEEVerifier.sol";
import {TEEClaims} from "../../types/Claims.sol";
import {DocumentHead, Standing} from "./CollateralWords.sol";
import {HostAttributes} from "./HostAttributes.sol";
import {HostVerifier} from "./HostVerifier.sol";
import {IntelCollateral} from "./IntelCollateral.sol";
import {TCBLevels} from "./TCBLevels.sol";
import {TDAttributes} from "./TDAttributes.sol";

/// @title Verifier of Intel TDX quotes, versions 4 and 5
/// @notice Three tiers. Intel's certificates and documents are verified once for everybody (`IntelCollateral`); the
/// host, which is PCK certificate and quoting enclave, once per host, remembered by its attestation key (`KnownHosts`);
/// the quote itself every time. Whatever can change with time, which is revocation, TCB levels, the enclave's level and
/// all dates, is judged at every use.
contract TDXVerifier is ITEEVerifier, HostVerifier {
    /// @notice The collateral was built for another root.
    error CollateralRootMismatch();

    /// @param hostMaxAge_ seconds for which a host is remembered at most
    constructor(
        bytes32 intelRootX,
        bytes32 intelRootY,
        IntelCollateral collateral,
        uint40 hostMaxAge_
    ) HostVerifier(collateral, hostMaxAge_) {
        P256.requireAvailable();
        (bytes32 x, bytes32 y) = collateral.rootKey();
        if (x != intelRootX || y != intelRootY) revert CollateralRootMismatch();
    }

    /// @notice Where Intel's certificates and documents are kept.
    function intelCollateral() external view returns (IntelCollateral) {
        return COLLATERAL;
    }

    /// @inheritdoc ITEEVerifier
    function verify(bytes calldata report) external returns (TEEClaims memory claims) {
        TDXQuoteLayout parts = TDXQuote.parse(report);
        HostAttributes memory host;
        (Standing standing, DocumentHead tcbInfo) = parts.isKnownHost()
            ? _recallHost(host, report, parts)
            : _verifyHost(host, report, parts);
        _requireSigned(report, parts);
        bytes calldata body = TDXQuote.slice(report, parts.body(), parts.bodyEnd());
        TDAttributes.requireAllowed(body);
        claims.tcbStatus = _judgeTCB(body, host, standing, tcbInfo);
        _readClaims(claims, body, host, _min(standing.usableUntil(), tcbInfo.usableUntil()));
        if (parts.isNewHost())
            _remember(host, _word(report, parts.signature() + 64), _word(report, parts.signature() + 96));
    }

    function _requireSigned(bytes calldata report, TDXQuoteLayout parts) private view {
        uint256 signature = parts.signature();
        bool isSigned = P256.verify(
            SHA256.ofCalldata(TDXQuote.slice(report, parts.signed(), parts.bodyEnd())),
            _word(report, signature),
            _word(report, signature + 32),
            _word(report, signature + 64),
            _word(report, signature + 96)
        );
        if (!isSigned) revert TDXSignatureWrong();
    }

    function _judgeTCB(
        bytes calldata body,
        HostAttributes memory host,
        Standing standing,
        DocumentHead info
    ) private view returns (uint8) {
        uint256 until = info.usableUntil();
        if (until == 0) revert TDXTCBInfoMissing(host.fmspc(), standing.activeTCBInfo());
        if (block.timestamp > until) revert TDXTCBInfoOutOfDate(info.issueDate(), until);
        return uint8(TCBLevels.judge(info.blob(), body, host, standing.qeLevels()));
    }

    /// @dev `validUntil` is the earliest end of all that the verdict rests on.
    function _readClaims(
        TEEClaims memory claims,
        bytes calldata body,
        HostAttributes memory host,
        uint256 collateralUntil
    ) private pure {
        (claims.statementId, claims.teeMeasurement, claims.legacyTeeMeasurement) = TDReport.condense(body);
        claims.reportDataHead = _word(body, 520);
        claims.reportDataTail = _word(body, 552);
        claims.legacyRegister = TDXQuote.slice(body, 472, 520);
        claims.platformId = host.platformId;
        claims.validUntil = uint40(_min(host.pckNotAfter(), collateralUntil));
    }

    function _word(bytes calldata data, uint256 offset) private pure returns (bytes32) {
        return bytes32(TDXQuote.word(data, offset));
    }

    function _min(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
