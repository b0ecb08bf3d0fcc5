// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITDXErrors} from "../../interfaces/ITDXErrors.sol";
import {Standing} from "./CollateralWords.sol";
import {HostAttributes} from "./HostAttributes.sol";

/// @title Hosts verified before
/// @notice The QE report is the only statement that binds an attestation key to its platform; it has no freshness of its
/// own and is the same in every quote of a host. So it is checked once, and key and attributes are remembered in one
/// slot. What may change with time is in the attributes as a version, or judged anew at every use.
abstract contract KnownHosts {
    /// @dev When key and attributes were verified, unix seconds.
    mapping(bytes32 commitment => uint256 verifiedAt) private _verifiedAt;

    uint256 private immutable MAX_AGE;

    /// @notice Quotes of this attestation key may come in the known-host form with these 94 bytes.
    event HostVerified(bytes32 indexed commitment, bytes32 keyX, bytes32 keyY, bytes attributes);

    /// @param maxAge seconds for which a host is remembered at most
    constructor(uint40 maxAge) {
        MAX_AGE = maxAge;
    }

    /// @notice Seconds for which a host is remembered at most.
    function hostMaxAge() external view returns (uint256) {
        return MAX_AGE;
    }

    /// @notice When a host was verified, 0 when it was not.
    function hostVerifiedAt(bytes32 commitment) external view returns (uint256) {
        return _verifiedAt[commitment];
    }

    function _remember(HostAttributes memory host, bytes32 keyX, bytes32 keyY) internal {
        bytes32 commitment = host.commitment(keyX, keyY);
        _verifiedAt[commitment] = block.timestamp;
        emit HostVerified(commitment, keyX, keyY, host.encode());
    }

    function _requireKnown(bytes32 commitment) internal view returns (uint256 verifiedAt) {
        verifiedAt = _verifiedAt[commitment];
        if (verifiedAt == 0) revert ITDXErrors.TDXHostUnknown(commitment);
    }

    function _requireCurrent(
        bytes32 commitment,
        HostAttributes memory host,
        uint256 verifiedAt,
        Standing standing
    ) internal view {
        bool isCurrent =
            block.timestamp <= verifiedAt + MAX_AGE &&
                host.crlVersion() == standing.crlVersion() &&
                host.qeVersion() == standing.qeVersion();
        if (!isCurrent) revert ITDXErrors.TDXHostOutdated(commitment);
    }
}
