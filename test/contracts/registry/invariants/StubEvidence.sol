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
import {StubMachines} from "./StubMachines.sol";

/// @notice Evidence of machines that the Stub* verifiers believe, as stub-evidence.ts makes it; true, or with one flaw.
abstract contract StubEvidence is StubMachines {
    bytes32 private constant SELECTION = bytes32(uint256(0x52));
    bytes32 private constant STATEMENT = bytes32(uint256(0x51));
    bytes32 private constant NAME = bytes32(uint256(0x53));
    bytes32 private constant POLICY = bytes32(uint256(0x58));
    bytes32 internal constant PCR_MEASUREMENT = bytes32(uint256(0x57));

    /// @notice What whoever forges, splices or delays evidence gets wrong.
    enum Flaw {
        None,
        OtherBlock,
        OtherRegistry,
        OtherChain,
        OtherStatement,
        OtherRequest,
        OtherIdentity,
        OtherCertification,
        OtherTrust,
        Future,
        TooOld
    }

    /// @param age blocks between anchor and head, 0 when un-anchored
    /// @param certification of the key by the TPM: 0 none, 1 a key for any use, 2 one bound to PCRs
    /// @param chain of the AK: 0 none, 1 without the cloud's mark, 2 with it
    /// @param isTrusted what is known of the AK when this is judged
    /// @param isWhole false in re-attestations, which carry no TEE statement
    struct Form {
        uint256 ak;
        Spelled key;
        uint256 age;
        uint8 certification;
        uint8 chain;
        bool isTrusted;
        bool isWhole;
        bool namesAk;
        Class class;
        uint256 build;
        bytes32 platformId;
        uint40 validUntil;
        uint8 tcbStatus;
        uint8 keyType;
        uint8 product;
        uint24 pcrs;
        Flaw flaw;
    }

    function _isAzure(Form memory form) internal pure returns (bool) {
        return form.class.cloud == 2;
    }

    /// @notice The one that goes into the measurement.
    function _teeMeasurement(Form memory form) internal pure returns (bytes32) {
        bytes32 inner = bytes32(0x5400 + form.build);
        return _isAzure(form) ? keccak256(abi.encode(inner, CONFIGURATION_DIGEST)) : inner;
    }

    function _anchor(Form memory form, address registry) private view returns (Binding.Anchor memory anchor) {
        if (form.age == 0) return anchor;
        uint64 number = uint64(block.number - form.age);
        if (form.flaw == Flaw.Future) number = uint64(block.number + form.age - 1);
        if (form.flaw == Flaw.TooOld) number -= 256;
        bytes32 hash = blockhash(form.flaw == Flaw.OtherBlock ? number - 1 : number);
        bytes32 name = form.certification == 0 ? bytes32(0) : NAME;
        uint8 cloud = form.flaw == Flaw.OtherRequest ? form.class.cloud + 1 : form.class.cloud;
        Binding.Request memory request = Binding.Request(
            cloud,
            form.class.tee,
            form.class.reportType,
            SELECTION,
            name
        );
        bool isTrusted = form.isTrusted != (form.flaw == Flaw.OtherTrust);
        anchor = Binding.Anchor(
            form.flaw == Flaw.OtherChain ? block.chainid + 1 : block.chainid,
            form.flaw == Flaw.OtherRegistry ? address(1) : registry,
            number,
            hash,
            Binding.requestHash(request, isTrusted)
        );
    }

    function _named(Form memory form, address registry) private view returns (bytes32) {
        bytes32 akId = form.namesAk ? _akId(form.ak) : keccak256("another machine's AK");
        return Binding.reportData(akId, _hash(form.key), _anchor(form, registry));
    }

    function _report(Form memory form, address registry) internal view returns (bytes memory) {
        TEEClaims memory claims;
        claims.statementId = STATEMENT;
        claims.teeMeasurement = bytes32(0x5400 + form.build);
        claims.platformId = form.platformId;
        claims.reportDataHead = _named(form, registry);
        if (_isAzure(form)) claims.reportDataHead = sha256(_claims(claims.reportDataHead));
        claims.validUntil = form.validUntil;
        claims.tcbStatus = form.tcbStatus;
        claims.keyType = form.keyType;
        claims.product = form.product;
        return abi.encode(claims);
    }

    function _quote(Form memory form, address registry) private view returns (bytes memory) {
        bytes32 hash = _hash(form.key);
        bytes memory extra = abi.encodePacked(
            bytes1(0xff),
            form.flaw == Flaw.OtherIdentity ? keccak256(abi.encode(hash)) : hash
        );
        if (form.age != 0) {
            Binding.Anchor memory anchor = _anchor(form, registry);
            bytes32 statement = form.isWhole ? STATEMENT : bytes32(0);
            if (form.flaw == Flaw.OtherStatement) statement = keccak256("another machine's statement");
            extra = abi.encodePacked(extra, anchor.blockNumber, Binding.anchorDigest(anchor, statement));
        }
        return abi.encode(QuoteClaims(extra, SELECTION, PCR_MEASUREMENT, form.pcrs, POLICY, bytes32(0)));
    }

    function _collaterals(
        Form memory form,
        address registry
    ) internal view returns (WorkloadCollaterals memory wc) {
        wc.tpmQuote = _quote(form, registry);
        wc.tpmSignature = hex"01";
        wc.pcrs = new MeasureablePcr[](0);
        wc.certs = new bytes[](form.chain == 0 ? 0 : 1);
        AKTrust memory trust = AKTrust(form.class.cloud, form.chain == 2, FAR);
        if (form.chain != 0) wc.certs[0] = abi.encode(_akPublic(form.ak), trust);
        if (_isAzure(form) && form.isWhole) wc.akPub = _claims(_named(form, registry));
        else if (form.chain == 0) wc.akPub = _akPublic(form.ak);
        wc.cvmIdentity = CVMIdentity(0x18, 3, 0xb, _data(form.key));
        if (!form.isWhole) wc.reportId = abi.encodePacked(_teeMeasurement(form));
    }

    /// @dev 0x00040472 is upstream's: a key whose use needs no policy.
    function _certification(Form memory form) internal pure returns (KeyCertification memory) {
        uint32 attributes = form.certification == 2 ? 0x00040032 : 0x00040472;
        bytes32 x = form.flaw == Flaw.OtherCertification ? form.key.y : form.key.x;
        bytes memory attest = abi.encode(CertifiedKey(NAME, x, form.key.y, attributes, POLICY));
        return KeyCertification(hex"01", attest, hex"01");
    }
}
