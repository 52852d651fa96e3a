// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title ERC-7641, Intrinsic RevShare Token
/// @notice An ERC-20 whose holders share revenue in ETH: by snapshots that they claim, and by burning.
/// @dev The ERC-165 identifier, inherited functions left out, is 0xed7b2e4e.
interface IERC7641 is IERC20 {
    /// @notice The ETH that `account` can claim at a snapshot.
    /// @param account The holder.
    /// @param snapshotId The snapshot.
    /// @return The amount in wei.
    function claimableRevenue(address account, uint256 snapshotId) external view returns (uint256);

    /// @notice Pays the caller its share of a snapshot, once.
    /// @param snapshotId The snapshot.
    function claim(uint256 snapshotId) external;

    /// @notice Records balances and the claimable part of the revenue that came in since the last snapshot.
    /// @return The id of the snapshot.
    function snapshot() external returns (uint256);

    /// @notice The ETH that burning would pay.
    /// @param amount The tokens to burn.
    /// @return The amount in wei.
    function redeemableOnBurn(uint256 amount) external view returns (uint256);

    /// @notice Burns tokens of the caller and pays their share of the redeemable revenue.
    /// @param amount The tokens to burn.
    function burn(uint256 amount) external;
}
