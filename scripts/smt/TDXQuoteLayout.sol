// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TDXQuoteLayout, TDXQuoteLayoutLibrary} from "../../contracts/evidence/TDXQuoteLayout.sol";

/// @notice What is read from a layout is narrower than the lengths that its sums are of.
contract LayoutWidths {
    function check(TDXQuoteLayout parts) external pure {
        assert(TDXQuoteLayoutLibrary.signed(parts) < 1 << 8 && TDXQuoteLayoutLibrary.body(parts) < 1 << 8);
        assert(TDXQuoteLayoutLibrary.bodyEnd(parts) < 1 << 32);
        assert(TDXQuoteLayoutLibrary.signature(parts) < 1 << 32);
        assert(TDXQuoteLayoutLibrary.authEnd(parts) < 1 << 32);
    }
}

/// @notice The authentication data begin behind the QE report, which begins behind signature and key.
contract LayoutOrder {
    function check(TDXQuoteLayout parts) external pure {
        uint256 signature = TDXQuoteLayoutLibrary.signature(parts);
        uint256 report = TDXQuoteLayoutLibrary.qeReport(parts);
        assert(report == signature + 128 || report == signature + 134);
        assert(TDXQuoteLayoutLibrary.auth(parts) == report + 450);
    }
}

/// @notice What was packed is what is read.
/// @custom:engine bmc
contract LayoutEnd {
    function check(
        uint256 form,
        uint256 signed,
        uint256 body,
        uint256 bodyEnd,
        uint256 signature
    ) external pure {
        require(form < 3 && signed < 1 << 8 && body < 1 << 8 && bodyEnd < 1 << 32 && signature < 1 << 32);
        TDXQuoteLayout parts = TDXQuoteLayoutLibrary.pack(form, signed, body, bodyEnd, signature, 0, 0, 0);
        assert(TDXQuoteLayoutLibrary.bodyEnd(parts) == bodyEnd);
    }
}
