// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CVMRegistry} from "../../../../contracts/CVMRegistry.sol";
import {CVMRecord} from "../../../../contracts/types/Claims.sol";
import {WorkloadCollaterals} from "../../../../contracts/types/Evidence.sol";
import {StubEvidence} from "./StubEvidence.sol";

/// @dev The cheatcodes that are used.
interface IVm {
    function warp(uint256) external;
    function roll(uint256) external;
    function signP256(uint256, bytes32) external pure returns (bytes32, bytes32);
    function publicKeyP256(uint256) external pure returns (uint256, uint256);
}

/// @notice What actors may try on a registry: machines, squatters, whoever sends again, and the roles.
/// @dev Holds what each act may have changed against what it did. `broken` names the first rule that did not hold.
contract Handler is StubEvidence {
    IVm private constant VM = IVm(address(uint160(uint256(keccak256("hevm cheat code")))));
    uint256 public constant KEYS = 3;
    uint256 public constant AKS = 4;
    bytes4 private constant ATTEST = 0xdf42b054;
    bytes4 private constant ATTEST_CERTIFIED = 0x2b19318e;
    bytes4 private constant REATTEST = 0x60ca2da1;

    CVMRegistry public immutable registry;
    string public broken;
    mapping(uint256 ak => bool) public suspended;
    mapping(bytes32 id => bool) public retired;
    mapping(bytes32 id => uint256) public actions;
    bytes[] private _sent;
    uint256 public recorded;
    CVMRecord[] private _before;
    // Points are slow to compute.
    Spelled[] private _spelled;
    bytes32[] public hashOf;

    constructor(CVMRegistry registry_) {
        registry = registry_;
        // Even numbers are short spellings.
        for (uint256 id = 0; id < 2 * KEYS; ++id) {
            (uint256 x, uint256 y) = VM.publicKeyP256(1 + id / 2);
            _spelled.push(Spelled(bytes32(x), bytes32(y), id % 2 == 1));
            hashOf.push(_hash(_spelled[id]));
        }
    }

    // --- acts ---

    /// @dev An AK certifies the keys of its own TPM alone: the key of its number. AK 3 has none, it squats.
    function attest(uint256 ak, uint256 id, uint256 age, bool certified) external {
        Form memory form = _form(ak, id, age % 4, certified);
        form.statement = _statement();
        bool isKnown = registry.identityOf(_akId(form.ak)) != 0;
        bytes memory report = _report(form, address(registry));
        WorkloadCollaterals memory wc = _collaterals(form, address(registry));
        bytes memory data =
            form.certified
                ? abi.encodeWithSelector(
                    ATTEST_CERTIFIED,
                    uint8(1),
                    uint8(1),
                    uint8(1),
                    report,
                    wc,
                    _certification(form)
                )
                : abi.encodeWithSelector(ATTEST, uint8(1), uint8(1), uint8(1), report, wc);
        _snapshot();
        if (!_send(data)) return;
        if (form.age == 0 && isKnown) _break("un-anchored evidence of a recorded AK was recorded");
        if (form.age == 0) _requireOnlyNew(_hash(form.key));
        _requireEndedBy(form.ak, _hash(form.key), form.age != 0 && form.certified);
    }

    function reattest(uint256 ak, uint256 id, uint256 age, uint256 signer) external {
        Form memory form = _form(ak, id, age % 4, false);
        bytes32 current = registry.identityOf(_akId(form.ak));
        (bool isLive, uint256 held) = _secretOf(current);
        if (!isLive) return;
        WorkloadCollaterals memory wc = _collaterals(form, address(registry));
        bytes memory message = abi.encodePacked(
            "CVM_WORKLOAD_REATTEST_TPM",
            block.chainid,
            address(registry),
            registry.nonces(current),
            sha256(wc.tpmQuote)
        );
        bool isForged = signer % 4 == 0;
        bytes memory signature = _sign(isForged ? KEYS + 1 : held, message);
        bool isServed = registry.hasRegistered(current);
        _snapshot();
        if (!_send(abi.encodeWithSelector(REATTEST, current, signature, wc))) return;
        // A rotation leaves its nonce alone: the key that signed is retired for ever.
        if (_hash(form.key) == current) ++actions[current];
        else if (!registry.isRetired(current)) _break("a nonce counts on after its action");
        if (isForged) _break("re-attested without the key");
        if (form.age == 0) _break("re-attested without an anchor");
        if (!isServed || suspended[form.ak]) _break("re-attested an ended or suspended record");
        _requireEndedBy(form.ak, _hash(form.key), false);
    }

    function setTTL(uint256 id, uint256 signer) external {
        (bytes32 hash, uint256 secret) = _identity(id);
        bool isForged = signer % 4 == 0;
        bytes memory message = abi.encodePacked(
            "CVM_WORKLOAD_TTL_CONFIG",
            block.chainid,
            address(registry),
            registry.nonces(hash),
            uint64(1 days),
            uint64(2 days)
        );
        bytes memory signature = _sign(isForged ? KEYS + 1 : secret, message);
        _snapshot();
        if (!_send(abi.encodeCall(registry.setCollateralTTL, (hash, 1 days, 2 days, signature)))) return;
        ++actions[hash];
        if (isForged) _break("TTL set without the key");
        _requireEnded(bytes32(0));
    }

    function revoke(uint256 id, uint256 signer) external {
        (bytes32 hash, uint256 secret) = _identity(id);
        // A key that is gone leaves nothing to try: half of the tries are forged.
        bool isForged = signer % 2 == 0;
        bytes memory message = abi.encodePacked(
            "CVM_WORKLOAD_REVOKE",
            block.chainid,
            address(registry),
            registry.nonces(hash)
        );
        bytes memory signature = _sign(isForged ? KEYS + 1 : secret, message);
        _snapshot();
        if (!_send(abi.encodeWithSignature("revokeCvm(bytes32,bytes)", hash, signature))) return;
        ++actions[hash];
        if (isForged) _break("revoked without the key");
        _requireEnded(hash);
    }

    function revokeAsStranger(uint256 id) external {
        (bytes32 hash, ) = _identity(id);
        if (_send(abi.encodeWithSignature("revokeCvm(bytes32)", hash))) _break("revoked by a stranger");
    }

    function sendAgain(uint256 number) external {
        if (_sent.length == 0) return;
        bytes memory data = _sent[number % _sent.length];
        (bool ok, ) = address(registry).call(data);
        if (ok) _break("sent again");
    }

    function suspend(uint256 id) external {
        _setSuspended(id, true);
    }

    function resume(uint256 id) external {
        _setSuspended(id, false);
    }

    function revokeAk(uint256 ak) external {
        ak %= AKS;
        registry.revokeAk(_akId(ak));
        if (_isOwn(ak)) suspended[ak] = true;
    }

    function restoreAk(uint256 ak) external {
        registry.restoreAk(_akId(ak % AKS));
    }

    function advance(uint256 blocks) external {
        blocks = 1 + (blocks % 40);
        VM.roll(block.number + blocks);
        VM.warp(block.timestamp + blocks);
    }

    // --- identities ---

    function akIdOf(uint256 ak) external pure returns (bytes32) {
        return _akId(ak);
    }

    /// @notice Whether the record that an AK served last is still its own.
    function _isOwn(uint256 ak) internal view returns (bool) {
        bytes32 id = registry.identityOf(_akId(ak));
        CVMRecord memory r = registry.getCvm(id);
        return id != 0 && r.akKey == uint256(_akId(ak)) >> 96 && r.cloud != 0;
    }

    function _identity(uint256 id) private view returns (bytes32 hash, uint256 secret) {
        id %= 2 * KEYS;
        return (hashOf[id], 1 + id / 2);
    }

    function _secretOf(bytes32 hash) private view returns (bool isKnown, uint256 secret) {
        for (uint256 id = 0; id < 2 * KEYS; ++id) if (hashOf[id] == hash) return (true, 1 + id / 2);
    }

    function _form(
        uint256 ak,
        uint256 id,
        uint256 age,
        bool certified
    ) private view returns (Form memory form) {
        (form.ak, form.age) = (ak % AKS, age);
        id %= 2 * KEYS;
        form.key = _spelled[id];
        form.certified = certified && id / 2 == form.ak;
    }

    function _sign(uint256 secret, bytes memory message) private pure returns (bytes memory) {
        (bytes32 r, bytes32 s) = VM.signP256(secret, sha256(message));
        return abi.encodePacked(r, s);
    }

    // --- what an act may change ---

    function _send(bytes memory data) private returns (bool ok) {
        (ok, ) = address(registry).call(data);
        if (!ok) return false;
        _sent.push(data);
        ++recorded;
    }

    function _setSuspended(uint256 id, bool isSuspended) private {
        bytes32[] memory ids = new bytes32[](1);
        (ids[0], ) = _identity(id);
        uint256 akKey = registry.getCvm(ids[0]).akKey;
        if (isSuspended) registry.suspend(ids);
        else registry.resume(ids);
        for (uint256 ak = 0; ak < AKS; ++ak)
            if (akKey == uint256(_akId(ak)) >> 96 && _isOwn(ak)) suspended[ak] = isSuspended;
    }

    function _snapshot() private {
        delete _before;
        for (uint256 id = 0; id < 2 * KEYS; ++id) _before.push(registry.getCvm(hashOf[id]));
    }

    /// @dev Un-anchored evidence makes a record and leaves all others as they were.
    function _requireOnlyNew(bytes32 made) private {
        for (uint256 id = 0; id < 2 * KEYS; ++id) {
            bytes32 hash = hashOf[id];
            if (hash == made) {
                if (_before[id].cloud != 0) _break("un-anchored evidence touched a record");
            } else if (keccak256(abi.encode(_before[id])) != keccak256(abi.encode(registry.getCvm(hash)))) {
                _break("un-anchored evidence touched another record");
            }
        }
    }

    /// @dev Ends the record that the AK served, and where `isProven` unproven ones of the key under other AKs.
    function _requireEndedBy(uint256 ak, bytes32 made, bool isProven) private {
        uint256 akKey = uint256(_akId(ak)) >> 96;
        for (uint256 id = 0; id < 2 * KEYS; ++id) {
            CVMRecord memory old = _before[id];
            CVMRecord memory now_ = registry.getCvm(hashOf[id]);
            bool isReplaced =
                old.registered && old.akKey != akKey && (!now_.registered || now_.akKey != old.akKey);
            if (isReplaced) {
                bool mayBe = isProven && old.assurance.keyProtection == 0 && id / 2 == _numberOf(made);
                if (!mayBe) _break("another AK's record was ended");
                _requireRevoked(old.akKey);
            }
            if (old.registered && now_.registered && old.akKey == now_.akKey)
                if (now_.teeTime < old.teeTime || now_.tpmTime < old.tpmTime) _break("a time was lowered");
            _note(id);
        }
    }

    /// @dev Of signed actions: only `ended` may end.
    function _requireEnded(bytes32 ended) private {
        for (uint256 id = 0; id < 2 * KEYS; ++id) {
            bool isOver = _before[id].registered && !registry.hasRegistered(hashOf[id]);
            if (isOver && hashOf[id] != ended) _break("an action ended another record");
            _note(id);
        }
    }

    /// @dev The AK of a replaced record; what it was suspended for stays with it.
    function _requireRevoked(uint256 akKey) private {
        for (uint256 ak = 0; ak < AKS; ++ak)
            if (uint256(_akId(ak)) >> 96 == akKey) {
                if (!registry.akRevoked(_akId(ak))) _break("a replaced AK is not revoked");
            }
    }

    function _note(uint256 id) private {
        if (registry.isRetired(hashOf[id])) retired[hashOf[id]] = true;
    }

    function _numberOf(bytes32 hash) private view returns (uint256) {
        (, uint256 secret) = _secretOf(hash);
        return secret - 1;
    }

    function _break(string memory rule) private {
        if (bytes(broken).length == 0) broken = rule;
    }
}
