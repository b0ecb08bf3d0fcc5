// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {TCBStatus} from "../../types/Claims.sol";

/// @title Least TCB that counts as up to date, of each AMD product
/// @notice AMD publishes no signed list of TCB levels, so governance keeps one: a level for each product, which may only
/// rise in every component.
contract AMDMinimums is AccessManaged {
    /// @dev TCB_VERSION as it stands in a report, one byte a component. Reserved bytes are zero and stay it, so that all
    /// eight can be compared whatever a generation calls them.
    mapping(uint8 product => bytes8) private _minimums;

    event MinimumRaised(uint8 indexed product, bytes8 minimum);

    /// @notice A component may only rise.
    error MinimumLowered(uint8 product, bytes8 held, bytes8 offered);

    /// @param minimums of Milan, Genoa and Turin, in this order; 0 leaves a product out of date until it gets one
    constructor(address authority, bytes8[3] memory minimums) AccessManaged(authority) {
        for (uint8 i = 0; i < 3; ++i) _raise(i + 1, minimums[i]);
    }

    /// @notice Bump the epochs of the SNP classes with it where the verdicts given under the old one no longer stand.
    function raiseMinimum(uint8 product, bytes8 minimum) external restricted {
        _raise(product, minimum);
    }

    function minimumOf(uint8 product) external view returns (bytes8) {
        return _minimums[product];
    }

    /// @notice UpToDate where both have reached the product's minimum in every component, else OutOfDate.
    /// @param reported TCB_VERSION that the signing key is derived from
    /// @param committed TCB_VERSION that the firmware cannot go below
    function statusOf(uint8 product, bytes8 reported, bytes8 committed) external view returns (TCBStatus) {
        bytes8 minimum = _minimums[product];
        bool isMet = minimum != 0 && _reaches(reported, minimum) && _reaches(committed, minimum);
        return isMet ? TCBStatus.UpToDate : TCBStatus.OutOfDate;
    }

    function _raise(uint8 product, bytes8 minimum) private {
        bytes8 held = _minimums[product];
        if (!_reaches(minimum, held)) revert MinimumLowered(product, held, minimum);
        _minimums[product] = minimum;
        emit MinimumRaised(product, minimum);
    }

    function _reaches(bytes8 tcb, bytes8 minimum) private pure returns (bool) {
        for (uint256 i = 0; i < 8; ++i) if (tcb[i] < minimum[i]) return false;
        return true;
    }
}
