// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CVMRecord} from "../../../../contracts/types/Claims.sol";
import {Replays} from "./Replays.sol";

/// @notice Steps that acts consist of: honest evidence, and what owners and roles do to put a machine in order.
/// @dev External, since blocks pass between them: see `_pass`.
abstract contract Workshop is Replays {
    function putInOrder(uint256 ak, uint256 seed) public override returns (uint256 id) {
        if (registry.akRevoked(_akId(ak))) _restoreAk(ak);
        id = _ownOf(ak);
        bool isServing = id != NONE && registry.hasRegistered(hashOf[id]) && _isInTPM(id, ak);
        if (isServing) _lift(id);
        else id = this.nextKey(ak, seed);
        bool isValid = registry.checkTEEValidity(hashOf[id]) && registry.checkTPMValidity(hashOf[id]);
        if (!isServing || !isValid) this.attestTruly(ak, id, seed);
        _lift(id);
        _pass(1 + (_mix(seed, "later") % 4));
    }

    /// @notice A key of its TPM that the machine may go to, in one spelling or the other: one made anew when all are used.
    function nextKey(uint256 ak, uint256 seed) external returns (uint256 id) {
        uint256 spelling = _mix(seed, "spelling") % 2;
        for (id = 2 * ak + spelling; id < IDS; id += NEXT) if (_isFree(id, ak)) return id;
        for (uint256 key = ak; key < KEYS; key += TPMS)
            if (registry.isRetired(hashOf[2 * key]) || registry.isRetired(hashOf[2 * key + 1])) {
                _bury(key);
                if (id >= IDS) id = 2 * key + spelling;
            }
        if (id >= IDS) _break("no key is left");
    }

    function attestTruly(uint256 ak, uint256 id, uint256 seed) external {
        _pass(1);
        this.attestUnprovenOr(ak, id, seed, false);
    }

    /// @notice True evidence, with a certification of the key or without.
    function attestUnprovenOr(uint256 ak, uint256 id, uint256 seed, bool isUnproven) external {
        Form memory form = _trueForm(ak, id, seed);
        if (isUnproven) form.certification = 0;
        _attestBy(form, id);
        if (_ownOf(ak) != id) _break("true evidence was refused");
    }

    /// @notice True evidence of a key that is retired.
    function attestInVain(uint256 ak, uint256 id, uint256 seed) external {
        _attestBy(_trueForm(ak, id, seed), id);
        if (_ownOf(ak) == id) _break("a retired key lives on");
    }

    function reattestTruly(uint256 id, uint256 to, bool isCertified) external {
        _pass(1);
        this.reattestAs(id, to, isCertified);
    }

    function reattestAs(uint256 id, uint256 to, bool isCertified) external {
        Form memory form = _trueAgain(id, to, isCertified);
        // Without a certification nobody is driven from a key.
        bool isSquatted = to != id && (_record(to).registered || _record(to ^ 1).registered);
        _reattestBy(form, id, to, false);
        bool isDone = registry.identityOf(_akId(form.ak)) == hashOf[to];
        if (!isDone && (!isSquatted || isCertified)) _break("a true re-attestation was refused");
    }

    function reattestWildly(uint256 id, uint256 to, uint256 shape) external {
        _reattest(id, to, shape);
        _pass(1);
    }

    function attestWildly(uint256 ak, uint256 id, uint256 shape) external {
        _attest(ak, id, shape);
        _pass(1);
    }

    /// @dev Keys and AKs are used up: others come in their place. Whoever served the key last gets another AK.
    function _bury(uint256 key) private {
        for (uint256 id = 2 * key; id < 2 * key + 2; ++id) {
            for (uint256 ak = 0; ak < AKS; ++ak) if (_ownOf(ak) == id) _makeAK(ak);
            buried.push(hashOf[id]);
        }
        _makeKey(key);
    }

    function _lift(uint256 id) private {
        CVMRecord memory r = _record(id);
        if (!r.registered) return;
        if (r.suspended) _resume(_akOf(r));
        if (platformRevoked[r.platformId]) _setPlatformRevoked(r.platformId, false);
    }
}
