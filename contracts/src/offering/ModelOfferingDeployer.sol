// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IModelOffering} from "../interfaces/IModelOffering.sol";
import {ModelOffering} from "./ModelOffering.sol";

/// @title Deploys offerings
/// @dev A contract of its own, since token and offering together exceed the size that a contract can have.
contract ModelOfferingDeployer {
    /// @notice Deploys an offering; anyone may.
    /// @param token The token that is sold.
    /// @param terms The terms.
    /// @return The offering.
    function deploy(address token, IModelOffering.Terms calldata terms) external returns (address) {
        return address(new ModelOffering(token, terms));
    }
}
