// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// Packed slots of IntelCollateral. Dates are unix seconds; zero stands for "not held" and never for a date.

/// @notice All that a verdict on hosts of one CA rests on, apart from the TCB info. From the lowest bit: usable until 40
/// (the earliest end of root CRL, CA, PCK CRL and QE identity; 0 when one of them is missing or revoked) ‖ PCK CRL
/// version 16 ‖ QE identity version 16 ‖ active evaluation number of TCB info 16 ‖ signing key 7 ‖ deny list in use 1 ‖ QE
/// levels 160
/// (level i at bit 20·i: isvsvn 16 ‖ TCBStatus 4).
type Standing is uint256;

/// @notice From the lowest bit: root CRL thisUpdate 40 ‖ nextUpdate 40 ‖ active evaluation number for TCB info 16 ‖ for
/// the QE identity 16 ‖ count of deny list entries 32 ‖ TCB signing certificate revoked 8 ‖ QE identity versions given 16 ‖ signing
/// key 7: how many keys have signed documents, the last of which counts.
type Heads is uint256;

/// @notice Of one CA. From the lowest bit: notBefore 40 ‖ notAfter 40 (root's included) ‖ CRL thisUpdate 40 ‖
/// nextUpdate 40 ‖ CRL version 16 ‖ revoked 8.
type CAHead is uint256;

/// @notice Of one document kept as code. From the lowest bit: its address 160 ‖ issueDate 40 ‖ usable until 40 ‖
/// version 16 (QE identities only).
type DocumentHead is uint256;

using CollateralWords for Standing global;
using CollateralWords for Heads global;
using CollateralWords for CAHead global;
using CollateralWords for DocumentHead global;

/// @title Reading and writing of the packed slots
library CollateralWords {
    uint256 private constant DATE = type(uint40).max;

    // --- Standing ---

    function usableUntil(Standing standing) internal pure returns (uint256) {
        return Standing.unwrap(standing) & DATE;
    }

    function crlVersion(Standing standing) internal pure returns (uint256) {
        return (Standing.unwrap(standing) >> 40) & type(uint16).max;
    }

    function qeVersion(Standing standing) internal pure returns (uint256) {
        return (Standing.unwrap(standing) >> 56) & type(uint16).max;
    }

    function activeTCBInfo(Standing standing) internal pure returns (uint256) {
        return (Standing.unwrap(standing) >> 72) & type(uint16).max;
    }

    function hasDenials(Standing standing) internal pure returns (bool) {
        return (Standing.unwrap(standing) >> 95) & 1 != 0;
    }

    /// @notice Active evaluation number with the signing key: what TCB infos are kept under.
    function tcbInfoSet(Standing standing) internal pure returns (uint256) {
        return (Standing.unwrap(standing) >> 72) & ((1 << 23) - 1);
    }

    function qeLevels(Standing standing) internal pure returns (uint256) {
        return Standing.unwrap(standing) >> 96;
    }

    function packStanding(
        uint256 until,
        CAHead ca,
        DocumentHead qe,
        Heads heads,
        uint256 levels
    ) internal pure returns (Standing) {
        uint256 flag = denials(heads) == 0 ? 0 : 1;
        return
            Standing.wrap(
                (levels << 96) |
                    (flag << 95) |
                    (setOf(heads, activeTCBInfo(heads)) << 72) |
                    (version(qe) << 56) |
                    (crlVersion(ca) << 40) |
                    until
            );
    }

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

    function qeVersions(Heads heads) internal pure returns (uint256) {
        return (Heads.unwrap(heads) >> 152) & type(uint16).max;
    }

    function signingKeys(Heads heads) internal pure returns (uint256) {
        return (Heads.unwrap(heads) >> 168) & 0x7f;
    }

    /// @notice What documents of an evaluation number and of the signing key that counts are kept under.
    function setOf(Heads heads, uint256 number) internal pure returns (uint256) {
        return (signingKeys(heads) << 16) | number;
    }

    function withRootCRL(Heads heads, uint256 issued, uint256 next) internal pure returns (Heads) {
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

    function withQEVersions(Heads heads, uint256 count) internal pure returns (Heads) {
        uint256 rest = Heads.unwrap(heads) & ~(uint256(type(uint16).max) << 152);
        return Heads.wrap(rest | (count << 152));
    }

    function withSigningKeys(Heads heads, uint256 count) internal pure returns (Heads) {
        uint256 rest = Heads.unwrap(heads) & ~(uint256(0x7f) << 168);
        return Heads.wrap(rest | (count << 168));
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

    // --- DocumentHead ---

    function packDocument(
        address blob_,
        uint256 issued,
        uint256 until,
        uint256 version_
    ) internal pure returns (DocumentHead) {
        return DocumentHead.wrap((version_ << 240) | (until << 200) | (issued << 160) | uint160(blob_));
    }

    function blob(DocumentHead document) internal pure returns (address) {
        return address(uint160(DocumentHead.unwrap(document)));
    }

    function issueDate(DocumentHead document) internal pure returns (uint256) {
        return (DocumentHead.unwrap(document) >> 160) & DATE;
    }

    function usableUntil(DocumentHead document) internal pure returns (uint256) {
        return (DocumentHead.unwrap(document) >> 200) & DATE;
    }

    function version(DocumentHead document) internal pure returns (uint256) {
        return DocumentHead.unwrap(document) >> 240;
    }
}
