// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {OneTimeApplication} from "../../../../contracts/mocks/OneTimeApplication.sol";
import {ICVMApplication} from "../../../../contracts/interfaces/ICVMApplication.sol";
import {Floor} from "../../../../contracts/policy/Floor.sol";
import {CVMRecord} from "../../../../contracts/types/Claims.sol";
import {Owners} from "./Owners.sol";

/// @notice Messages that count once (protocol §10), written by keys and brought by anybody, in any order, at any time and
/// to either of two applications.
/// @dev Counts uses by key and application, from what was accepted alone: a key's spellings count together.
abstract contract Messages is Owners {
    enum Slip {
        None,
        Later,
        Earlier,
        Expired,
        OtherApplication,
        OtherChain,
        OtherFormat,
        OtherKey
    }

    /// @param id as the key was spelled when it wrote
    struct Message {
        bytes32 id;
        bytes32 x;
        address application;
        uint256 nonce;
        uint64 deadline;
        ICVMApplication.MessageFormat format;
        Slip slip;
        bytes data;
        bytes signature;
    }

    bytes private constant PREFIX = "CVM_WORKLOAD_USER_MESSAGE";
    uint256 private constant LATE = 8;
    bytes private constant REST = "pay 5";
    // Whose floor stays low.
    OneTimeApplication public immutable other = new OneTimeApplication(registry, address(this));
    mapping(address application => mapping(bytes32 x => uint256)) public uses;
    Message[] private _written;

    constructor() {
        other.setFloor(_lowest());
    }

    /// @dev With slips, then without, and once more; another waits for what happens to its writer.
    function useMessage(uint256 id, uint256 seed) external ticks(seed) {
        id = this.admit(_mix(id, "machine") % TPMS, seed);
        address to = _mix(seed, "application") % 4 == 0 ? address(other) : address(app);
        _bring(_write(id, to, seed, Slip(1 + (_mix(seed, "time") % 3))), to, hashOf[id], seed);
        _bring(_write(id, to, seed, Slip(4 + (_mix(seed, "slip") % 4))), to, hashOf[id], seed);
        uint256 number = _write(id, to, seed, Slip.None);
        for (uint256 i = 0; i < 2; ++i) _bring(number, to, hashOf[id], seed);
        if (_mix(seed, "waits") % 2 != 0) return;
        uint256 late = _write(id, to, seed, Slip.None);
        this.befall(id, seed);
        for (uint256 i = 0; i < 4; ++i) this.bring(i < 2 ? late : number, to, hashOf[id ^ (i % 2)], seed);
    }

    /// @dev What was written before, used or not, for its writer in either spelling, once it is good enough again.
    function bringAgain(uint256 number, uint256 seed) external ticks(seed) {
        if (_written.length == 0) return;
        uint256 late = _mix(number, "late") % 2 == 0 && _written.length > LATE ? LATE : _written.length;
        number = _written.length - 1 - (_mix(number, "written") % late);
        Message storage message = _written[number];
        uint256 id = _idOf(message.id);
        if (id == IDS) return this.bring(number, message.application, message.id, seed);
        this.admitAgain(id, seed);
        address to = _mix(seed, "application") % 8 == 0 ? address(other) : message.application;
        for (uint256 spelling = id ^ 1; ; spelling = id) {
            this.bring(number, to, hashOf[spelling], seed);
            if (spelling == id) return;
        }
    }

    /// @dev Denials are counted: that of one platform stands when that of the other is lifted.
    function denyPlatforms(uint256 ak, uint256 seed) external ticks(seed) {
        bytes32 platformId = _record(this.admit(_mix(ak, "machine") % TPMS, seed)).platformId;
        if (platformId == 0) return;
        bytes32 another = platformId == PLATFORM_A ? PLATFORM_B : PLATFORM_A;
        _deny(another, true);
        _deny(platformId, true);
        _deny(another, false);
    }

    // --- steps ---

    function bring(uint256 number, address to, bytes32 id, uint256 seed) external {
        _bring(number, to, id, seed);
    }

    /// @return id of a machine in order that both applications admit
    function admit(uint256 ak, uint256 seed) external returns (uint256 id) {
        id = this.putInOrder(ak, seed);
        this.admitRecord(id);
    }

    function admitRecord(uint256 id) external {
        CVMRecord memory r = _record(id);
        Window memory window = Window(uint40(block.timestamp), type(uint40).max);
        if (!isGoodEnough(id)) {
            Floor memory f = _lowest();
            f.tpmFresh = false;
            _setFloor(f);
            _setGolden(r.measurementHash, window);
            if (_listings[r.platformId].isDenied) _deny(r.platformId, false);
        }
        other.addGoldenMeasurement(r.measurementHash, window.from, window.until);
        if (_format == ICVMApplication.MessageFormat.Raw) _setFormat(ICVMApplication.MessageFormat.Envelope);
        if (!isGoodEnough(id)) _break("what the owner admits is not good enough");
    }

    /// @notice Deleted keys are attested again; a retired one is gone for ever.
    function admitAgain(uint256 id, uint256 seed) external {
        uint256 ak = (id / 2) % TPMS;
        if (_mix(seed, "as it is") % 4 == 0) return;
        this.putInOrder(ak, seed);
        for (uint256 i = 0; i < 2; ++i) if (_ownOf(ak) == id ^ i) return this.admitRecord(id ^ i);
        if (!_isFree(id, ak)) return;
        this.attestTruly(ak, id, seed);
        this.putInOrder(ak, seed);
        this.admitRecord(id);
    }

    /// @notice What may happen between writing and use.
    function befall(uint256 id, uint256 seed) external {
        uint256 event_ = _mix(seed, "event") % 9;
        uint256 ak = (id / 2) % TPMS;
        if (event_ == 0) _suspend(id);
        if (event_ == 1) _revoke(id, false);
        if (event_ == 2) this.reattestTruly(id, this.nextKey(ak, seed), true);
        if (event_ == 3) this.attestTruly(ak, this.nextKey(ak, seed), seed);
        if (event_ == 4) this.attestUnprovenOr(ak, id, seed, true);
        if (event_ == 5) VM.warp(VM.getBlockTimestamp() + 12 days);
        if (event_ == 6 && _record(id).platformId != 0) _setPlatformRevoked(_record(id).platformId, true);
        if (event_ == 7) {
            this.makeAgain(ak, seed);
            this.admitAgain(id, seed);
        }
        if (event_ == 8) _setFormat(ICVMApplication.MessageFormat(seed % 3));
    }

    function _write(uint256 id, address to, uint256 seed, Slip slip) private returns (uint256 number) {
        Message storage m = _written.push();
        number = _written.length - 1;
        (m.id, m.x, m.application, m.slip) = (hashOf[id], _spelled[id].x, to, slip);
        m.nonce = uses[to][m.x];
        if (slip == Slip.Later) m.nonce += 1 + (seed % 2);
        if (slip == Slip.Earlier && m.nonce != 0) --m.nonce;
        m.deadline = uint64(block.timestamp + (_mix(seed, "deadline") % 3 days));
        if (slip == Slip.Expired) m.deadline = uint64(block.timestamp - 1);
        if (slip == Slip.OtherApplication) m.application = to == address(app) ? address(other) : address(app);
        bool isEnvelope = to == address(other) || _format == ICVMApplication.MessageFormat.Envelope;
        if (slip == Slip.OtherFormat) isEnvelope = !isEnvelope;
        m.format = ICVMApplication.MessageFormat(isEnvelope ? 0 : 1);
        uint256 chain = slip == Slip.OtherChain ? block.chainid + 1 : block.chainid;
        bytes memory head = isEnvelope ? abi.encodePacked(chain) : abi.encodePacked(uint16(chain));
        m.data = abi.encodePacked(PREFIX, head, m.application, m.nonce, m.deadline, REST);
        m.signature = _sign(slip == Slip.OtherKey ? FORGER : _secretOf(id), m.data);
    }

    /// @dev By whoever sends it: what was said, to whom and when decides alone.
    function _bring(uint256 number, address to, bytes32 id, uint256 seed) private {
        Message storage m = _written[number];
        bool due = _isDue(m, to, id);
        bytes memory data = abi.encodeCall(app.useCVMSignature, (id, m.data, m.signature));
        uint256 nonce = OneTimeApplication(to).messageNonce(id);
        bool ok;
        bytes memory answer;
        if (_mix(seed, "sender") % 2 == 0) ok = stranger.send(to, data);
        else {
            (ok, answer) = to.call(data);
            if (ok && keccak256(abi.decode(answer, (bytes))) != keccak256(REST))
                _break("a message says something else");
        }
        if (ok && !due) _break("a message counts that should not");
        if (due && !ok) _break("a message that should count does not");
        if (OneTimeApplication(to).messageNonce(id) != nonce + (ok ? 1 : 0)) _break("a use was not counted");
        if (!ok && OneTimeApplication(to).checkCVMSignature(id, m.data, m.signature))
            _accept(m.nonce < uses[to][m.x] ? bytes32("message again") : bytes32("message not now"));
        if (!ok) return;
        ++uses[to][m.x];
        _accept(m.id == id ? bytes32("use message") : bytes32("use other spelling"));
    }

    function _isDue(Message storage m, address to, bytes32 id) private view returns (bool) {
        if (m.application != to || m.slip == Slip.OtherChain || m.slip == Slip.OtherKey) return false;
        if (m.nonce != uses[to][m.x] || block.timestamp > m.deadline) return false;
        uint256 number = _idOf(id);
        if (number == IDS || _record(number).keyX != m.x) return false;
        if (to == address(app)) return _format == m.format && isGoodEnough(number);
        // Of the other's records nothing but its own answer is known.
        return other.checkCVMSignature(id, m.data, m.signature);
    }
}
