// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IRiscZeroVerifier, Receipt} from "../interfaces/IRiscZeroVerifier.sol";
import {ISP1Verifier} from "../interfaces/ISP1Verifier.sol";

// What risc0-ethereum and sp1-contracts deploy, as far as a caller of their views can tell: the mathematics is ours, the
// errors and the routes are theirs. `swap` is what neither has: an owner who changes a route.

/// @dev RiscZeroGroth16Verifier.
contract PublishedRiscZeroVerifier is IRiscZeroVerifier {
    IRiscZeroVerifier private immutable OURS;
    bytes4 public immutable SELECTOR;

    error VerificationFailed();

    constructor(IRiscZeroVerifier ours, bytes4 selector) {
        (OURS, SELECTOR) = (ours, selector);
    }

    function verify(bytes calldata seal, bytes32 imageId, bytes32 journalDigest) external view {
        try OURS.verify(seal, imageId, journalDigest) {} catch {
            revert VerificationFailed();
        }
    }

    function verifyIntegrity(Receipt calldata receipt) external view {
        try OURS.verifyIntegrity(receipt) {} catch {
            revert VerificationFailed();
        }
    }
}

/// @dev RiscZeroVerifierEmergencyStop.
contract PublishedEmergencyStop is IRiscZeroVerifier {
    IRiscZeroVerifier public immutable verifier;
    bool private _paused;

    error EnforcedPause();

    constructor(IRiscZeroVerifier verifier_) {
        verifier = verifier_;
    }

    modifier whenNotPaused() {
        if (_paused) revert EnforcedPause();
        _;
    }

    function estop() external {
        _paused = true;
    }

    function verify(bytes calldata seal, bytes32 imageId, bytes32 journalDigest) external view whenNotPaused {
        verifier.verify(seal, imageId, journalDigest);
    }

    function verifyIntegrity(Receipt calldata receipt) external view whenNotPaused {
        verifier.verifyIntegrity(receipt);
    }
}

/// @dev RiscZeroVerifierRouter.
contract PublishedRouter {
    mapping(bytes4 selector => address) public verifiers;

    error SelectorUnknown(bytes4 selector);
    error SelectorRemoved(bytes4 selector);

    function removeVerifier(bytes4 selector) external {
        verifiers[selector] = address(1);
    }

    function swap(bytes4 selector, address verifier) external {
        verifiers[selector] = verifier;
    }

    function getVerifier(bytes4 selector) external view returns (address verifier) {
        verifier = verifiers[selector];
        if (verifier == address(0)) revert SelectorUnknown(selector);
        if (verifier == address(1)) revert SelectorRemoved(selector);
    }
}

/// @dev A verifier of sp1-contracts.
contract PublishedSP1Verifier is ISP1Verifier {
    ISP1Verifier private immutable OURS;
    bytes32 public immutable VERIFIER_HASH;
    bytes32 public immutable VK_ROOT;

    error InvalidProof();

    constructor(ISP1Verifier ours, bytes32 verifierHash, bytes32 vkRoot) {
        (OURS, VERIFIER_HASH, VK_ROOT) = (ours, verifierHash, vkRoot);
    }

    function verifyProof(
        bytes32 programVKey,
        bytes calldata publicValues,
        bytes calldata proofBytes
    ) external view {
        try OURS.verifyProof(programVKey, publicValues, proofBytes) {} catch {
            revert InvalidProof();
        }
    }
}

/// @dev SP1VerifierGateway.
contract PublishedGateway {
    struct VerifierRoute {
        address verifier;
        bool frozen;
    }

    mapping(bytes4 selector => VerifierRoute) public routes;

    function freezeRoute(bytes4 selector) external {
        routes[selector].frozen = true;
    }

    function swap(bytes4 selector, address verifier) external {
        routes[selector].verifier = verifier;
    }
}
