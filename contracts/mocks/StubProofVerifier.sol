// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IProofVerifier} from "../interfaces/IProofVerifier.sol";
import {JournalFormat} from "../types/Proof.sol";

/// @notice Tests of what is checked behind a proof: the program names the format of its journal, every proof holds.
contract StubProofVerifier is IProofVerifier {
    uint8 private immutable TEE;
    uint8 private immutable SYSTEM;

    error AskedForAnother(uint8 tee, uint8 system);

    constructor(uint8 tee, uint8 system) {
        (TEE, SYSTEM) = (tee, system);
    }

    function verify(
        uint8 tee,
        uint8 system,
        bytes32 program,
        bytes calldata,
        bytes calldata
    ) external view returns (JournalFormat) {
        if (tee != TEE || system != SYSTEM) revert AskedForAnother(tee, system);
        return JournalFormat(uint8(uint256(program)));
    }
}
