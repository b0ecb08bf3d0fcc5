// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IRegistryErrors} from "../interfaces/IRegistryErrors.sol";
import {CanonicalCalldata} from "../registration/CanonicalCalldata.sol";
import {KeyCertification, WorkloadCollaterals} from "../types/Evidence.sol";

// Both take the registry's calldata and do nothing but judge its form.

contract CanonicalCalldataHarness {
    fallback() external {
        CanonicalCalldata.requireCanonical();
    }
}

/// @dev Plain twin of CanonicalCalldata: encodes what it was given anew and compares.
contract PlainCanonicalCalldata {
    function attestCvm(
        uint8 cloud,
        uint8 tee,
        uint8 reportType,
        bytes calldata report,
        WorkloadCollaterals calldata wc
    ) external pure {
        _requireEqual(abi.encodeWithSelector(msg.sig, cloud, tee, reportType, report, wc));
    }

    function attestCvm(
        uint8 cloud,
        uint8 tee,
        uint8 reportType,
        bytes calldata report,
        WorkloadCollaterals calldata wc,
        KeyCertification calldata certification
    ) external pure {
        _requireEqual(abi.encodeWithSelector(msg.sig, cloud, tee, reportType, report, wc, certification));
    }

    function reattestCvmWithTpm(
        bytes32 cvmIdentityHash,
        bytes calldata signature,
        WorkloadCollaterals calldata wc
    ) external pure {
        _requireEqual(abi.encodeWithSelector(msg.sig, cvmIdentityHash, signature, wc));
    }

    function reattestCvmWithTpm(
        bytes32 cvmIdentityHash,
        bytes calldata signature,
        WorkloadCollaterals calldata wc,
        KeyCertification calldata certification
    ) external pure {
        _requireEqual(abi.encodeWithSelector(msg.sig, cvmIdentityHash, signature, wc, certification));
    }

    function _requireEqual(bytes memory canonical) private pure {
        if (keccak256(canonical) != keccak256(msg.data)) revert IRegistryErrors.CalldataNotCanonical();
    }
}
