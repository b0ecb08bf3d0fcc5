// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISNPErrors} from "../interfaces/ISNPErrors.sol";
import {LittleEndian} from "./LittleEndian.sol";

/// @title SEV-SNP attestation report
/// @notice Its form, its fields and what its bytes are condensed to (protocol §3, §6). Nothing here says that a report
/// is genuine. Every function but `requireForm` wants a report that has passed it.
/// @dev AMD 56860, ATTESTATION_REPORT; integers are little-endian:
/// | at | bytes | | at | bytes | |
/// |---|---|---|---|---|---|
/// | 0x000 | 4 | version | 0x0e0 | 48 | idKeyDigest |
/// | 0x004 | 4 | guestSvn | 0x110 | 48 | authorKeyDigest |
/// | 0x008 | 8 | policy | 0x140 | 32 | reportId |
/// | 0x010 | 16 | familyId | 0x160 | 32 | reportIdMa |
/// | 0x020 | 16 | imageId | 0x180 | 8 | reportedTcb |
/// | 0x030 | 4 | vmpl | 0x188 | 3 | family, model, stepping |
/// | 0x034 | 4 | signatureAlgo | 0x1a0 | 64 | chipId |
/// | 0x048 | 4 | keyInfo | 0x1e0 | 8 | committedTcb |
/// | 0x050 | 64 | reportData | 0x2a0 | 144 | r, s: 72 each, 48 used |
/// | 0x090 | 48 | measurement | 0x330 | 368 | zero |
/// | 0x0c0 | 32 | hostData | | | |
/// The signature covers bytes 0 to 0x2a0.
library SNPReport {
    uint256 internal constant LENGTH = 1184;
    uint256 private constant SIGNED_LENGTH = 0x2a0;
    uint256 private constant ECDSA_P384_SHA384 = 1;

    /// @notice Refuses with SNPReportLengthWrong, SNPVersionUnsupported, SNPSignatureAlgorithmUnsupported or
    /// SNPPaddingNotZero. Version 2 does not name its product, later than 5 is not known.
    function requireForm(bytes calldata report) internal pure {
        if (report.length != LENGTH) revert ISNPErrors.SNPReportLengthWrong(report.length);
        uint32 version = u32(report, 0);
        if (version < 3 || version > 5) revert ISNPErrors.SNPVersionUnsupported(version);
        uint32 algorithm = u32(report, 0x34);
        if (algorithm != ECDSA_P384_SHA384) revert ISNPErrors.SNPSignatureAlgorithmUnsupported(algorithm);
        bytes32 r = bytes32(report[0x2d0:0x2e8]);
        bytes32 s = bytes32(report[0x318:0x330]);
        bytes32 bits = r | s | bytes16(report[0x330:0x340]);
        for (uint256 offset = 0x340; offset < LENGTH; offset += 32)
            bits |= bytes32(report[offset:offset + 32]);
        if (bits != 0) revert ISNPErrors.SNPPaddingNotZero();
    }

    function u32(bytes calldata report, uint256 offset) internal pure returns (uint32) {
        return uint32(LittleEndian.u64(report, offset));
    }

    /// @notice keccak256 of the signed bytes of the statement.
    function statementId(bytes calldata report) internal pure returns (bytes32) {
        return keccak256(report[:SIGNED_LENGTH]);
    }

    /// @notice H(measurement ‖ policy ‖ vmpl ‖ hostData ‖ idKeyDigest ‖ authorKeyDigest ‖ familyId ‖ imageId ‖ guestSvn).
    function measurement(bytes calldata report) internal pure returns (bytes32) {
        bytes memory head = bytes.concat(report[0x90:0xc0], report[0x08:0x10], report[0x30:0x34]);
        return keccak256(bytes.concat(head, report[0xc0:0x140], report[0x10:0x30], report[0x04:0x08]));
    }

    function policy(bytes calldata report) internal pure returns (uint64) {
        return LittleEndian.u64(report, 0x08);
    }

    function vmpl(bytes calldata report) internal pure returns (uint32) {
        return u32(report, 0x30);
    }

    function keyInfo(bytes calldata report) internal pure returns (uint32) {
        return u32(report, 0x48);
    }

    function reportData(bytes calldata report) internal pure returns (bytes32 head, bytes32 tail) {
        return (bytes32(report[0x50:0x70]), bytes32(report[0x70:0x90]));
    }

    function reportId(bytes calldata report) internal pure returns (bytes calldata) {
        return report[0x140:0x160];
    }

    /// @notice Report id of the migration agent; all ones where there is none.
    function reportIdMa(bytes calldata report) internal pure returns (bytes32) {
        return bytes32(report[0x160:0x180]);
    }

    /// @notice TCB_VERSION that the signing key is derived from, as it stands: one byte a component.
    function reportedTcb(bytes calldata report) internal pure returns (bytes8) {
        return bytes8(report[0x180:0x188]);
    }

    /// @notice TCB_VERSION below which the firmware cannot go back, as it stands.
    function committedTcb(bytes calldata report) internal pure returns (bytes8) {
        return bytes8(report[0x1e0:0x1e8]);
    }

    /// @notice CPU family, model and stepping.
    function cpu(bytes calldata report) internal pure returns (bytes3) {
        return bytes3(report[0x188:0x18b]);
    }

    function chipId(bytes calldata report) internal pure returns (bytes calldata) {
        return report[0x1a0:0x1e0];
    }
}
