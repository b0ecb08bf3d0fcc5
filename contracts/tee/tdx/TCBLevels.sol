// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITDXErrors} from "../../interfaces/ITDXErrors.sol";
import {CodeStorage} from "../../storage/CodeStorage.sol";
import {TCBStatus} from "../../types/Claims.sol";
import {HostAttributes} from "./HostAttributes.sol";

/// @title The TCB status of a TD by Intel's TCB info
/// @notice Intel's own semantics (QVL 7e5b2a1: TcbLevelCheck, TdxModuleCheck, TDRelaunchCheck): the first level whose SGX
/// and TDX halves the platform reaches both, module identity, quoting enclave, relaunch.
/// @dev Reads the blob that `TCBInfo.parse` writes: content hash 32 ‖ PCEID 2 ‖ count ‖ modules ‖ count ‖ levels of 35
/// bytes. Module: id 1 ‖ flags 1 (1 mrsigner follows, 2 attributes no quote matches) ‖ [mrsigner 48] ‖ count 1 ‖ count ×
/// (isvsvn 1, status 1). Level: SGX components 16 ‖ TDX components 16 ‖ PCESVN 2 ‖ status 1. Addresses are of memory.
library TCBLevels {
    uint256 private constant UP_TO_DATE = uint256(TCBStatus.UpToDate);
    uint256 private constant CONFIGURATION = uint256(TCBStatus.ConfigurationNeeded);
    uint256 private constant CONFIGURATION_AND_SW = uint256(TCBStatus.ConfigurationAndSWHardeningNeeded);
    uint256 private constant OUT_OF_DATE = uint256(TCBStatus.OutOfDate);
    uint256 private constant OUT_OF_DATE_CONFIGURATION = uint256(TCBStatus.OutOfDateConfigurationNeeded);
    uint256 private constant RELAUNCH = uint256(TCBStatus.TDRelaunchAdvised);
    uint256 private constant RELAUNCH_CONFIGURATION =
        uint256(TCBStatus.TDRelaunchAdvisedConfigurationNeeded);
    /// @dev In documents only: never a status of claims.
    uint256 private constant REVOKED = 9;

    uint256 private constant LEVEL_LENGTH = 35;
    uint256 private constant BODY_15_LENGTH = 648;
    // The highest bit of each byte.
    uint256 private constant HIGH = 0x8080808080808080808080808080808080808080808080808080808080808080;

    /// @dev Statuses of the matched levels, 0 where none matches; `sgx` is that of the first level by SGX alone.
    struct Matches {
        uint256 platform;
        uint256 sgx;
        uint256 module;
        uint256 qe;
    }

    /// @param blob code of the TCB info
    /// @param body TD report body
    /// @param qeLevels levels of the QE identity (`QEHead`)
    function judge(
        address blob,
        bytes calldata body,
        HostAttributes memory host,
        uint256 qeLevels
    ) internal view returns (uint256 status) {
        (uint256 modules, uint256 levels) = _open(blob, host);
        uint256 svn = uint128(bytes16(body[:16]));
        Matches memory found;
        found.module = _judgeModule(modules, levels, svn, body);
        (found.platform, found.sgx) = _matchPlatform(levels, svn, host);
        found.qe = _qeStatus(qeLevels, host.qeISVSVN());
        _requireMatched(found);
        status = _converge(found.platform, found.module);
        if (body.length == BODY_15_LENGTH) {
            uint256 current = uint128(bytes16(body[584:600]));
            status = _adviseRelaunch(status, found, modules, levels, current);
        }
        return _converge(status, found.qe);
    }

    /// @return modules the count of modules, with the modules behind it
    /// @return levels the count of levels, with the levels behind it
    function _open(
        address blob,
        HostAttributes memory host
    ) private view returns (uint256 modules, uint256 levels) {
        bytes memory data = CodeStorage.read(blob);
        bytes2 pceId;
        assembly ("memory-safe") {
            modules := add(data, 0x42)
            pceId := mload(add(data, 0x40))
        }
        if (pceId != host.pceId()) revert ITDXErrors.TDXPCEIdMismatch(host.pceId(), pceId);
        levels = modules + 1;
        for (uint256 left = _byte(modules); left > 0; --left) levels = _behind(levels);
    }

    /// @dev TDX 1.0 modules (version 0) answer to the document's own signer and have no levels.
    function _judgeModule(
        uint256 modules,
        uint256 levels,
        uint256 svn,
        bytes calldata body
    ) private pure returns (uint256 status) {
        uint256 version = _component(svn, 1);
        uint256 module = _findModule(modules, levels, version);
        uint256 flags = _byte(module + 1);
        bytes32 high;
        bytes16 low;
        if (flags & 1 != 0) {
            assembly ("memory-safe") {
                high := mload(add(module, 2))
                low := mload(add(module, 34))
            }
        }
        bool isSigner = bytes32(body[64:96]) == high && bytes16(body[96:112]) == low;
        if (!isSigner || flags & 2 != 0) revert ITDXErrors.TDXModuleSignerMismatch();
        if (version == 0) return UP_TO_DATE;
        uint256 cursor = _moduleLevels(module);
        uint256 own = _component(svn, 0);
        for (uint256 left = _byte(cursor); left > 0; --left) {
            uint256 level = _u16(cursor + 1);
            if (own >= level >> 8) return level & 0xff;
            cursor += 2;
        }
    }

    /// @dev All thirty-two components at once, byte by byte: with the highest bit set in the one and clear in the other
    /// no subtraction borrows from its neighbour, and the bit that is left says "at least as high". A test holds this
    /// against the plain loop.
    function _matchPlatform(
        uint256 levels,
        uint256 svn,
        HostAttributes memory host
    ) private pure returns (uint256 platform, uint256 sgx) {
        // A module that has an identity of its own is judged by that, not by the components 0 and 1.
        if (_component(svn, 1) > 0) svn |= 0xffff << 112;
        uint256 own = (host.componentSVNs() << 128) | svn;
        uint256 pceSVN = host.pceSVN();
        uint256 cursor = levels + 1;
        for (uint256 left = _byte(levels); left > 0; --left) {
            uint256 level;
            uint256 rest;
            assembly ("memory-safe") {
                level := mload(cursor)
                rest := shr(232, mload(add(cursor, 32)))
            }
            uint256 difference;
            unchecked {
                difference = (own | HIGH) - (level & ~HIGH);
            }
            uint256 reached = ((own & ~level) | (~(own ^ level) & difference)) & HIGH;
            if (pceSVN >= rest >> 8 && reached >> 128 == HIGH >> 128) {
                if (sgx == 0) sgx = rest & 0xff;
                if (reached == HIGH) return (rest & 0xff, sgx);
            }
            cursor += LEVEL_LENGTH;
        }
    }

    function _qeStatus(uint256 qeLevels, uint256 isvsvn) private pure returns (uint256) {
        for (; qeLevels != 0; qeLevels >>= 24)
            if (isvsvn >= (qeLevels >> 8) & type(uint16).max) return qeLevels & 0xff;
        return 0;
    }

    function _requireMatched(Matches memory found) private pure {
        (uint256 platform, uint256 module, uint256 qe) = (found.platform, found.module, found.qe);
        if (platform == 0 || module == 0 || qe == 0) revert ITDXErrors.TDXTCBLevelUnmatched();
        if (platform == REVOKED || module == REVOKED || qe == REVOKED)
            revert ITDXErrors.TDXTCBRevoked(uint8(platform), uint8(module), uint8(qe));
    }

    function _converge(uint256 status, uint256 other) private pure returns (uint256) {
        if (other != OUT_OF_DATE) return status;
        if (status < CONFIGURATION) return OUT_OF_DATE;
        return status <= CONFIGURATION_AND_SW ? OUT_OF_DATE_CONFIGURATION : status;
    }

    /// @dev A TD launched under an old module whose platform has since taken a newer one (`current`, teeTcbSvn2) needs a
    /// relaunch, nothing else.
    function _adviseRelaunch(
        uint256 status,
        Matches memory found,
        uint256 modules,
        uint256 levels,
        uint256 current
    ) private pure returns (uint256) {
        bool isOnlyModule =
            found.qe != OUT_OF_DATE &&
                found.module == OUT_OF_DATE &&
                found.sgx <= CONFIGURATION_AND_SW &&
                (status == OUT_OF_DATE || status == OUT_OF_DATE_CONFIGURATION);
        if (!isOnlyModule) return status;
        // TDX components of the newest level.
        uint256 latest = _word(levels + 17) >> 128;
        uint256 due = _component(latest, 0);
        uint256 version = _component(current, 1);
        if (version != 0) due = _byte(_moduleLevels(_findModule(modules, levels, version)) + 1);
        if (_component(current, 0) < due || _component(current, 2) < _component(latest, 2)) return status;
        bool needsConfiguration = found.sgx >= CONFIGURATION || status == OUT_OF_DATE_CONFIGURATION;
        return needsConfiguration ? RELAUNCH_CONFIGURATION : RELAUNCH;
    }

    function _findModule(
        uint256 modules,
        uint256 levels,
        uint256 version
    ) private pure returns (uint256 module) {
        module = modules + 1;
        while (module != levels) {
            if (_byte(module) == version) return module;
            module = _behind(module);
        }
        revert ITDXErrors.TDXModuleUnknown(uint8(version));
    }

    /// @dev The count of a module's levels.
    function _moduleLevels(uint256 module) private pure returns (uint256) {
        return module + 2 + (_byte(module + 1) & 1) * 48;
    }

    function _behind(uint256 module) private pure returns (uint256) {
        uint256 count = _moduleLevels(module);
        return count + 1 + 2 * _byte(count);
    }

    /// @dev Component `index` of sixteen, the first in the highest byte.
    function _component(uint256 components, uint256 index) private pure returns (uint256) {
        return (components >> (120 - 8 * index)) & 0xff;
    }

    function _word(uint256 cursor) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(cursor)
        }
    }

    function _byte(uint256 cursor) private pure returns (uint256) {
        return _word(cursor) >> 248;
    }

    function _u16(uint256 cursor) private pure returns (uint256) {
        return _word(cursor) >> 240;
    }
}
