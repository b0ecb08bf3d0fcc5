// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Invariants} from "./Invariants.sol";

/// @notice One long life, in which every act gets through: what the fuzzer tries is not in vain. Its seed is fixed.
contract ActsTest is Invariants {
    /// hardhat-config: invariant.runs = 1
    /// hardhat-config: invariant.depth = 800
    function invariant_acts() external view {
        _requireAll();
    }

    function afterInvariant() external view {
        string[33] memory names = [
            "attest",
            "attest un-anchored",
            "renew",
            "supersede",
            "replace",
            "refresh",
            "refresh certified",
            "rotate",
            "rotate certified",
            "inherit operator",
            "set TTL",
            "set operator",
            "revoke",
            "revoke as operator",
            "revoke by role",
            "suspend",
            "resume",
            "revoke AK",
            "restore AK",
            "revoke platform",
            "restore platform",
            "set verifier",
            "bump epoch",
            "set floor",
            "set format",
            "set golden",
            "remove golden",
            "admit platform",
            "deny platform",
            "set endorser",
            "endorse",
            "revoke endorsement",
            "admitted"
        ];
        string memory missing;
        for (uint256 i = 0; i < names.length; ++i)
            if (_handler.accepted(bytes32(bytes(names[i]))) == 0)
                missing = string.concat(missing, names[i], ", ");
        require(bytes(missing).length == 0, string.concat("never accepted: ", missing));
    }
}
