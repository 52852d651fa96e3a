// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Test} from "forge-std/Test.sol";

import {IModelOffering} from "../../src/interfaces/IModelOffering.sol";
import {IModelOfferingFactory} from "../../src/interfaces/IModelOfferingFactory.sol";
import {ModelOffering} from "../../src/offering/ModelOffering.sol";
import {ModelOfferingFactory} from "../../src/offering/ModelOfferingFactory.sol";
import {RevShareToken} from "../../src/revshare/RevShareToken.sol";
import {PermitCoin} from "./OfferingCoins.sol";

/// @dev A billion tokens of 18 decimals: 50 % for sale, 10 % team, 10 % treasury, 30 % liquidity. 30 to 150 are raised, 50 an account.
abstract contract OfferingBase is Test {
    uint256 internal constant SUPPLY = 1e27;
    address internal constant ETH = address(0);
    bytes32 internal constant MODEL = keccak256("model");

    address internal alice = makeAddr("alice");
    address internal bob = makeAddr("bob");
    address internal carol = makeAddr("carol");
    address internal dave = makeAddr("dave");
    address internal maker = makeAddr("maker");
    address internal keeper = makeAddr("keeper");
    address internal market = makeAddr("market");

    ModelOfferingFactory internal factory;
    ModelOffering internal offering;
    RevShareToken internal token;
    PermitCoin internal coin;

    function setUp() public virtual {
        vm.warp(1_800_000_000);
        vm.roll(1000);
        factory = new ModelOfferingFactory();
        coin = new PermitCoin();
        offer(terms());
    }

    function terms() internal view virtual returns (IModelOffering.Terms memory t) {
        t.modelId = MODEL;
        t.forSale = uint128(SUPPLY / 2);
        t.target = 30 ether;
        t.cap = 150 ether;
        t.accountCap = 50 ether;
        t.start = uint64(block.timestamp + 1 days);
        t.end = t.start + 7 days;
        t.team = IModelOffering.Share(maker, uint128(SUPPLY / 10), 3000, 90 days, 365 days);
        t.treasury = IModelOffering.Share(keeper, uint128(SUPPLY / 10), 4000, 0, 365 days);
        t.liquidity = IModelOffering.Share(market, uint128(SUPPLY * 3 / 10), 3000, 0, 0);
    }

    function tokenTerms() internal view returns (IModelOfferingFactory.TokenTerms memory t) {
        address[] memory tokens = new address[](1);
        tokens[0] = address(coin);
        return IModelOfferingFactory.TokenTerms("OpenLM", "OLM", 80, 100, tokens);
    }

    function offer(IModelOffering.Terms memory t) internal {
        (address token_, address offering_) = factory.create(tokenTerms(), t);
        token = RevShareToken(payable(token_));
        offering = ModelOffering(payable(offering_));
        // No burn in the block of a token's deployment.
        vm.roll(block.number + 1);
    }

    function open() internal {
        (, IModelOffering.Terms memory t,) = offering.terms();
        vm.warp(t.start);
    }

    function close() internal {
        (, IModelOffering.Terms memory t,) = offering.terms();
        vm.warp(t.end);
    }

    function pay(address account, uint256 amount) internal {
        vm.deal(account, account.balance + amount);
        vm.prank(account);
        offering.deposit{value: amount}(amount);
    }

    /// @dev Alice, Bob, Carol and Dave: 50, 50, 50 and 50 of at most 150, so a quarter is paid back.
    function oversubscribe() internal {
        open();
        pay(alice, 50 ether);
        pay(bob, 50 ether);
        pay(carol, 50 ether);
        pay(dave, 50 ether);
        close();
    }
}
