// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CVMRecord} from "../../../../contracts/types/Claims.sol";
import {Actors} from "./Actors.sol";

/// @notice What is known of the registry from what was done to it alone, and what an act may change.
abstract contract Ledger is Actors {
    uint256 internal constant NONE = type(uint256).max;

    mapping(uint256 ak => bool) public suspended;
    /// @dev The head when evidence of this AK was recorded that was anchored.
    mapping(uint256 ak => uint256) internal _lastRecorded;
    /// @dev The same of an identity, whoever served it.
    mapping(bytes32 identityHash => uint48) internal _placeRecorded;
    mapping(uint256 akKey => bool) public revoked;
    mapping(bytes32 id => bool) public retired;
    /// @notice Identities whose keys made place for others, for ever retired.
    bytes32[] public buried;
    /// @notice Actions that an identity's key signed.
    mapping(bytes32 id => uint256) public actions;
    mapping(bytes32 id => address) public operators;
    mapping(bytes32 platformId => bool) public platformRevoked;
    mapping(bytes32 class => uint16) internal _epochs;

    function akIdOf(uint256 ak) external view returns (bytes32) {
        return _akId(ak);
    }

    function epochOf(uint8 cloud, uint8 tee, uint8 reportType) public view returns (uint16) {
        return _epochs[_classKey(cloud, tee, reportType)];
    }

    function _classKey(uint8 cloud, uint8 tee, uint8 reportType) internal pure returns (bytes32) {
        return keccak256(abi.encode(cloud, tee, reportType));
    }

    /// @notice Identity of the record that an AK served last, while it is still its own.
    function _ownOf(uint256 ak) internal view returns (uint256) {
        bytes32 hash = registry.identityOf(_akId(ak));
        if (hash == 0) return NONE;
        CVMRecord memory r = registry.getCvm(hash);
        return r.akKey == _akKey(ak) && r.cloud != 0 ? _idOf(hash) : NONE;
    }

    function countBuried() external view returns (uint256) {
        return buried.length;
    }

    function akKeyOf(uint256 ak) external view returns (uint256) {
        return _akKey(ak);
    }

    function _makeAK(uint256 ak) internal override {
        super._makeAK(ak);
        delete suspended[ak];
        delete _lastRecorded[ak];
    }

    /// @dev Of neither spelling a retired one, and none that lives but unproven and under another AK.
    function _isFree(uint256 id, uint256 ak) internal view returns (bool) {
        for (uint256 i = 0; i < 2; ++i) {
            CVMRecord memory r = _record(id ^ i);
            if (registry.isRetired(hashOf[id ^ i])) return false;
            bool isAnothers = r.assurance.keyProtection == 0 && r.akKey != _akKey(ak);
            if (r.registered && !isAnothers) return false;
        }
        return true;
    }

    function _records() internal view returns (CVMRecord[] memory records) {
        records = new CVMRecord[](IDS);
        for (uint256 id = 0; id < IDS; ++id) records[id] = _record(id);
    }

    function _equal(CVMRecord memory a, CVMRecord memory b) internal pure returns (bool) {
        return keccak256(abi.encode(a)) == keccak256(abi.encode(b));
    }

    /// @dev Of all records but `made`: those in the set `mayEnd` may end, and none may change otherwise.
    function _requireOnly(CVMRecord[] memory old, uint256 made, uint256 mayEnd) internal {
        for (uint256 id = 0; id < IDS; ++id) {
            CVMRecord memory now_ = _record(id);
            if (now_.nonce < old[id].nonce) _break("a nonce went back");
            if (id != made) {
                // Nonces of two spellings follow each other: the invariants count them.
                old[id].nonce = now_.nonce;
                bool isOver = old[id].registered && !now_.registered;
                if (isOver) _requireEnded(id, old[id], now_, (mayEnd >> id) & 1 == 1);
                else if (!_equal(old[id], now_)) _break("a record changed by an act that is none of its");
            }
            if (registry.isRetired(hashOf[id])) retired[hashOf[id]] = true;
        }
    }

    function _requireEnded(uint256 id, CVMRecord memory old, CVMRecord memory now_, bool may) private {
        if (!may) _break("a record was ended by who may not");
        if (now_.cloud == 0) {
            delete operators[hashOf[id]];
            if (old.assurance.keyProtection != 0) _break("a proven record was deleted");
            return;
        }
        retired[hashOf[id]] = true;
        old.registered = false;
        // Marks may stand on an ended record.
        if (!_equal(old, now_)) _break("a record changed as it ended");
    }

    /// @dev What the guardian marks: the identity that an AK serves, and nothing but its mark.
    function _requireMarked(CVMRecord[] memory old, uint256 marked, bool isSuspended) internal {
        if (marked != NONE) {
            CVMRecord memory now_ = _record(marked);
            if (now_.suspended != isSuspended) _break("a mark was not set");
            old[marked].suspended = isSuspended;
            if (!_equal(old[marked], now_)) _break("a mark changed more than a mark");
        }
        _requireOnly(old, marked, 0);
    }
}
