// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CVMRegistry} from "../../../../contracts/CVMRegistry.sol";
import {CVMRecord} from "../../../../contracts/types/Claims.sol";
import {StubEvidence} from "./StubEvidence.sol";

/// @notice An account of somebody else: operator, publisher, or nobody.
contract Account {
    function send(address to, bytes calldata data) external returns (bool ok) {
        (ok, ) = to.call(data);
    }
}

/// @notice Who acts, and how acts are sent, signed and counted. `broken` names the first rule that did not hold.
abstract contract Actors is StubEvidence {
    CVMRegistry public immutable registry;
    Account internal immutable stranger = new Account();
    Account[2] internal _friends;
    string public broken;
    /// @notice Times that an act was accepted, by its name.
    mapping(bytes32 act => uint256) public accepted;
    uint256 public taken;
    bytes[] internal _sent;
    mapping(bytes4 selector => bytes[]) internal _sentTo;
    // Of no key that there is.
    uint256 internal constant FORGER = 999_999;

    constructor(CVMRegistry registry_) {
        registry = registry_;
        (_friends[0], _friends[1]) = (new Account(), new Account());
    }

    /// @dev Acts end in a block of their own three times out of four.
    modifier ticks(uint256 seed) {
        ++taken;
        _;
        if (_mix(seed, "tick") % 4 == 0) return;
        _pass(1);
    }

    /// @dev The fuzzer likes small numbers, whose bits say little.
    function _mix(uint256 seed, bytes32 what) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, what)));
    }

    function _send(bytes memory data) internal returns (bool ok) {
        (ok, ) = address(registry).call(data);
        if (!ok) return false;
        _sent.push(data);
        _sentTo[bytes4(data)].push(data);
    }

    /// @notice What the key of an identity signs for the registry, or what another key does.
    function _signed(
        uint256 id,
        bool isForged,
        bytes memory prefix,
        bytes memory fields
    ) internal view returns (bytes memory) {
        bytes memory message = abi.encodePacked(
            prefix,
            block.chainid,
            address(registry),
            registry.nonces(hashOf[id]),
            fields
        );
        return _sign(isForged ? FORGER : _secretOf(id), message);
    }

    function _sign(uint256 secret, bytes memory message) internal pure returns (bytes memory) {
        (bytes32 r, bytes32 s) = VM.signP256(secret, sha256(message));
        return abi.encodePacked(r, s);
    }

    /// @dev A live identity mostly: acts on others are refused, all alike.
    function _pick(uint256 seed) internal view returns (uint256 id) {
        id = _mix(seed, "identity") % IDS;
        if (seed % 8 == 0) return id;
        for (uint256 i = 0; i < IDS; ++i) {
            uint256 next = (id + i) % IDS;
            if (registry.hasRegistered(hashOf[next])) return next;
        }
    }

    function _record(uint256 id) internal view returns (CVMRecord memory) {
        return registry.getCvm(hashOf[id]);
    }

    /// @notice What an act needs: the machine serves a live and valid key of its TPM that nobody suspends.
    /// @dev Blocks pass, so that evidence may be newer than what was recorded. Called from without: see `_pass`.
    function putInOrder(uint256 ak, uint256 seed) public virtual returns (uint256 id);

    /// @dev Mostly a machine that was put in order.
    function _pickInOrder(uint256 seed) internal returns (uint256 id) {
        uint256 kind = _mix(seed, "machine");
        return kind % 8 == 0 ? _pick(seed) : this.putInOrder((kind / 8) % TPMS, seed);
    }

    /// @dev A compiler may read `block.number` once in a function: what passes blocks and then wants to know where it is
    /// calls itself from without.
    function _pass(uint256 blocks) internal {
        VM.roll(VM.getBlockNumber() + blocks);
        VM.warp(VM.getBlockTimestamp() + blocks);
    }

    /// @return id IDS when the hash is none of ours
    function _idOf(bytes32 hash) internal view returns (uint256 id) {
        while (id < IDS && hashOf[id] != hash) ++id;
    }

    function _accept(bytes32 act) internal {
        ++accepted[act];
    }

    function _break(string memory rule) internal {
        if (bytes(broken).length == 0) broken = rule;
    }
}
