// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IModelOffering} from "../../src/interfaces/IModelOffering.sol";
import {IModelOfferingFactory} from "../../src/interfaces/IModelOfferingFactory.sol";
import {IRevShareToken} from "../../src/interfaces/IRevShareToken.sol";
import {OfferingBase} from "./OfferingBase.sol";

contract ModelOfferingFactoryTest is OfferingBase {
    function test_WhenCreated_BothAreBoundAndRecorded() external view {
        assertEq(factory.offeringOf(address(token)), address(offering));
        assertEq(factory.tokenOf(address(offering)), address(token));
        assertEq(token.modelId(), MODEL);
        assertEq(token.totalSupply(), SUPPLY);
        assertEq(token.balanceOf(address(offering)), SUPPLY);
        assertEq(token.percentClaimable(), 80);
        assertEq(token.snapshotInterval(), 100);
        assertEq(token.revenueTokens()[0], address(coin));
        assertEq(token.name(), "OpenLM");
        assertEq(token.symbol(), "OLM");
    }

    function test_WhenCreated_AnEventTellsAll() external {
        IModelOffering.Terms memory t = terms();
        address token_ = vm.computeCreateAddress(address(factory.tokenDeployer()), 2);
        address offering_ = vm.computeCreateAddress(address(factory.offeringDeployer()), 2);
        vm.expectEmit(address(factory));
        emit IModelOfferingFactory.OfferingCreated(MODEL, alice, offering_, token_, SUPPLY, t);
        vm.prank(alice);
        factory.create(tokenTerms(), t);
    }

    function test_WhenOfAnotherOrigin_NothingIsRecorded() external {
        address stray =
            factory.tokenDeployer().deploy(IRevShareToken.Terms("OpenLM", "OLM", SUPPLY, alice, 80, 100, MODEL, new address[](0)));
        assertEq(factory.offeringOf(stray), address(0));
        address twin = factory.offeringDeployer().deploy(stray, terms());
        assertEq(factory.tokenOf(twin), address(0));
        assertEq(factory.offeringOf(stray), address(0));
    }

    function test_WhenTermsAreRefused_NothingIsCreated() external {
        IModelOffering.Terms memory t = terms();
        t.modelId = 0;
        vm.expectRevert(IRevShareToken.InvalidModel.selector);
        factory.create(tokenTerms(), t);
        t = terms();
        t.forSale = type(uint128).max;
        vm.expectRevert(abi.encodeWithSelector(IRevShareToken.InvalidSupply.selector, uint256(type(uint128).max) + SUPPLY / 2));
        factory.create(tokenTerms(), t);
    }
}
