// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {CVMRegistry} from "../../../../contracts/CVMRegistry.sol";
import {AnchorSource} from "../../../../contracts/freshness/RecentBlock.sol";
import {
    StubAKCertificates,
    StubTEEVerifier,
    StubTPMVerifier
} from "../../../../contracts/mocks/StubVerifiers.sol";
import {CVMRecord} from "../../../../contracts/types/Claims.sol";
import {Handler, IVm} from "./Handler.t.sol";

/// @notice What holds of the records after any sequence of acts (protocol §2, §8, §9).
contract RecordsTest {
    IVm private constant VM = IVm(address(uint160(uint256(keccak256("hevm cheat code")))));
    CVMRegistry private _registry;
    Handler private _handler;

    function setUp() external {
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
        _handler = new Handler(_registry);
        manager.grantRole(manager.ADMIN_ROLE(), address(_handler), 0);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// @dev The acts that the fuzzer draws from do get through.
    function test_recordsEvidence() external {
        _handler.attest(0, 0, 1, true);
        _handler.advance(2);
        _handler.reattest(0, 0, 1, 1);
        _handler.setTTL(0, 1);
        _handler.attest(3, 2, 0, false);
        _handler.attest(1, 3, 1, true);
        _handler.revoke(0, 1);
        require(_handler.recorded() == 6, "acts were refused");
        _requireAll();
    }

    function invariant_records() external view {
        _requireAll();
    }

    function _requireAll() private view {
        require(bytes(_handler.broken()).length == 0, _handler.broken());
        uint256 identities = 2 * _handler.KEYS();
        for (uint256 id = 0; id < identities; ++id) _requireIdentity(id);
        for (uint256 ak = 0; ak < _handler.AKS(); ++ak) _requireAK(ak);
    }

    function _requireIdentity(uint256 id) private view {
        bytes32 hash = _handler.hashOf(id);
        CVMRecord memory r = _registry.getCvm(hash);
        if (_handler.retired(hash)) {
            require(_registry.isRetired(hash), "a retired key is forgotten");
            require(!_registry.hasRegistered(_handler.hashOf(id ^ 1)), "a retired key lives on");
        }
        // A deleted record's nonce goes on in the other spelling, so it may also count actions signed there.
        uint256 signed = _handler.actions(hash);
        require(r.nonce >= signed, "a nonce went back");
        require(r.nonce <= signed + _handler.actions(_handler.hashOf(id ^ 1)), "a nonce skipped");
        if (!r.registered) return;
        require(!_registry.hasRegistered(_handler.hashOf(id ^ 1)), "a key lives under both spellings");
        bytes32 akId = bytes32(r.akKey << 96);
        require(_registry.identityOf(akId) == hash, "an AK has two live identities");
    }

    function _requireAK(uint256 ak) private view {
        bytes32 akId = _handler.akIdOf(ak);
        CVMRecord memory r = _registry.getCvm(_registry.identityOf(akId));
        bool isOwn = r.akKey == uint256(akId) >> 96 && r.registered;
        if (isOwn && _handler.suspended(ak)) require(r.suspended, "a suspension was escaped");
    }
}
