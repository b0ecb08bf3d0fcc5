// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IntelCertificates} from "./IntelCertificates.sol";

/// @title Attestation keys, platforms and PCK certificates that Intel still believes and we do not
/// @notice Keys taken out of hardware (TEE.fail, WireTap) attest like genuine ones, and revocation takes its time. The
/// guardian denies at once; only the delayed role allows again.
/// @dev Whether there is an entry at all stands in the slot that every verification reads anyway: while the list is empty
/// it costs nothing, after that three slots.
abstract contract DenyList is AccessManaged, IntelCertificates {
    mapping(bytes32 subject => bool) private _denied;

    event Denied(bytes32 indexed subject);
    event Allowed(bytes32 indexed subject);

    /// @param subjects keccak256(x ‖ y) of an attestation key, the platformId of claims and records, or a PCK serial as a
    /// number
    function deny(bytes32[] calldata subjects) external restricted {
        _set(subjects, true);
    }

    /// @notice Takes entries back.
    function allow(bytes32[] calldata subjects) external restricted {
        _set(subjects, false);
    }

    function isDenied(bytes32 subject) external view returns (bool) {
        return _denied[subject];
    }

    /// @notice Reverts when one of the three is on the list.
    function requireAllowed(bytes32 attestationKey, bytes32 platformId, bytes32 serial) external view {
        if (_denied[attestationKey]) revert TDXDenied(attestationKey);
        if (_denied[platformId]) revert TDXDenied(platformId);
        if (_denied[serial]) revert TDXDenied(serial);
    }

    function _set(bytes32[] calldata subjects, bool isDenied_) private {
        uint256 count = _heads.denials();
        for (uint256 i = 0; i < subjects.length; ++i) {
            bytes32 subject = subjects[i];
            if (_denied[subject] == isDenied_) continue;
            _denied[subject] = isDenied_;
            if (isDenied_) {
                ++count;
                emit Denied(subject);
            } else {
                --count;
                emit Allowed(subject);
            }
        }
        _heads = _heads.withDenials(count);
        _refreshStandings();
    }
}
