// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AttestedOracle} from "../../../../contracts/examples/AttestedOracle.sol";
import {ICVMApplication} from "../../../../contracts/interfaces/ICVMApplication.sol";
import {Floor} from "../../../../contracts/policy/Floor.sol";
import {FloorModel} from "./FloorModel.sol";

/// @notice Acts of the owner of an application, its publisher and its endorser, and of strangers who try them.
abstract contract Owners is FloorModel {
    uint256 private constant ENDORSERS = 0xe0;

    AttestedOracle public immutable app = new AttestedOracle(registry, address(this));
    ICVMApplication.MessageFormat internal _format;
    uint256 private _endorser;

    function setFloor(uint256 seed) external ticks(seed) {
        Floor memory f = _strictest();
        uint256 changes = _mix(seed, "changes") % 4;
        // Lowered far enough for most records in half of the floors, then changed this way and that.
        if (seed % 2 == 0) {
            (f.clouds, f.reportTypes, f.keyProtection, f.pcrTrust) = (0xff, 0xff, 0, 0);
            (f.azurePcrTrust, f.teeFresh, f.gcpPCRs, f.azurePCRs, f.bareMetalPCRs) = (0, false, 0, 0, 0);
            (f.tcbStatuses, f.keyTypes, f.milanNeedsPlatform, f.binding) = (0xffff, 0xff, false, false);
        }
        for (uint256 i = 0; i < changes; ++i) _change(f, _mix(seed, bytes32(i)));
        app.setFloor(f);
        _floor = f;
        _accept("set floor");
    }

    function setFormat(uint256 seed) external ticks(seed) {
        _format = ICVMApplication.MessageFormat(seed % 3);
        app.setMessageFormat(_format);
        _accept("set format");
    }

    /// @dev Of a record that there is, mostly.
    function setGolden(uint256 id, uint256 seed) external ticks(seed) {
        bytes32 measurement = _record(_pick(id)).measurementHash;
        if (measurement == 0) return;
        uint40 now_ = uint40(block.timestamp);
        Window memory window = Window(now_, type(uint40).max);
        uint256 kind = _mix(seed, "kind") % 4;
        if (kind == 0) window = Window(now_ + uint40(seed % 100), now_ + 100 + uint40(seed % 10 days));
        if (kind == 1) window = Window(now_ - 100, now_ + uint40(seed % 3 days));
        bytes memory data = abi.encodeWithSignature(
            "addGoldenMeasurement(bytes32,uint40,uint40)",
            measurement,
            window.from,
            window.until
        );
        bool isPublisher = app.isPublisher(address(_friends[0]));
        bool ok = true;
        if (seed % 2 == 0) app.addGoldenMeasurement(measurement, window.from, window.until);
        else ok = _friends[0].send(address(app), data);
        if (ok != (seed % 2 == 0 || isPublisher)) _break("a publisher may too much or too little");
        if (!ok) return;
        _golden[measurement] = window;
        _accept("set golden");
    }

    function removeGolden(uint256 id, uint256 seed) external ticks(seed) {
        if (seed % 4 != 0) return;
        bytes32 measurement = _record(_pick(id)).measurementHash;
        app.removeGoldenMeasurement(measurement);
        delete _golden[measurement];
        _accept("remove golden");
    }

    function setPublisher(uint256 seed) external ticks(seed) {
        app.setPublisher(address(_friends[0]), seed % 2 == 0);
        _accept("set publisher");
    }

    function listPlatform(uint256 platform, uint256 seed) external ticks(seed) {
        bytes32 platformId = _platform(platform);
        bool isAdmission = seed % 2 == 0;
        bool isOn = _mix(seed, "on") % 2 == 0;
        if (isAdmission) {
            app.admitPlatform(platformId, isOn);
            _listings[platformId].isAdmitted = isOn;
        } else {
            app.denyPlatform(platformId, isOn);
            _listings[platformId].isDenied = isOn;
        }
        _accept(isAdmission ? bytes32("admit platform") : bytes32("deny platform"));
    }

    function setEndorser(uint256 seed) external ticks(seed) {
        _endorser = ENDORSERS + (seed % 2);
        app.setEndorser(VM.addr(_endorser));
        ++_term;
        _accept("set endorser");
    }

    /// @dev By the endorser, another, for another application, or of an endorsement that was brought before.
    function endorse(uint256 platform, uint256 seed) external ticks(seed) {
        bytes32 platformId = _platform(platform);
        Listing storage listing = _listings[platformId];
        uint256 flaw = _mix(seed, "flaw") % 8;
        if (flaw == 4) {
            app.revokeEndorsement(platformId);
            (listing.endorsedUntil, listing.term) = (0, _term);
            ++listing.nonce;
            return _accept("revoke endorsement");
        }
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

    /// @dev One field to anything.
    function _change(Floor memory f, uint256 seed) private pure {
        uint256 field = seed % 18;
        uint256 value = seed >> 8;
        if (field == 0) f.clouds = uint8(value);
        if (field == 1) f.reportTypes = uint8(value);
        if (field == 2) f.teeFresh = value % 2 == 0;
        if (field == 3) f.tpmFresh = value % 2 == 0;
        if (field == 4) f.keyProtection = uint8(value % 4);
        if (field == 5) f.pcrTrust = uint8(value % 4);
        if (field == 6) f.azurePcrTrust = uint8(value % 4);
        if (field == 7) f.binding = value % 2 == 0;
        if (field == 8) f.tcbStatuses = uint16(value);
        if (field == 9) f.keyTypes = uint8(value);
        if (field == 10) f.milanNeedsPlatform = value % 2 == 0;
        if (field == 11) f.gcpPCRs = uint24(1) << uint24(value % 24);
        if (field == 12) f.azurePCRs = uint24(1) << uint24(value % 24);
        if (field == 13) f.awsPCRs = uint24(value);
        if (field == 14) f.bareMetalPCRs = uint24(1) << uint24(value % 24);
        if (field == 15) f.teeMaxAge = uint24(value % 20 days);
        if (field == 16) f.tpmMaxAge = uint24(value % 20 days);
        if (field == 17) f.allNeedPlatform = value % 2 == 0;
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
