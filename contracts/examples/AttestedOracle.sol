// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CVMApplication} from "../CVMApplication.sol";
import {ICVMRegistry} from "../interfaces/ICVMRegistry.sol";

/// @title A price feed that believes attested CVMs
/// @notice Example: accepts a price signed by any CVM that runs an admitted measurement.
/// @dev User bytes of the message: uint64 timestamp ‖ uint128 price. The envelope before them names chain and
/// contract, the rising timestamp makes a message count once whoever signed it.
contract AttestedOracle is CVMApplication {
    uint64 public updatedAt;
    uint128 public price;

    event PriceUpdated(bytes32 indexed cvmIdentityHash, uint64 timestamp, uint128 price);

    error PriceMessageLength(uint256 length);
    error PriceNotNewer(uint64 timestamp, uint64 updatedAt);
    error PriceFromFuture(uint64 timestamp);

    constructor(ICVMRegistry registry, address owner) CVMApplication(registry, owner) {}

    function update(bytes32 cvmIdentityHash, bytes calldata message, bytes calldata signature) external {
        requireCVMSignature(cvmIdentityHash, message, signature);
        bytes calldata user = _userBytes(message);
        if (user.length != 24) revert PriceMessageLength(user.length);
        uint64 timestamp = uint64(bytes8(user[:8]));
        if (timestamp <= updatedAt) revert PriceNotNewer(timestamp, updatedAt);
        if (timestamp > block.timestamp) revert PriceFromFuture(timestamp);
        price = uint128(bytes16(user[8:]));
        updatedAt = timestamp;
        emit PriceUpdated(cvmIdentityHash, timestamp, price);
    }
}
