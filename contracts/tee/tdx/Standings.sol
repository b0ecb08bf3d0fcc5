// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CodeStorage} from "../../storage/CodeStorage.sol";
import {CAHead, CollateralWords, DocumentHead, Heads, Standing} from "./CollateralWords.sol";
import {IntelCRLs} from "./IntelCRLs.sol";

/// @title What a verdict on hosts of a CA rests on, in one slot each
/// @notice Written whenever one of its parts changes, which is rare; read with every quote.
abstract contract Standings is IntelCRLs {
    mapping(uint8 caId => Standing) internal _standings;
    /// @dev By signing key and evaluation number. The blob ends with the levels, 24 bytes as `QEIdentity.parse` packs them.
    mapping(uint256 set => DocumentHead) internal _qeIdentities;

    /// @dev Levels come with an identity and stay with it: whatever else happens keeps those that stand.
    function _refreshStanding(uint8 caId) internal override {
        Standing standing = _standings[caId];
        bool isFirst = Standing.unwrap(standing) == 0;
        _writeStanding(caId, isFirst ? _qeLevels(_activeQEBlob) : standing.qeLevels());
    }

    function _setActiveQE(address blob) internal {
        _activeQEBlob = blob;
        uint256 levels = _qeLevels(blob);
        for (uint8 caId = 1; caId <= _caCount; ++caId) _writeStanding(caId, levels);
    }

    function _writeStanding(uint8 caId, uint256 levels) private {
        Heads heads = _heads;
        CAHead ca = _cas[caId].head;
        DocumentHead qe = _qeIdentities[heads.setOf(heads.activeQEIdentity())];
        uint256 until = _min(_min(heads.rootCRLNextUpdate(), ca.notAfter()), ca.nextUpdate());
        until = _min(until, qe.usableUntil());
        if (ca.isRevoked() || heads.isSignerRevoked()) until = 0;
        _standings[caId] = CollateralWords.packStanding(until, ca, qe, heads, levels);
    }

    /// @dev The eight levels in 20 bits each; a status fits 4.
    function _qeLevels(address blob) private view returns (uint256 packed) {
        if (blob == address(0)) return 0;
        bytes memory data = CodeStorage.read(blob);
        uint256 levels;
        assembly ("memory-safe") {
            levels := and(mload(add(data, mload(data))), 0xffffffffffffffffffffffffffffffffffffffffffffffff)
        }
        for (uint256 shift = 0; levels != 0; shift += 20) {
            packed |= (((levels >> 8) & type(uint16).max) << (shift + 4)) | ((levels & 0xf) << shift);
            levels >>= 24;
        }
    }
}
