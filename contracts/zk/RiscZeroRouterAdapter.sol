// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IRiscZeroVerifier, Receipt} from "../interfaces/IRiscZeroVerifier.sol";
import {ProofRelease} from "./ProofRelease.sol";
import {RiscZeroClaim} from "./RiscZeroClaim.sol";
import {Route} from "./Route.sol";

/// @dev RiscZeroVerifierRouter of risc0-ethereum. Reverts with SelectorUnknown, or SelectorRemoved for a tombstone.
interface IRiscZeroVerifierRouter {
    function getVerifier(bytes4 selector) external view returns (address);
}

/// @dev RiscZeroVerifierEmergencyStop, which RISC Zero puts before every verifier, and RiscZeroGroth16Verifier.
interface IRiscZeroVerifierEmergencyStop {
    function verifier() external view returns (IRiscZeroSelectable);
}

interface IRiscZeroSelectable {
    function SELECTOR() external view returns (bytes4);
}

/// @title One release behind RISC Zero's own router
/// @notice Stops with RISC Zero: a removed route and a pulled emergency stop end the release here too.
/// @dev The emergency stop has its verifier's address in its code: the code hash pins both.
contract RiscZeroRouterAdapter is IRiscZeroVerifier, ProofRelease, Route {
    IRiscZeroVerifierRouter public immutable ROUTER;

    /// @param verifierHash the release's verifier parameters
    constructor(
        IRiscZeroVerifierRouter router,
        bytes32 verifierHash
    ) ProofRelease(verifierHash) Route(router.getVerifier(bytes4(verifierHash))) {
        ROUTER = router;
        IRiscZeroVerifierEmergencyStop stop = IRiscZeroVerifierEmergencyStop(VERIFIER);
        if (stop.verifier().SELECTOR() != bytes4(verifierHash)) revert RouteMismatch(VERIFIER);
    }

    /// @inheritdoc IRiscZeroVerifier
    function verify(bytes calldata seal, bytes32 imageId, bytes32 journalDigest) external view {
        _requireForm(seal, RiscZeroClaim.SEAL_LENGTH);
        _forward(abi.encodeCall(IRiscZeroVerifier.verify, (seal, imageId, journalDigest)), SELECTOR);
    }

    /// @inheritdoc IRiscZeroVerifier
    function verifyIntegrity(Receipt calldata receipt) external view {
        _requireForm(receipt.seal, RiscZeroClaim.SEAL_LENGTH);
        _forward(abi.encodeCall(IRiscZeroVerifier.verifyIntegrity, (receipt)), SELECTOR);
    }

    function _route() internal view override returns (address) {
        try ROUTER.getVerifier(SELECTOR) returns (address verifier) {
            return verifier;
        } catch {
            return address(0);
        }
    }
}
