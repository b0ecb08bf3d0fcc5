// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {CVMRegistry} from "../../../../contracts/CVMRegistry.sol";
import {OneTimeApplication} from "../../../../contracts/mocks/OneTimeApplication.sol";
import {AnchorSource} from "../../../../contracts/freshness/RecentBlock.sol";
import {
    StubAKCertificates,
    StubTEEVerifier,
    StubTPMVerifier
} from "../../../../contracts/mocks/StubVerifiers.sol";
import {CVMRecord} from "../../../../contracts/types/Claims.sol";
import {Handler} from "./Handler.t.sol";
import {IVm} from "./StubMachines.sol";

/// @notice What holds of the records, and of an application's answers, after any sequence of acts (protocol §2, §8 to §10).
contract RecordsTest {
    IVm private constant VM = IVm(address(uint160(uint256(keccak256("hevm cheat code")))));
    uint256 private constant LONG_LIFE = 350;
    CVMRegistry private _registry;
    Handler private _handler;

    function setUp() external {
        // EDR makes no stack trace of what asked the environment: that of a long life takes 20 GB, and the machine with it.
        // The broken rule and the acts that led to it are printed all the same.
        VM.envOr("FUZZ_RUNS", 0);
        VM.roll(1000);
        VM.warp(1_770_249_600);
        AccessManager manager = new AccessManager(address(this));
        _registry = new CVMRegistry(
            address(manager),
            new StubTPMVerifier(),
            new StubAKCertificates(),
            AnchorSource.BLOCKHASH,
            256,
            1
        );
        _registry.setVerifier(1, 1, new StubTEEVerifier(), false);
        _registry.setVerifier(1, 3, new StubTEEVerifier(), false);
        _registry.setVerifier(2, 1, new StubTEEVerifier(), false);
        _handler = new Handler(_registry);
        manager.grantRole(manager.ADMIN_ROLE(), address(_handler), 0);
    }

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_handler), _handler.acts());
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// @notice Many short lives. FUZZ_RUNS sets how many.
    function invariant_records() external view {
        _requireAll();
    }

    /// @notice One long life.
    /// hardhat-config: invariant.runs = 1
    /// hardhat-config: invariant.depth = 400
    function invariant_acts() external view {
        _requireAll();
    }

    /// @dev In the long life every act got through: what the fuzzer tries is not in vain. The fuzzer draws from the
    /// bytecode too, so that another build is another life: each act is there several times by its scene.
    function afterInvariant() external view {
        if (_handler.taken() < LONG_LIFE) return;
        string[43] memory names = [
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
            "admitted",
            "TTL again",
            "operator again",
            "revocation again",
            "refresh again",
            "refresh certified again",
            "make again",
            "return old",
            "use message",
            "message again",
            "message not now"
        ];
        string memory missing;
        for (uint256 i = 0; i < names.length; ++i)
            if (_handler.accepted(bytes32(bytes(names[i]))) == 0)
                missing = string.concat(missing, names[i], ", ");
        require(bytes(missing).length == 0, string.concat("never accepted: ", missing));
        for (uint256 i = 0; i < _handler.countBuried(); ++i) _requireBuried(i);
    }

    function _requireAll() private view {
        _handler.requireVerdicts(block.number);
        require(bytes(_handler.broken()).length == 0, _handler.broken());
        uint256 identities = _handler.IDS();
        for (uint256 id = 0; id < identities; ++id) _requireIdentity(id);
        for (uint256 ak = 0; ak < _handler.AKS(); ++ak) _requireAK(ak);
        uint256 count = _handler.countBuried();
        if (count != 0) _requireBuried(block.number % count);
        _handler.requireLists();
        _handler.requireEpochs();
    }

    function _requireIdentity(uint256 id) private view {
        bytes32 hash = _handler.hashOf(id);
        bytes32 other = _handler.hashOf(id ^ 1);
        CVMRecord memory r = _registry.getCvm(hash);
        if (_handler.retired(hash)) {
            require(_registry.isRetired(hash), "a retired key is forgotten");
            require(!_registry.hasRegistered(other), "a retired key lives on");
        }
        // A deleted record's nonce goes on in the other spelling, so it may also count actions signed there.
        uint256 signed = _handler.actions(hash);
        require(r.nonce >= signed, "a nonce went back");
        require(r.nonce <= signed + _handler.actions(other), "a nonce skipped");
        if (!r.registered) return;
        _requireUses(_handler.app(), hash, r.keyX);
        _requireUses(_handler.other(), hash, r.keyX);
        require(!_registry.hasRegistered(other), "a key lives under both spellings");
        require(_registry.identityOf(bytes32(r.akKey << 96)) == hash, "an AK has two live identities");
        require(_registry.operatorOf(hash) == _handler.operators(hash), "an operator was made or lost");
    }

    /// @dev By key: also for what its other spelling used.
    function _requireUses(OneTimeApplication app, bytes32 hash, bytes32 x) private view {
        require(app.messageNonce(hash) == _handler.uses(address(app), x), "a use was not counted");
    }

    function _requireBuried(uint256 number) private view {
        bytes32 hash = _handler.buried(number);
        require(!_registry.hasRegistered(hash), "a buried key lives");
    }

    function _requireAK(uint256 ak) private view {
        bytes32 akId = _handler.akIdOf(ak);
        CVMRecord memory r = _registry.getCvm(_registry.identityOf(akId));
        require(
            _registry.akRevoked(akId) == _handler.revoked(_handler.akKeyOf(ak)),
            "an AK's revocation was lost or made"
        );
        bool isOwn = r.akKey == uint256(akId) >> 96 && r.registered;
        if (isOwn && _handler.suspended(ak)) require(r.suspended, "a suspension was escaped");
    }
}
