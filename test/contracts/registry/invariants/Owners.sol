// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {OneTimeApplication} from "../../../../contracts/mocks/OneTimeApplication.sol";
import {ICVMApplication} from "../../../../contracts/interfaces/ICVMApplication.sol";
import {Floor} from "../../../../contracts/policy/Floor.sol";
import {FloorModel} from "./FloorModel.sol";

/// @notice Acts of the owner of an application, its publisher and its endorser, and of strangers who try them.
abstract contract Owners is FloorModel {
    uint256 private constant ENDORSERS = 0xe0;

    OneTimeApplication public immutable app = new OneTimeApplication(registry, address(this));
    ICVMApplication.MessageFormat internal _format;
    uint256 private _endorser;

    function setFloor(uint256 seed) external ticks(seed) {
        // Lowered in half of the floors, then changed this way and that.
        Floor memory f = seed % 2 == 0 ? _lowest() : _strictest();
        uint256 changes = _mix(seed, "changes") % 4;
        for (uint256 i = 0; i < changes; ++i) _change(f, _mix(seed, bytes32(i)));
        _setFloor(f);
    }

    function _setFloor(Floor memory f) internal {
        app.setFloor(f);
        _floor = f;
        _accept("set floor");
    }

    function setFormat(uint256 seed) external ticks(seed) {
        _setFormat(ICVMApplication.MessageFormat(seed % 3));
    }

    function _setFormat(ICVMApplication.MessageFormat format) internal {
        _format = format;
        app.setMessageFormat(format);
        _accept("set format");
    }

    /// @dev Of a record that there is, mostly. By the owner, or by who is a publisher or was.
    function setGolden(uint256 id, uint256 seed) external ticks(seed) {
        bytes32 measurement = _record(_pickInOrder(id)).measurementHash;
        if (measurement == 0) return;
        uint40 now_ = uint40(block.timestamp);
        Window memory window = Window(now_, type(uint40).max);
        uint256 kind = _mix(seed, "kind") % 4;
        if (kind == 0) window = Window(now_ + uint40(seed % 100), now_ + 100 + uint40(seed % 10 days));
        if (kind == 1) window = Window(now_ - 100, now_ + 1 + uint40(seed % 3 days));
        if (seed % 2 == 0) return _setGolden(measurement, window);
        app.setPublisher(address(_friends[0]), _mix(seed, "publisher") % 3 != 0);
        if (_friends[0].send(address(app), _goldenCall(measurement, window)))
            _noteGolden(measurement, window, app.isPublisher(address(_friends[0])));
        else if (app.isPublisher(address(_friends[0]))) _break("a publisher may too little");
    }

    function _setGolden(bytes32 measurement, Window memory window) internal {
        (bool ok, ) = address(app).call(_goldenCall(measurement, window));
        if (!ok) _break("an owner may too little");
        _noteGolden(measurement, window, true);
    }

    function _noteGolden(bytes32 measurement, Window memory window, bool may) private {
        if (!may) _break("a publisher may too much");
        if (_golden[measurement].until == 0) _measurements.push(measurement);
        _golden[measurement] = window;
        _accept("set golden");
    }

    function _goldenCall(bytes32 measurement, Window memory window) private pure returns (bytes memory) {
        return
            abi.encodeWithSignature(
                "addGoldenMeasurement(bytes32,uint40,uint40)",
                measurement,
                window.from,
                window.until
            );
    }

    function removeGolden(uint256 id, uint256 seed) external ticks(seed) {
        bytes32 measurement = _record(_pick(id)).measurementHash;
        app.removeGoldenMeasurement(measurement);
        delete _golden[measurement];
        _accept("remove golden");
    }

    /// @dev What is so already as well.
    function listPlatform(uint256 platform, uint256 seed) external ticks(seed) {
        bytes32 platformId = _platform(platform);
        uint256 act = _mix(seed, "list") % 4;
        if (act != 0) {
            bool isOn = _mix(seed, "on") % 2 == 0;
            app.admitPlatform(platformId, isOn);
            _listings[platformId].isAdmitted = isOn;
            _accept("admit platform");
        }
        if (act != 1) _deny(platformId, _mix(seed, "off") % 2 == 0);
    }

    function _deny(bytes32 platformId, bool isOn) internal {
        app.denyPlatform(platformId, isOn);
        _listings[platformId].isDenied = isOn;
        _accept("deny platform");
    }

    function setEndorser(uint256 seed) external ticks(seed) {
        _setEndorser(seed);
    }

    function _setEndorser(uint256 seed) private {
        _endorser = ENDORSERS + (seed % 2);
        app.setEndorser(VM.addr(_endorser));
        ++_term;
        _accept("set endorser");
    }

    /// @dev By the endorser, another, for another application, or of an endorsement that was brought before.
    function endorse(uint256 platform, uint256 seed) external ticks(seed) {
        bytes32 platformId = _platform(platform);
        uint256 flaw = _mix(seed, "flaw") % 8;
        if (flaw < 3) _bringEndorsement(platformId, seed, flaw);
        if (flaw == 3) return;
        if (_endorser == 0) _setEndorser(seed);
        _bringEndorsement(platformId, seed, 3);
        if (flaw < 5) _bringEndorsement(platformId, seed, 0);
        if (flaw == 4) return;
        Listing storage listing = _listings[platformId];
        app.revokeEndorsement(platformId);
        (listing.endorsedUntil, listing.term) = (0, _term);
        ++listing.nonce;
        _accept("revoke endorsement");
    }

    function _bringEndorsement(bytes32 platformId, uint256 seed, uint256 flaw) private {
        Listing storage listing = _listings[platformId];
        if (flaw == 0 && listing.nonce == 0) return;
        uint64 until = uint64(block.timestamp + 1 + (seed % 5 days));
        bytes memory signature = _endorsement(
            flaw == 1 ? ENDORSERS + 2 : _endorser,
            flaw == 2 ? address(this) : address(app),
            keccak256(
                abi.encode(
                    keccak256("PlatformEndorsement(bytes32 platformId,uint64 validUntil,uint256 nonce)"),
                    platformId,
                    until,
                    flaw == 0 ? listing.nonce - 1 : listing.nonce
                )
            )
        );
        bytes memory data = abi.encodeCall(app.endorsePlatform, (platformId, until, signature));
        if (!stranger.send(address(app), data)) return;
        if (flaw < 3 || _endorser == 0) _break("an endorsement counts that nobody gave");
        (listing.endorsedUntil, listing.term) = (until, _term);
        ++listing.nonce;
        _accept("endorse");
    }

    function actAsStrangerOwner(uint256 id, uint256 seed) external ticks(seed) {
        uint256 act = _mix(seed, "owner") % 6;
        bytes32 measurement = _record(_pick(id)).measurementHash;
        bytes memory data = abi.encodeCall(app.setFloor, (_floor));
        if (act == 1) data = abi.encodeCall(app.setMessageFormat, (ICVMApplication.MessageFormat.Raw));
        if (act == 2) data = abi.encodeWithSignature("addGoldenMeasurement(bytes32)", measurement);
        if (act == 3) data = abi.encodeCall(app.admitPlatform, (PLATFORM_A, true));
        if (act == 4) data = abi.encodeCall(app.setEndorser, (address(stranger)));
        if (act == 5) data = abi.encodeCall(app.setPublisher, (address(stranger), true));
        if (stranger.send(address(app), data)) _break("a stranger owns an application");
    }

    /// @dev EIP-712, domain of contracts/policy/PlatformPolicy.sol.
    function _endorsement(
        uint256 secret,
        address verifier,
        bytes32 struct_
    ) private view returns (bytes memory) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256(
                    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
                ),
                keccak256("CVMApplication"),
                keccak256("1"),
                block.chainid,
                verifier
            )
        );
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", domain, struct_));
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(secret == 0 ? ENDORSERS : secret, digest);
        return abi.encodePacked(r, s, v);
    }
}
