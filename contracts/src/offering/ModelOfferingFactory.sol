// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {IModelOffering} from "../interfaces/IModelOffering.sol";
import {IModelOfferingFactory} from "../interfaces/IModelOfferingFactory.sol";
import {IRevShareToken} from "../interfaces/IRevShareToken.sol";
import {ModelOfferingDeployer} from "./ModelOfferingDeployer.sol";
import {RevShareTokenDeployer} from "./RevShareTokenDeployer.sol";

/// @title Creates a model's revenue token and its offering in one transaction
contract ModelOfferingFactory is IModelOfferingFactory {
    using SafeERC20 for IERC20;

    /// @notice Has the code of every token.
    RevShareTokenDeployer public immutable tokenDeployer = new RevShareTokenDeployer();
    /// @notice Has the code of every offering.
    ModelOfferingDeployer public immutable offeringDeployer = new ModelOfferingDeployer();

    /// @inheritdoc IModelOfferingFactory
    mapping(address token => address) public offeringOf;
    /// @inheritdoc IModelOfferingFactory
    mapping(address offering => address) public tokenOf;

    /// @inheritdoc IModelOfferingFactory
    function create(TokenTerms calldata t, IModelOffering.Terms calldata terms) external returns (address token, address offering) {
        uint256 supply = uint256(terms.forSale) + terms.team.tokens + terms.treasury.tokens + terms.liquidity.tokens;
        token = tokenDeployer.deploy(
            IRevShareToken.Terms({
                name: t.name,
                symbol: t.symbol,
                supply: supply,
                holder: address(this),
                percentClaimable: t.percentClaimable,
                snapshotInterval: t.snapshotInterval,
                modelId: terms.modelId,
                revenueTokens: t.revenueTokens
            })
        );
        offering = offeringDeployer.deploy(token, terms);
        offeringOf[token] = offering;
        tokenOf[offering] = token;
        emit OfferingCreated(terms.modelId, msg.sender, offering, token, supply, terms);
        IERC20(token).safeTransfer(offering, supply);
    }
}
