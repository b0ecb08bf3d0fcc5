// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CVMRecord} from "../../../../contracts/types/Claims.sol";
import {Workshop} from "./Workshop.sol";

/// @notice Acts in the order in which they get through, honest ones and hostile ones between them.
abstract contract Scenes is Workshop {
    /// @dev By whoever, then by the machine with a certification and without.
    function refresh(uint256 id, uint256 shape) external ticks(shape) {
        id = _pickInOrder(id);
        this.reattestWildly(id, id, shape);
        id = this.putInOrder((id / 2) % TPMS, shape);
        this.reattestTruly(id, id, shape % 2 == 0);
        this.reattestTruly(id, id, shape % 2 != 0);
    }

    /// @dev To the next key of its TPM mostly.
    function rotate(uint256 id, uint256 to, uint256 shape) external ticks(shape) {
        id = _pickInOrder(id);
        this.reattestWildly(id, to % 4 == 0 ? _mix(to, "to") % IDS : (id + NEXT) % IDS, shape);
        for (uint256 i = 0; i < 2; ++i) {
            uint256 ak = _mix(shape, "machine") % TPMS;
            id = this.putInOrder(ak, shape);
            if (_mix(shape, "operator") % 2 == 0) _setOperator(id, address(_friends[i]), false);
            this.reattestTruly(id, this.nextKey(ak, _mix(to, bytes32(i))), shape % 2 == i);
        }
    }

    function supersede(uint256 ak, uint256 shape) external ticks(shape) {
        ak = _mix(ak, "machine") % TPMS;
        uint256 id = this.putInOrder(ak, shape);
        if (_mix(shape, "operator") % 2 == 0) _setOperator(id, address(_friends[0]), false);
        this.attestWildly(ak, this.nextKey(ak, shape), shape);
        this.putInOrder(ak, shape);
        this.attestTruly(ak, this.nextKey(ak, shape), shape);
    }

    /// @dev Somebody quotes a key that is not his, and loses it to its owner.
    function squat(uint256 ak, uint256 shape) external ticks(shape) {
        ak = _mix(ak, "machine") % TPMS;
        this.putInOrder(ak, shape);
        uint256 id = this.nextKey(ak, shape);
        uint256 squatter = _mix(shape, "squatter") % 4 == 0 ? (ak + 1) % TPMS : SQUATTER;
        this.takeKey(squatter, id, shape);
        if (_mix(shape, "marked") % 2 == 0) _suspend(id);
        this.signActs(id, shape);
        uint256 spelled = id ^ (_mix(shape, "spelling") % 2);
        if (_mix(shape, "revoked") % 4 == 0 && registry.hasRegistered(hashOf[id])) {
            // Whoever holds the key has ended it for everybody.
            _revoke(id, false);
            return this.attestInVain(ak, spelled, shape);
        }
        this.attestTruly(ak, spelled, shape);
        this.sendAllAgain(id);
        this.returnOld(squatter, shape);
    }

    /// @dev Behind the owner's back a third takes the place that a squatter had, and the squatter comes back.
    function takePlace(uint256 ak, uint256 shape) external ticks(shape) {
        ak = _mix(ak, "machine") % TPMS;
        this.putInOrder(ak, shape);
        uint256 id = this.nextKey(ak, shape);
        this.takeKey(SQUATTER, id, shape);
        this.attestTruly(ak, id, shape);
        _pass(1);
        this.attestUnprovenOr(ak, id, shape, true);
        this.attestTruly(ak, this.nextKey(ak, shape), shape);
        this.takeKey(NEWCOMER, id, shape);
        this.returnOld(SQUATTER, shape);
    }

    /// @dev An unproven record is deleted, and its key attested again: what it signed before has been used.
    function makeAgain(uint256 ak, uint256 shape) external ticks(shape) {
        ak = _mix(ak, "machine") % TPMS;
        uint256 id = this.putInOrder(ak, shape);
        this.attestUnprovenOr(ak, id, shape, true);
        this.signActs(id, shape);
        this.putInOrder(ak, shape);
        this.attestTruly(ak, this.nextKey(ak, shape), shape);
        if (_record(id).cloud != 0) return;
        if (_mix(shape, "taken") % 4 == 0) this.takeKey(NEWCOMER, id, shape);
        else this.attestTruly(ak, id ^ (_mix(shape, "spelling") % 2), shape);
        this.sendAllAgain(id);
        _accept("make again");
    }

    // --- steps ---

    /// @notice What a key signs, as long as it lives.
    function signActs(uint256 id, uint256 seed) external {
        if (!registry.hasRegistered(hashOf[id])) return;
        _setTTL(id, seed, false);
        _setOperator(id, address(_friends[1]), false);
        CVMRecord memory r = _record(id);
        bool isValid = !r.suspended && !platformRevoked[r.platformId];
        if (isValid && _isInTPM(id, _akOf(r))) this.reattestTruly(id, id, false);
    }

    /// @notice A machine names a key of another's TPM, the first time with an anchor or without.
    function takeKey(uint256 ak, uint256 id, uint256 seed) external {
        uint256 own = _ownOf(ak);
        bool isLive = own != NONE && registry.hasRegistered(hashOf[own]);
        if (ak >= TPMS && !isLive && (ak == NEWCOMER || _mix(seed, "new") % 2 == 0)) _makeAK(ak);
        if (registry.akRevoked(_akId(ak))) _restoreAk(ak);
        _pass(1);
        this.attestSquat(ak, id, seed);
    }

    function attestSquat(uint256 ak, uint256 id, uint256 seed) external {
        Form memory form = _trueForm(ak, id, seed);
        bool isKnown = registry.identityOf(_akId(ak)) != 0;
        if (!isKnown && (ak == NEWCOMER || _mix(seed, "first") % 2 == 0)) form.age = 0;
        _attestBy(form, id);
    }

    /// @notice A machine whose AK is restored shows evidence from before the last that was recorded of it.
    function returnOld(uint256 ak, uint256 seed) external {
        if (registry.akRevoked(_akId(ak))) _restoreAk(ak);
        uint256 last = _lastRecorded[ak];
        if (last == 0 || block.number - last > 200) return;
        uint256 id = this.nextKey(_mix(seed, "victim") % TPMS, seed);
        Form memory form = _trueForm(ak, id, seed);
        form.age = block.number - last + 1 + (_mix(seed, "old") % 3);
        _attestBy(form, id);
        _accept("return old");
    }
}
