// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Create3} from "@openzeppelin/contracts/utils/Create3.sol";

/// @title Same addresses on every chain, whatever the constructors are told
/// @notice An address depends on this factory's own, on who deploys and on a salt; never on the code. So nobody else can
/// take ours on another chain, and equal addresses prove nothing about equal code: compare `creationCodeHashOf`.
/// @dev Stands where the deterministic deployment proxy puts it with salt 0.
contract DeploymentFactory {
    /// @notice keccak256 of creation code and arguments of what was deployed here; 0 for anything else.
    mapping(address deployed => bytes32) public creationCodeHashOf;

    event Deployed(address indexed deployed, address indexed deployer, bytes32 indexed salt);

    /// @notice Reverts with the constructor's own error, or when the salt was used before.
    function deploy(bytes32 salt, bytes calldata creationCode) external returns (address deployed) {
        deployed = Create3.deploy(0, _guard(msg.sender, salt), creationCode);
        creationCodeHashOf[deployed] = keccak256(creationCode);
        emit Deployed(deployed, msg.sender, salt);
    }

    /// @notice Where `deploy` by `deployer` with this salt puts a contract, on every chain.
    function addressOf(address deployer, bytes32 salt) external view returns (address) {
        return Create3.computeAddress(_guard(deployer, salt));
    }

    function _guard(address deployer, bytes32 salt) private pure returns (bytes32) {
        return keccak256(abi.encode(deployer, salt));
    }
}
