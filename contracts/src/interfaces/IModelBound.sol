// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @title Bound to a model
/// @notice A contract that belongs to one model for good: a revenue token, a collection.
interface IModelBound {
    /// @notice The root over everything that determines what the model computes.
    /// @return The model id.
    function modelId() external view returns (bytes32);
}
