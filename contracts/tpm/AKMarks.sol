// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CloudType} from "../types/Evidence.sol";
import {Certificate} from "../x509/Certificate.sol";
import {CertificateFields} from "../x509/CertificateFields.sol";
import {DER} from "../x509/DER.sol";

/// @title A cloud's own mark of a machine's AK (protocol §4)
/// @notice A mark that is missing or malformed is no mark, never a refusal.
library AKMarks {
    bytes32 private constant AZURE_SUFFIX = keccak256(".ConfidentialVM.Azure.windows.net");
    uint256 private constant AZURE_SUFFIX_LENGTH = 33;

    function isMarked(CertificateFields memory leaf, uint8 cloud) internal pure returns (bool) {
        if (cloud == uint8(CloudType.GCP)) return _isProduction(leaf);
        if (cloud == uint8(CloudType.Azure)) return _isAzureGuest(leaf);
        // A chain under a root that the operator of the machine configured says all there is to say.
        return cloud == uint8(CloudType.BareMetal);
    }

    /// @dev SEQUENCE { zone, project number, project id, instance id, instance name, [0] SEQUENCE { [0] security version,
    /// [1] isProduction, … } } (google/go-tpm-tools, GCEInstanceInfo).
    function _isProduction(CertificateFields memory leaf) private pure returns (bool) {
        if (leaf.gceExtension == 0) return false;
        (uint256 tag, uint256 start, uint256 until) = DER.peek(leaf.gceExtension, leaf.gceExtensionEnd);
        if (until == 0 || until != leaf.gceExtensionEnd || tag != DER.SEQUENCE) return false;
        (start, until) = _child(start, until, 0xa0);
        (start, until) = _child(start, until, DER.SEQUENCE);
        (start, until) = _child(start, until, 0xa1);
        (start, until) = _child(start, until, DER.BOOLEAN);
        return until == start + 1 && DER.byteAt(start) == 0xff;
    }

    /// @dev The first node of a tag; (0, 0) when there is none or any node beside it is malformed.
    function _child(
        uint256 from,
        uint256 end,
        uint256 due
    ) private pure returns (uint256 childStart, uint256 childEnd) {
        while (from != end) {
            (uint256 tag, uint256 start, uint256 until) = DER.peekShort(from, end);
            if (until == 0) return (0, 0);
            if (tag == due && childEnd == 0) (childStart, childEnd) = (start, until);
            from = until;
        }
    }

    function _isAzureGuest(CertificateFields memory leaf) private pure returns (bool) {
        uint256 end = leaf.commonNameEnd;
        return
            leaf.hasAikPurpose &&
            leaf.keyUsage & Certificate.DIGITAL_SIGNATURE != 0 &&
            end - leaf.commonName >= AZURE_SUFFIX_LENGTH &&
            DER.hash(end - AZURE_SUFFIX_LENGTH, end) == AZURE_SUFFIX;
    }
}
