// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC7641} from "./IERC7641.sol";

/// @title ERC-7641, extension for revenue in ERC-20 tokens
/// @dev The ERC-165 identifier, inherited functions left out, is 0x5d18f986.
interface IERC7641AltRevToken is IERC7641 {
    /// @notice The amount of a revenue token that `account` can claim at a snapshot.
    /// @param account The holder.
    /// @param snapshotId The snapshot.
    /// @param token The revenue token.
    /// @return The amount in the smallest unit of `token`.
    function claimableERC20(address account, uint256 snapshotId, address token) external view returns (uint256);

    /// @notice The amount of a revenue token that burning would pay.
    /// @param amount The tokens to burn.
    /// @param token The revenue token.
    /// @return The amount in the smallest unit of `token`.
    function redeemableERC20OnBurn(uint256 amount, address token) external view returns (uint256);
}
