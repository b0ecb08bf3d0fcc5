// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AKTrust, CertifiedKey, QuoteClaims, TEEClaims} from "../types/Claims.sol";
import {Identity} from "./Identity.sol";

/// @notice What one piece of evidence says, filled step by step while it is judged and then recorded.
/// @param status of the record that comes of it, as `Record` packs it: each step adds what it has found
/// @param akPublic x‖y or n of the attestation key
/// @param trust what certificates say of the AK; its `cloud` is 0 or that of the evidence
/// @param namedHead the 64 bytes in which the TEE may name the AK: report_data, on Azure the claims' user-data
/// @param certified all zero without a certification
/// @param isAnchored the anchor of the quote passed
/// @param anchorBlock 0 in un-anchored evidence
/// @param head anchor head when an anchor was checked
/// @param evidenceTime when the evidence can have been made at the earliest; now when un-anchored
struct Judgement {
    uint8 cloud;
    uint8 tee;
    uint8 reportType;
    uint256 status;
    Identity.Key key;
    TEEClaims claims;
    bytes akPublic;
    bytes32 akId;
    AKTrust trust;
    bytes32 namedHead;
    bytes32 namedTail;
    bytes32 vmConfigurationDigest;
    QuoteClaims quote;
    bool hasCertification;
    CertifiedKey certified;
    bool isAnchored;
    uint64 anchorBlock;
    uint64 head;
    uint40 evidenceTime;
    bytes32 teeMeasurement;
    bytes32 measurementHash;
}
