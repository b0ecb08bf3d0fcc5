// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IProofErrors} from "../interfaces/IProofErrors.sol";

/// @title Reader of `ProofReport`, the TEE report of a registration that brings a proof
/// @notice Exactly what abi.encode makes of its four members: every offset the one it would choose, padding zero, nothing
/// behind.
library ProofReports {
    uint256 private constant HEAD = 0x80;

    /// @notice Refuses with ProofReportMalformed.
    function read(
        bytes calldata report
    )
        internal
        pure
        returns (bytes32 program, bytes calldata output, bytes calldata proof, bytes calldata statement)
    {
        if (report.length < HEAD) revert IProofErrors.ProofReportMalformed();
        program = bytes32(report[:0x20]);
        uint256 end = HEAD;
        (output, end) = _readBytes(report, 0x20, end);
        (proof, end) = _readBytes(report, 0x40, end);
        (statement, end) = _readBytes(report, 0x60, end);
        if (end != report.length) revert IProofErrors.ProofReportMalformed();
    }

    /// @param head where the offset of the member stands
    /// @param due the offset it must have
    /// @return part the member
    /// @return end where the next one must begin
    function _readBytes(
        bytes calldata report,
        uint256 head,
        uint256 due
    ) private pure returns (bytes calldata part, uint256 end) {
        bool isOffset = uint256(bytes32(report[head:head + 0x20])) == due;
        if (!isOffset || report.length < due + 0x20) revert IProofErrors.ProofReportMalformed();
        uint256 from = due + 0x20;
        uint256 length = uint256(bytes32(report[due:from]));
        uint256 room = report.length - from;
        if (length > room) revert IProofErrors.ProofReportMalformed();
        uint256 padded = (length + 31) & ~uint256(31);
        if (padded > room) revert IProofErrors.ProofReportMalformed();
        part = report[from:from + length];
        for (uint256 offset = length; offset < padded; ++offset)
            if (report[from + offset] != 0) revert IProofErrors.ProofReportMalformed();
        return (part, from + padded);
    }
}
