// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Binding} from "../../../../contracts/registration/Binding.sol";
import {AKTrust, CertifiedKey, QuoteClaims, TEEClaims} from "../../../../contracts/types/Claims.sol";
import {
    CVMIdentity,
    KeyCertification,
    MeasureablePcr,
    WorkloadCollaterals
} from "../../../../contracts/types/Evidence.sol";

/// @notice Evidence of GCP TDX machines that the Stub* verifiers believe, as stub-evidence.ts makes it.
abstract contract StubEvidence {
    uint40 private constant FAR = 4_000_000_000;
    bytes32 private constant SELECTION = bytes32(uint256(0x52));
    bytes32 private constant STATEMENT = bytes32(uint256(0x51));
    bytes32 private constant NAME = bytes32(uint256(0x53));
    bytes32 private constant POLICY = bytes32(uint256(0x58));
    bytes32 internal constant TEE_MEASUREMENT = bytes32(uint256(0x54));

    /// @param x its public key
    /// @param long spelled in 65 bytes
    struct Spelled {
        bytes32 x;
        bytes32 y;
        bool long;
    }

    /// @param age blocks between anchor and head, 0 when un-anchored
    /// @param statement 0 in re-attestations
    struct Form {
        uint256 ak;
        Spelled key;
        uint256 age;
        bool certified;
        bytes32 statement;
    }

    function _data(Spelled memory key) internal pure returns (bytes memory) {
        return key.long ? abi.encodePacked(bytes1(0x04), key.x, key.y) : abi.encodePacked(key.x, key.y);
    }

    function _hash(Spelled memory key) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(uint16(0x18), uint16(3), uint16(0xb), _data(key)));
    }

    function _akPublic(uint256 ak) internal pure returns (bytes memory) {
        return abi.encodePacked(keccak256(abi.encode("AK", ak)), keccak256(abi.encode("AK of", ak)));
    }

    function _akId(uint256 ak) internal pure returns (bytes32) {
        return keccak256(_akPublic(ak));
    }

    function _anchor(Form memory form, address registry) private view returns (Binding.Anchor memory anchor) {
        if (form.age == 0) return anchor;
        uint64 number = uint64(block.number - form.age);
        Binding.Request memory request = Binding.Request(
            1,
            1,
            1,
            SELECTION,
            form.certified ? NAME : bytes32(0)
        );
        anchor = Binding.Anchor(
            block.chainid,
            registry,
            number,
            blockhash(number),
            Binding.requestHash(request, true)
        );
    }

    function _report(Form memory form, address registry) internal view returns (bytes memory) {
        TEEClaims memory claims;
        claims.statementId = STATEMENT;
        claims.teeMeasurement = TEE_MEASUREMENT;
        claims.reportDataHead = Binding.reportData(_akId(form.ak), _hash(form.key), _anchor(form, registry));
        claims.validUntil = FAR;
        claims.tcbStatus = 1;
        return abi.encode(claims);
    }

    function _collaterals(
        Form memory form,
        address registry
    ) internal view returns (WorkloadCollaterals memory wc) {
        Binding.Anchor memory anchor = _anchor(form, registry);
        bytes memory extra = abi.encodePacked(bytes1(0xff), _hash(form.key));
        if (form.age != 0)
            extra = abi.encodePacked(extra, anchor.blockNumber, Binding.anchorDigest(anchor, form.statement));
        wc.tpmQuote = abi.encode(
            QuoteClaims(extra, SELECTION, bytes32(uint256(0x57)), 1, POLICY, bytes32(0))
        );
        wc.tpmSignature = hex"01";
        wc.pcrs = new MeasureablePcr[](0);
        wc.certs = new bytes[](1);
        wc.certs[0] = abi.encode(_akPublic(form.ak), AKTrust(1, true, FAR));
        wc.cvmIdentity = CVMIdentity(0x18, 3, 0xb, _data(form.key));
        if (form.statement == 0) wc.reportId = abi.encodePacked(TEE_MEASUREMENT);
    }

    function _certification(Form memory form) internal pure returns (KeyCertification memory) {
        bytes memory attest = abi.encode(CertifiedKey(NAME, form.key.x, form.key.y, 0x00040032, POLICY));
        return KeyCertification(hex"01", attest, hex"01");
    }

    function _statement() internal pure returns (bytes32) {
        return STATEMENT;
    }
}
