// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IModelOffering} from "./IModelOffering.sol";

/// @title Creates a model's revenue token and its offering in one transaction
/// @notice What the factory created has exactly the code of the two deployers, and terms that the offering's constructor checked. The
/// factory keeps no token, and has no owner.
interface IModelOfferingFactory {
    /// @notice The terms of the token that follow from nothing else. Its model, holder and supply follow from the offering.
    /// @param name The token's name.
    /// @param symbol Its symbol.
    /// @param percentClaimable The part of revenue that snapshots make claimable, 0 to 100 per cent.
    /// @param snapshotInterval The least number of blocks between snapshots.
    /// @param revenueTokens The ERC-20s that count as revenue beside ETH, at most eight.
    struct TokenTerms {
        string name;
        string symbol;
        uint256 percentClaimable;
        uint48 snapshotInterval;
        address[] revenueTokens;
    }

    /// @notice `creator` offered a model: `token` is its revenue token, all of it held by `offering`.
    event OfferingCreated(
        bytes32 indexed modelId,
        address indexed creator,
        address indexed offering,
        address token,
        uint256 supply,
        IModelOffering.Terms terms
    );

    /// @notice Creates token and offering. The supply is what the terms of the offering sum to.
    /// @param tokenTerms The terms of the token.
    /// @param terms The terms of the offering.
    /// @return token The model's revenue token.
    /// @return offering The offering, which holds the whole supply.
    function create(TokenTerms calldata tokenTerms, IModelOffering.Terms calldata terms)
        external
        returns (address token, address offering);

    /// @notice The offering that was created with a token; zero for a token of another origin.
    /// @param token The token.
    /// @return The offering.
    function offeringOf(address token) external view returns (address);

    /// @notice The token that was created with an offering; zero for an offering of another origin.
    /// @param offering The offering.
    /// @return The token.
    function tokenOf(address offering) external view returns (address);
}
