// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CVMRecord} from "../../../../contracts/types/Claims.sol";
import {KeyCertification, WorkloadCollaterals} from "../../../../contracts/types/Evidence.sol";
import {Expectation} from "./Expectation.sol";

/// @notice Evidence that is sent, and what has to become of it: of machines that register, renew, supersede, refresh and
/// rotate, of squatters that quote the keys of others, and of whoever forges or splices.
abstract contract Attesting is Expectation {
    bytes4 private constant ATTEST = 0xdf42b054;
    bytes4 private constant ATTEST_CERTIFIED = 0x2b19318e;
    bytes4 internal constant REATTEST = 0x60ca2da1;
    bytes4 internal constant REATTEST_CERTIFIED = bytes4(
        keccak256(
            "reattestCvmWithTpm(bytes32,bytes,(bytes,bytes,(uint256,bytes32,bytes32[],uint256[],bool)[],bytes,bytes,"
            "bytes[],(uint16,uint16,uint16,bytes)),(bytes,bytes,bytes))"
        )
    );

    /// @dev Any AK for any key; machines that serve one seldom leave it.
    function attest(uint256 ak, uint256 id, uint256 shape) external ticks(shape) {
        ak = _mix(ak, "ak") % AKS;
        uint256 own = _ownOf(ak);
        bool isKept = own != NONE && _mix(shape, "kept") % 2 == 0 && registry.hasRegistered(hashOf[own]);
        _attest(ak, isKept ? own : _mix(id, "id") % IDS, shape);
    }

    /// @dev All machines for the keys that they serve, or the first that is free.
    function _renewAll(uint256 shape) internal {
        for (uint256 ak = 0; ak < TPMS; ++ak) {
            uint256 id = _ownOf(ak);
            if (id == NONE) id = 2 * ak;
            while (id < IDS && registry.isRetired(hashOf[id])) id += NEXT;
            if (id < IDS) _attest(ak, id, _mix(shape, bytes32(ak)));
        }
    }

    function _attest(uint256 ak, uint256 id, uint256 shape) internal {
        _attestBy(_form(ak, id, shape), id);
    }

    function _attestBy(Form memory form, uint256 id) internal {
        uint256 ak = form.ak;
        form.isWhole = true;
        bool isKnown = registry.identityOf(_akId(ak)) != 0;
        uint256 own = _ownOf(ak);
        CVMRecord[] memory old = _records();
        if (!_send(_calldata(form))) return _requireOnly(old, NONE, 0);
        _requireSound(form);
        if (form.age == 0) {
            if (isKnown) _break("un-anchored evidence of a recorded AK was recorded");
            if (old[id].cloud != 0) _break("un-anchored evidence touched a record");
        }
        bytes32 act = own == id ? bytes32("renew") : bytes32("supersede");
        if (own == NONE) act = form.age == 0 ? bytes32("attest un-anchored") : bytes32("attest");
        _accept(act);
        uint256 mayEnd = _replaced(form, id, old);
        if (form.age != 0 && own != NONE) mayEnd |= 1 << own;
        CVMRecord memory none;
        _requireRecord(id, _attested(form, id, own == NONE ? none : old[own]));
        if (own != id) _passOperator(own, id, form);
        _requireOnly(old, id, mayEnd);
        _note(form, id);
    }

    function _calldata(Form memory form) private view returns (bytes memory) {
        bytes memory report = _report(form, address(registry));
        WorkloadCollaterals memory wc = _collaterals(form, address(registry));
        (uint8 cloud, uint8 tee, uint8 kind) = (form.class.cloud, form.class.tee, form.class.reportType);
        if (form.certification == 0) return abi.encodeWithSelector(ATTEST, cloud, tee, kind, report, wc);
        KeyCertification memory proof = _certification(form);
        return abi.encodeWithSelector(ATTEST_CERTIFIED, cloud, tee, kind, report, wc, proof);
    }

    /// @dev Of whatever record, by whatever machine.
    function _reattest(uint256 id, uint256 to, uint256 shape) internal {
        CVMRecord memory r = _record(id);
        uint256 ak = _mix(shape, "copyist") % 16 == 0 ? _mix(shape, "ak") % AKS : _akOf(r);
        if (ak == AKS) return;
        Form memory form = _form(ak, to, shape);
        _recall(form, r, id, shape);
        _reattestBy(form, id, to, _mix(shape, "forged") % 8 == 0);
    }

    function _reattestBy(Form memory form, uint256 id, uint256 to, bool isForged) internal {
        CVMRecord[] memory old = _records();
        WorkloadCollaterals memory wc = _collaterals(form, address(registry));
        bytes memory signature = _signed(
            id,
            isForged,
            "CVM_WORKLOAD_REATTEST_TPM",
            abi.encodePacked(sha256(wc.tpmQuote))
        );
        bytes32 hash = hashOf[id];
        bytes memory data =
            form.certification == 0
                ? abi.encodeWithSelector(REATTEST, hash, signature, wc)
                : abi.encodeWithSelector(REATTEST_CERTIFIED, hash, signature, wc, _certification(form));
        if (!_send(data)) return _requireOnly(old, NONE, 0);
        // A rotation leaves its nonce alone: the key that signed is retired for ever.
        if (_hash(form.key) == hash) ++actions[hash];
        else if (!registry.isRetired(hash)) _break("a nonce counts on after its action");
        if (isForged) _break("re-attested without the key");
        if (form.age == 0) _break("re-attested without an anchor");
        _requireSound(form);
        _requireReattestable(form.ak, old[id]);
        bool isCertified = form.certification != 0;
        if (to == id) _accept(isCertified ? bytes32("refresh certified") : bytes32("refresh"));
        else _accept(isCertified ? bytes32("rotate certified") : bytes32("rotate"));
        uint256 mayEnd = _replaced(form, to, old);
        if (to != id) mayEnd |= 1 << id;
        _requireRecord(to, _reattested(form, to, id, old[id]));
        if (to != id) _passOperator(id, to, form);
        _requireOnly(old, to, mayEnd);
        _note(form, to);
    }
}
