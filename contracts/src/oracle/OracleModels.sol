// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IAIOracle} from "../interfaces/IAIOracle.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";

/// @title Models that an oracle can be asked
/// @notice A model's number stands for a model id and who registered it: fee and revenue token are those of that record, and nobody else sets
/// them. Fees are collected here and paid to the token by a call of its own.
abstract contract OracleModels is IAIOracle {
    /// @notice A record of the registry.
    struct Listing {
        bytes32 modelId;
        address owner;
    }

    /// @notice A model has a number.
    event ModelListed(uint256 indexed modelId, bytes32 indexed id, address indexed owner);
    /// @notice Fees were paid to a model's revenue token.
    event ModelRevenuePaid(uint256 indexed modelId, address indexed revenueToken, uint256 amount);

    /// @notice There is no model of this number.
    error ModelNotListed(uint256 modelId);
    /// @notice The revenue token did not take the fees; they are kept.
    error RevenueNotTaken(address revenueToken);

    /// @notice Where models are registered.
    IModelRegistry public immutable registry;

    /// @notice Fees of final results that the revenue token has not been paid.
    mapping(uint256 modelId => uint256) public revenueOf;

    mapping(uint256 modelId => Listing) private _listings;

    constructor(IModelRegistry registry_) {
        registry = registry_;
    }

    /// @notice Gives a registered model its number. For anybody, once.
    /// @param id The model id.
    /// @param owner Who registered it.
    /// @return modelId The number.
    function listModel(bytes32 id, address owner) external returns (uint256 modelId) {
        // Reverts if there is no such record.
        registry.revenueTokenOf(id, owner);
        modelId = numberOf(id, owner);
        _listings[modelId] = Listing(id, owner);
        emit ModelListed(modelId, id, owner);
    }

    /// @inheritdoc IAIOracle
    function claimModelRevenue(uint256 modelId) external {
        Listing memory listing = listingOf(modelId);
        address token = registry.revenueTokenOf(listing.modelId, listing.owner);
        uint256 amount = revenueOf[modelId];
        revenueOf[modelId] = 0;
        emit ModelRevenuePaid(modelId, token, amount);
        (bool isTaken,) = token.call{value: amount}("");
        if (!isTaken) revert RevenueNotTaken(token);
    }

    /// @notice The number of a model.
    /// @param id The model id.
    /// @param owner Who registered it.
    /// @return The number.
    function numberOf(bytes32 id, address owner) public pure returns (uint256) {
        return uint256(keccak256(abi.encode(id, owner)));
    }

    /// @notice What a number stands for.
    /// @param modelId The number.
    /// @return listing The record of the registry.
    function listingOf(uint256 modelId) public view returns (Listing memory listing) {
        listing = _listings[modelId];
        if (listing.owner == address(0)) revert ModelNotListed(modelId);
    }

    function _modelFee(uint256 modelId) internal view returns (uint256) {
        Listing memory listing = listingOf(modelId);
        return registry.feeOf(listing.modelId, listing.owner);
    }
}
