// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITDXErrors} from "../interfaces/ITDXErrors.sol";
import {HostAttributes} from "../tee/tdx/HostAttributes.sol";

/// @title TCB matching byte by byte, for comparison with TCBLevels
/// @dev Written after Intel's library and the layout of the blob alone: no words, no masks, checked arithmetic.
library PlainTCBLevels {
    uint256 private constant UP_TO_DATE = 1;
    uint256 private constant SW_HARDENING = 2;
    uint256 private constant CONFIGURATION = 3;
    uint256 private constant CONFIGURATION_SW = 4;
    uint256 private constant OUT_OF_DATE = 5;
    uint256 private constant OUT_OF_DATE_CONFIGURATION = 6;
    uint256 private constant REVOKED = 9;

    struct Statuses {
        uint256 platform;
        uint256 sgx;
        uint256 module;
        uint256 qe;
    }

    function judge(
        bytes calldata blob,
        bytes calldata body,
        HostAttributes memory host,
        uint256 qeLevels
    ) internal pure returns (uint256 status) {
        if (bytes2(blob[32:34]) != host.pceId())
            revert ITDXErrors.TDXPCEIdMismatch(host.pceId(), bytes2(blob[32:34]));
        Statuses memory found;
        found.module = _judgeModule(blob, body);
        (found.platform, found.sgx) = _matchPlatform(blob, body, host);
        found.qe = _matchQE(qeLevels, host.qeISVSVN());
        if (found.platform == 0 || found.module == 0 || found.qe == 0)
            revert ITDXErrors.TDXTCBLevelUnmatched();
        if (found.platform == REVOKED || found.module == REVOKED || found.qe == REVOKED)
            revert ITDXErrors.TDXTCBRevoked(uint8(found.platform), uint8(found.module), uint8(found.qe));
        status = _converge(found.platform, found.module);
        if (body.length == 648 && found.qe != OUT_OF_DATE)
            status = _relaunch(status, found, blob, body[584:600]);
        return _converge(status, found.qe);
    }

    function _judgeModule(bytes calldata blob, bytes calldata body) private pure returns (uint256) {
        uint8 version = uint8(body[1]);
        uint256 module = _findModule(blob, version);
        uint8 flags = uint8(blob[module + 1]);
        for (uint256 i = 0; i < 48; ++i) {
            bytes1 due = flags & 1 == 0 ? bytes1(0) : blob[module + 2 + i];
            if (body[64 + i] != due) revert ITDXErrors.TDXModuleSignerMismatch();
        }
        if (flags & 2 != 0) revert ITDXErrors.TDXModuleSignerMismatch();
        if (version == 0) return UP_TO_DATE;
        uint256 levels = module + 2 + (flags & 1 == 0 ? 0 : 48);
        for (uint256 i = 0; i < uint8(blob[levels]); ++i)
            if (uint8(body[0]) >= uint8(blob[levels + 1 + 2 * i])) return uint8(blob[levels + 2 + 2 * i]);
        return 0;
    }

    function _matchPlatform(
        bytes calldata blob,
        bytes calldata body,
        HostAttributes memory host
    ) private pure returns (uint256 platform, uint256 sgx) {
        bytes memory own = abi.encodePacked(uint128(host.componentSVNs()), body[:16]);
        uint256 first = uint8(body[1]) > 0 ? 2 : 0;
        for (uint256 level = 0; level < uint8(blob[34]); ++level) {
            uint256 start = 35 + 35 * level;
            bool isReached = host.pceSVN() >= uint16(bytes2(blob[start + 32:start + 34]));
            for (uint256 i = 0; i < 16; ++i) isReached = isReached && own[i] >= blob[start + i];
            if (!isReached) continue;
            if (sgx == 0) sgx = uint8(blob[start + 34]);
            for (uint256 i = first; i < 16; ++i) isReached = isReached && own[16 + i] >= blob[start + 16 + i];
            if (isReached) return (uint8(blob[start + 34]), sgx);
        }
    }

    function _matchQE(uint256 qeLevels, uint256 isvsvn) private pure returns (uint256) {
        for (uint256 i = 0; i < 8; ++i) {
            uint256 level = (qeLevels >> (20 * i)) % (1 << 20);
            if (level == 0) return 0;
            if (isvsvn >= level / 16) return level % 16;
        }
        return 0;
    }

    function _converge(uint256 status, uint256 other) private pure returns (uint256) {
        if (other != OUT_OF_DATE) return status;
        if (status == UP_TO_DATE || status == SW_HARDENING) return OUT_OF_DATE;
        if (status == CONFIGURATION || status == CONFIGURATION_SW) return OUT_OF_DATE_CONFIGURATION;
        return status;
    }

    function _relaunch(
        uint256 status,
        Statuses memory found,
        bytes calldata blob,
        bytes calldata current
    ) private pure returns (uint256) {
        bool isSgxCurrent = found.sgx >= UP_TO_DATE && found.sgx <= CONFIGURATION_SW;
        bool isBehind = status == OUT_OF_DATE || status == OUT_OF_DATE_CONFIGURATION;
        if (!isSgxCurrent || !isBehind || found.module != OUT_OF_DATE) return status;
        uint8 due = uint8(blob[35 + 16]);
        if (uint8(current[1]) != 0) {
            uint256 module = _findModule(blob, uint8(current[1]));
            due = uint8(blob[module + 3 + (uint8(blob[module + 1]) & 1 == 0 ? 0 : 48)]);
        }
        if (uint8(current[0]) < due || current[2] < blob[35 + 18]) return status;
        bool needsConfiguration =
            found.sgx == CONFIGURATION ||
                found.sgx == CONFIGURATION_SW ||
                status == OUT_OF_DATE_CONFIGURATION;
        return needsConfiguration ? 8 : 7;
    }

    function _findModule(bytes calldata blob, uint8 version) private pure returns (uint256 module) {
        module = 35 + 35 * uint256(uint8(blob[34]));
        uint256 count = uint8(blob[module]);
        ++module;
        for (uint256 i = 0; i < count; ++i) {
            if (uint8(blob[module]) == version) return module;
            module += 2 + (uint8(blob[module + 1]) & 1 == 0 ? 0 : 48);
            module += 1 + 2 * uint256(uint8(blob[module]));
        }
        revert ITDXErrors.TDXModuleUnknown(version);
    }
}
