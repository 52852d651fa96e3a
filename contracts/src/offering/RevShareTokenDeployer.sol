// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IRevShareToken} from "../interfaces/IRevShareToken.sol";
import {RevShareToken} from "../revshare/RevShareToken.sol";

/// @title Deploys revenue tokens
/// @dev A contract of its own, since token and offering together exceed the size that a contract can have.
contract RevShareTokenDeployer {
    /// @notice Deploys a token; anyone may.
    /// @param terms The terms.
    /// @return The token.
    function deploy(IRevShareToken.Terms calldata terms) external returns (address) {
        return address(new RevShareToken(terms));
    }
}
