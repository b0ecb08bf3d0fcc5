// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// What a verification reads of IntelCollateral, one storage slot each: a known host costs four of them. Dates are
// unix seconds; zero stands for "not held" and never for a date.

/// @notice Of the whole deployment. From the lowest bit: root CRL thisUpdate 40 ‖ nextUpdate 40 ‖ active evaluation
/// number for TCB info 16 ‖ for QE identity 16 ‖ count of deny list entries 32 ‖ TCB signing certificate revoked 8.
type Heads is uint256;

/// @notice Of one CA. From the lowest bit: notBefore 40 ‖ notAfter 40 (root's included) ‖ CRL thisUpdate 40 ‖
/// nextUpdate 40 ‖ CRL version 16 ‖ revoked 8.
type CAHead is uint256;

/// @notice Of one TCB info. From the lowest bit: address of the blob 160 ‖ issueDate 48 ‖ usable until 48.
type TCBHead is uint256;

/// @notice Of one QE identity. From the lowest bit: levels 192 (level i at bit 24·i: isvsvn u16 ‖ TCBStatus u8) ‖
/// usable until 40 ‖ version 16.
type QEHead is uint256;

using CollateralWords for Heads global;
using CollateralWords for CAHead global;
using CollateralWords for TCBHead global;
using CollateralWords for QEHead global;

/// @title Packed slots of IntelCollateral
library CollateralWords {
    uint256 private constant DATE = type(uint40).max;

    // --- Heads ---

    function rootCRLThisUpdate(Heads heads) internal pure returns (uint256) {
        return Heads.unwrap(heads) & DATE;
    }

    function rootCRLNextUpdate(Heads heads) internal pure returns (uint256) {
        return (Heads.unwrap(heads) >> 40) & DATE;
    }

    function activeTCBInfo(Heads heads) internal pure returns (uint256) {
        return (Heads.unwrap(heads) >> 80) & type(uint16).max;
    }

    function activeQEIdentity(Heads heads) internal pure returns (uint256) {
        return (Heads.unwrap(heads) >> 96) & type(uint16).max;
    }

    function denials(Heads heads) internal pure returns (uint256) {
        return (Heads.unwrap(heads) >> 112) & type(uint32).max;
    }

    function isSignerRevoked(Heads heads) internal pure returns (bool) {
        return (Heads.unwrap(heads) >> 144) & 0xff != 0;
    }

    function withRootCRL(
        Heads heads,
        uint256 issued,
        uint256 next
    ) internal pure returns (Heads) {
        return Heads.wrap(((Heads.unwrap(heads) >> 80) << 80) | (next << 40) | issued);
    }

    function withActive(Heads heads, uint256 tcbInfo, uint256 qeIdentity) internal pure returns (Heads) {
        uint256 rest = Heads.unwrap(heads) & ~(uint256(type(uint32).max) << 80);
        return Heads.wrap(rest | (tcbInfo << 80) | (qeIdentity << 96));
    }

    function withDenials(Heads heads, uint256 count) internal pure returns (Heads) {
        uint256 rest = Heads.unwrap(heads) & ~(uint256(type(uint32).max) << 112);
        return Heads.wrap(rest | (count << 112));
    }

    function withSignerRevoked(Heads heads, bool revoked) internal pure returns (Heads) {
        uint256 rest = Heads.unwrap(heads) & ~(uint256(0xff) << 144);
        return Heads.wrap(revoked ? rest | (1 << 144) : rest);
    }

    // --- CAHead ---

    function notBefore(CAHead ca) internal pure returns (uint256) {
        return CAHead.unwrap(ca) & DATE;
    }

    function notAfter(CAHead ca) internal pure returns (uint256) {
        return (CAHead.unwrap(ca) >> 40) & DATE;
    }

    function thisUpdate(CAHead ca) internal pure returns (uint256) {
        return (CAHead.unwrap(ca) >> 80) & DATE;
    }

    function nextUpdate(CAHead ca) internal pure returns (uint256) {
        return (CAHead.unwrap(ca) >> 120) & DATE;
    }

    function crlVersion(CAHead ca) internal pure returns (uint256) {
        return (CAHead.unwrap(ca) >> 160) & type(uint16).max;
    }

    function isRevoked(CAHead ca) internal pure returns (bool) {
        return CAHead.unwrap(ca) >> 176 != 0;
    }

    function withDates(CAHead ca, uint256 from, uint256 until) internal pure returns (CAHead) {
        return CAHead.wrap(((CAHead.unwrap(ca) >> 80) << 80) | (until << 40) | from);
    }

    function withCRL(
        CAHead ca,
        uint256 issued,
        uint256 next,
        uint256 version_
    ) internal pure returns (CAHead) {
        uint256 rest = CAHead.unwrap(ca) & ((1 << 80) - 1);
        uint256 flags = (CAHead.unwrap(ca) >> 176) << 176;
        return CAHead.wrap(flags | (version_ << 160) | (next << 120) | (issued << 80) | rest);
    }

    function withRevoked(CAHead ca, bool revoked) internal pure returns (CAHead) {
        uint256 rest = CAHead.unwrap(ca) & ((1 << 176) - 1);
        return CAHead.wrap(revoked ? rest | (1 << 176) : rest);
    }

    // --- TCBHead ---

    function packTCB(address blob_, uint256 issued, uint256 until) internal pure returns (TCBHead) {
        return TCBHead.wrap((until << 208) | (issued << 160) | uint160(blob_));
    }

    function blob(TCBHead tcb) internal pure returns (address) {
        return address(uint160(TCBHead.unwrap(tcb)));
    }

    function issueDate(TCBHead tcb) internal pure returns (uint256) {
        return (TCBHead.unwrap(tcb) >> 160) & type(uint48).max;
    }

    function usableUntil(TCBHead tcb) internal pure returns (uint256) {
        return TCBHead.unwrap(tcb) >> 208;
    }

    // --- QEHead ---

    function packQE(uint256 levels_, uint256 until, uint256 version_) internal pure returns (QEHead) {
        return QEHead.wrap((version_ << 232) | (until << 192) | levels_);
    }

    function levels(QEHead qe) internal pure returns (uint256) {
        return QEHead.unwrap(qe) & type(uint192).max;
    }

    function usableUntil(QEHead qe) internal pure returns (uint256) {
        return (QEHead.unwrap(qe) >> 192) & DATE;
    }

    function version(QEHead qe) internal pure returns (uint256) {
        return QEHead.unwrap(qe) >> 232;
    }
}
