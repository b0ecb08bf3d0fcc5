// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TDXQuote} from "../../evidence/TDXQuote.sol";
import {ITDXErrors} from "../../interfaces/ITDXErrors.sol";
import {CodeStorage} from "../../storage/CodeStorage.sol";
import {TCBStatus} from "../../types/Claims.sol";
import {HostAttributes} from "./HostAttributes.sol";

/// @title The TCB status of a TD by Intel's TCB info
/// @notice Intel's own semantics (QVL 7e5b2a1: TcbLevelCheck, TdxModuleCheck, TDRelaunchCheck): the first level whose SGX
/// and TDX halves the platform reaches both, module identity, quoting enclave, relaunch.
/// @dev Reads the blob that `TCBInfo.parse` writes: content hash 32 ‖ PCEID 2 ‖ count ‖ levels of 35 bytes ‖ count ‖
/// modules. Level: SGX components 16 ‖ TDX components 16 ‖ PCESVN 2 ‖ status 1. Module: id 1 ‖ flags 1 (1 mrsigner follows,
/// 2 attributes no quote matches) ‖ [mrsigner 48] ‖ count 1 ‖ count × (isvsvn 1, status 1). `levels`, `modules` and
/// `module` are addresses in memory. Unchecked: every sum is of an address and the lengths of one blob.
library TCBLevels {
    uint256 private constant UP_TO_DATE = uint256(TCBStatus.UpToDate);
    uint256 private constant CONFIGURATION = uint256(TCBStatus.ConfigurationNeeded);
    uint256 private constant CONFIGURATION_AND_SW = uint256(TCBStatus.ConfigurationAndSWHardeningNeeded);
    uint256 private constant OUT_OF_DATE = uint256(TCBStatus.OutOfDate);
    uint256 private constant OUT_OF_DATE_CONFIGURATION = uint256(TCBStatus.OutOfDateConfigurationNeeded);
    uint256 private constant RELAUNCH = uint256(TCBStatus.TDRelaunchAdvised);
    uint256 private constant RELAUNCH_CONFIGURATION = uint256(TCBStatus.TDRelaunchAdvisedConfigurationNeeded);
    /// @dev In documents only: never a status of claims.
    uint256 private constant REVOKED = 9;

    uint256 private constant LEVEL_LENGTH = 35;
    uint256 private constant SIGNER_LENGTH = 48;
    uint256 private constant BODY_15_LENGTH = 648;
    // The highest bit of each byte.
    uint256 private constant HIGH = 0x8080808080808080808080808080808080808080808080808080808080808080;

    /// @param blob code of the TCB info
    /// @param body TD report body
    /// @param qeLevels levels of the QE identity as `Standing` packs them
    function judge(
        address blob,
        bytes calldata body,
        HostAttributes memory host,
        uint256 qeLevels
    ) internal view returns (uint256 status) {
        uint256 levels = _open(blob, host);
        uint256 svn = TDXQuote.word(body, 0) >> 128;
        uint256 module = _judgeModule(levels, svn, body);
        (uint256 platform, uint256 sgx) = _matchPlatform(levels, svn, host);
        uint256 qe = _qeStatus(qeLevels, host.qeISVSVN());
        if (platform == 0 || module == 0 || qe == 0) revert ITDXErrors.TDXTCBLevelUnmatched();
        if (platform == REVOKED || module == REVOKED || qe == REVOKED)
            revert ITDXErrors.TDXTCBRevoked(uint8(platform), uint8(module), uint8(qe));
        status = _converge(platform, module);
        bool mayRelaunch = body.length == BODY_15_LENGTH && module == OUT_OF_DATE && qe != OUT_OF_DATE;
        if (mayRelaunch) status = _adviseRelaunch(status, sgx, levels, TDXQuote.word(body, 584) >> 128);
        return _converge(status, qe);
    }

    /// @return levels the count of levels, with the levels behind it
    function _open(address blob, HostAttributes memory host) private view returns (uint256 levels) {
        bytes memory data = CodeStorage.read(blob);
        bytes2 pceId;
        assembly ("memory-safe") {
            levels := add(data, 0x42)
            pceId := mload(add(data, 0x40))
        }
        if (pceId != host.pceId()) revert ITDXErrors.TDXPCEIdMismatch(host.pceId(), pceId);
    }

    /// @dev TDX 1.0 modules (version 0) answer to the document's own signer and have no levels.
    function _judgeModule(uint256 levels, uint256 svn, bytes calldata body) private pure returns (uint256) {
        uint256 version = _component(svn, 1);
        uint256 module = _findModule(levels, version);
        uint256 flags = (_word(module) >> 240) & 0xff;
        (uint256 high, uint256 low) = flags & 1 == 0
            ? (0, 0)
            : (_word(module + 2), _word(module + 34) >> 128);
        bool isSigner = TDXQuote.word(body, 64) == high && TDXQuote.word(body, 96) >> 128 == low;
        if (!isSigner || flags & 2 != 0) revert ITDXErrors.TDXModuleSignerMismatch();
        if (version == 0) return UP_TO_DATE;
        unchecked {
            uint256 own = _component(svn, 0);
            uint256 level = _moduleLevels(module, flags);
            for (uint256 left = _word(level) >> 248; left > 0; --left) {
                uint256 head = _word(++level) >> 240;
                if (own >= head >> 8) return head & 0xff;
                ++level;
            }
            return 0;
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
        unchecked {
            uint256 level = levels + 1;
            for (uint256 left = _word(levels) >> 248; left > 0; --left) {
                uint256 due = _word(level);
                uint256 rest = _word(level + 32) >> 232;
                uint256 difference = (own | HIGH) - (due & ~HIGH);
                uint256 reached = ((own & ~due) | (~(own ^ due) & difference)) & HIGH;
                if (pceSVN >= rest >> 8 && reached >> 128 == HIGH >> 128) {
                    if (sgx == 0) sgx = rest & 0xff;
                    if (reached == HIGH) return (rest & 0xff, sgx);
                }
                level += LEVEL_LENGTH;
            }
        }
    }

    function _qeStatus(uint256 qeLevels, uint256 isvsvn) private pure returns (uint256) {
        for (; qeLevels != 0; qeLevels >>= 20)
            if (isvsvn >= (qeLevels >> 4) & type(uint16).max) return qeLevels & 0xf;
        return 0;
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
        uint256 sgx,
        uint256 levels,
        uint256 current
    ) private pure returns (uint256) {
        bool isBehind = status == OUT_OF_DATE || status == OUT_OF_DATE_CONFIGURATION;
        if (sgx > CONFIGURATION_AND_SW || !isBehind) return status;
        // TDX components of the newest level.
        uint256 latest = _word(levels + 17) >> 128;
        uint256 due = _component(latest, 0);
        uint256 version = _component(current, 1);
        if (version != 0) {
            uint256 module = _findModule(levels, version);
            due = _word(_moduleLevels(module, _word(module) >> 240) + 1) >> 248;
        }
        if (_component(current, 0) < due || _component(current, 2) < _component(latest, 2)) return status;
        bool needsConfiguration = sgx >= CONFIGURATION || status == OUT_OF_DATE_CONFIGURATION;
        return needsConfiguration ? RELAUNCH_CONFIGURATION : RELAUNCH;
    }

    function _findModule(uint256 levels, uint256 version) private pure returns (uint256 module) {
        unchecked {
            uint256 modules = levels + 1 + LEVEL_LENGTH * (_word(levels) >> 248);
            module = modules + 1;
            for (uint256 left = _word(modules) >> 248; left > 0; --left) {
                uint256 head = _word(module);
                if (head >> 248 == version) return module;
                uint256 own = _moduleLevels(module, head >> 240);
                module = own + 1 + 2 * (_word(own) >> 248);
            }
        }
        revert ITDXErrors.TDXModuleUnknown(uint8(version));
    }

    /// @return the count of a module's levels, with the levels behind it
    function _moduleLevels(uint256 module, uint256 flags) private pure returns (uint256) {
        unchecked {
            return module + 2 + (flags & 1) * SIGNER_LENGTH;
        }
    }

    /// @dev Component `index` of sixteen, the first in the highest byte.
    function _component(uint256 components, uint256 index) private pure returns (uint256) {
        unchecked {
            return (components >> (120 - 8 * index)) & 0xff;
        }
    }

    function _word(uint256 from) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(from)
        }
    }
}
