// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// JSON literals are full of double quotes.
/* solhint-disable quotes */

import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";

/// @notice The cheatcodes that are used.
interface IVm {
    function warp(uint256) external;
    function roll(uint256) external;
    function envOr(string calldata, uint256) external view returns (uint256);
    function getBlockNumber() external view returns (uint256);
    function getBlockTimestamp() external view returns (uint256);
    function sign(uint256, bytes32) external pure returns (uint8, bytes32, bytes32);
    function addr(uint256) external pure returns (address);
    function signP256(uint256, bytes32) external pure returns (bytes32, bytes32);
    function publicKeyP256(uint256) external pure returns (uint256, uint256);
}

/// @notice The machines of the fuzzer: three with a TPM of three identity keys, the third on Azure, and two without, which
/// can but quote the keys of others. Keys and AKs that are used up make place for new ones.
abstract contract StubMachines {
    IVm internal constant VM = IVm(address(uint160(uint256(keccak256("hevm cheat code")))));
    uint40 internal constant FAR = 4_000_000_000;
    uint256 public constant KEYS = 9;
    uint256 public constant IDS = 2 * KEYS;
    uint256 public constant AKS = 5;
    uint256 internal constant TPMS = 3;
    uint256 internal constant SQUATTER = 3;
    uint256 internal constant NEWCOMER = 4;
    // From an identity to the next of its TPM in the same spelling.
    uint256 internal constant NEXT = 2 * TPMS;
    uint256 private constant AZURE_AK = 2;
    uint256 private constant AK_SECRETS = 1_000_000;
    bytes private constant CONFIGURATION = '"secure-boot":true,';
    bytes32 internal constant CONFIGURATION_DIGEST = keccak256(CONFIGURATION);

    /// @param x its public key
    /// @param long spelled in 65 bytes
    struct Spelled {
        bytes32 x;
        bytes32 y;
        bool long;
    }

    struct Class {
        uint8 cloud;
        uint8 tee;
        uint8 reportType;
    }

    // Points are slow to compute. Even numbers are short spellings.
    Spelled[IDS] internal _spelled;
    bytes32[IDS] public hashOf;
    bytes[AKS] private _akPublics;
    uint256[KEYS] private _secrets;
    uint256 private _made;
    Class[] internal _classes;

    constructor() {
        for (uint256 key = 0; key < KEYS; ++key) _makeKey(key);
        for (uint256 ak = 0; ak < AKS; ++ak) _makeAK(ak);
        // GCP and bare metal, then Azure.
        _classes.push(Class(1, 1, 1));
        _classes.push(Class(1, 2, 1));
        _classes.push(Class(4, 2, 1));
        _classes.push(Class(1, 1, 3));
        _classes.push(Class(2, 1, 1));
        _classes.push(Class(2, 2, 1));
    }

    function _makeKey(uint256 key) internal virtual {
        _secrets[key] = ++_made;
        (uint256 x, uint256 y) = VM.publicKeyP256(_made);
        for (uint256 id = 2 * key; id < 2 * key + 2; ++id) {
            _spelled[id] = Spelled(bytes32(x), bytes32(y), id % 2 == 1);
            hashOf[id] = _hash(_spelled[id]);
        }
    }

    function _makeAK(uint256 ak) internal virtual {
        (uint256 x, uint256 y) = VM.publicKeyP256(AK_SECRETS + ++_made);
        bytes memory point = abi.encodePacked(x, y);
        _akPublics[ak] = ak == AZURE_AK ? bytes.concat(point, point, point, point) : point;
    }

    function _secretOf(uint256 id) internal view returns (uint256) {
        return _secrets[id / 2];
    }

    /// @dev Whether a key lives in the TPM of an AK: only there it can be certified.
    function _isInTPM(uint256 id, uint256 ak) internal pure returns (bool) {
        return (id / 2) % TPMS == ak;
    }

    function _classOf(uint256 ak, uint256 seed) internal view returns (Class memory) {
        if (ak == AZURE_AK) return _classes[4 + (seed % 2)];
        return _classes[seed < 4 ? seed : ak % 4];
    }

    function _data(Spelled memory key) internal pure returns (bytes memory) {
        return key.long ? abi.encodePacked(bytes1(0x04), key.x, key.y) : abi.encodePacked(key.x, key.y);
    }

    function _hash(Spelled memory key) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(uint16(0x18), uint16(3), uint16(0xb), _data(key)));
    }

    function _akPublic(uint256 ak) internal view returns (bytes memory) {
        return _akPublics[ak];
    }

    function _akId(uint256 ak) internal view returns (bytes32) {
        return keccak256(_akPublics[ak]);
    }

    function _akKey(uint256 ak) internal view returns (uint256) {
        return uint256(_akId(ak)) >> 96;
    }

    /// @dev Azure's runtime claims in the layout of contracts/evidence/RuntimeClaims.sol.
    function _claims(bytes32 userData) internal view returns (bytes memory) {
        bytes memory head = abi.encodePacked(
            '{"keys":[{"kid":"HCLAkPub","key_ops":["sign"],"kty":"RSA","e":"AQAB","n":"',
            Base64.encodeURL(_akPublics[AZURE_AK]),
            '"',
            new bytes(416),
            '"vm-configuration":{'
        );
        bytes memory tail = abi.encodePacked('"vmUniqueId"', new bytes(41), '"user-data":"');
        return abi.encodePacked(head, CONFIGURATION, tail, _hex(userData), _hex(bytes32(0)), '"}');
    }

    function _hex(bytes32 word) private pure returns (bytes memory digits) {
        digits = new bytes(64);
        for (uint256 i = 0; i < 64; ++i)
            digits[i] = bytes16("0123456789abcdef")[(uint256(word) >> (252 - 4 * i)) & 15];
    }
}
