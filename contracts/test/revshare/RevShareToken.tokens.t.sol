// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IRevShareToken} from "../../src/interfaces/IRevShareToken.sol";
import {Mood, MoodyCoin} from "./BadTokens.sol";
import {RevShareBase} from "./RevShareBase.sol";

/// @dev One bad revenue token beside ETH and a good one.
contract RevShareTokenTokensTest is RevShareBase {
    MoodyCoin private bad;

    function setUp() public override {
        super.setUp();
        bad = new MoodyCoin();
        token = deploy(80, list(address(bad), address(coin)));
        distribute();
        earn(10 ether);
        coin.mint(address(token), 1000e6);
        bad.mint(address(token), 1000e6);
    }

    function test_WhenTransferFails_OthersArePaidAndTheShareIsKept() external {
        Mood[6] memory moods = [Mood.False, Mood.Two, Mood.Short, Mood.Reverts, Mood.RevertsHuge, Mood.BurnsGas];
        snapshot();
        uint256 state = vm.snapshotState();
        for (uint256 i = 0; i < moods.length; ++i) {
            bad.set(moods[i]);
            if (moods[i] == Mood.Two || moods[i] == Mood.Short) {
                // These move the money and then say something else than true: the claim is not undone, so none is paid twice.
                vm.prank(alice);
                token.claim(1);
                assertEq(token.unpaid(alice, address(bad)), 480e6 - 1);
                vm.revertToState(state);
                continue;
            }
            vm.expectEmit(address(token));
            emit IRevShareToken.Unpaid(alice, address(bad), 480e6 - 1);
            vm.prank(alice);
            token.claim{gas: 3_000_000}(1);
            paidButTheBad();
            // A try that fails again changes nothing.
            vm.prank(alice);
            token.collect(list(address(bad)), alice);
            paidButTheBad();
            bad.set(Mood.Good);
            vm.expectEmit(address(token));
            emit IRevShareToken.Collected(alice, address(bad), payer, 480e6 - 1);
            vm.prank(alice);
            token.collect(list(address(bad), address(coin)), payer);
            assertEq(bad.balanceOf(payer), 480e6 - 1);
            assertEq(token.unpaid(alice, address(bad)), 0);
            assertEq(token.ledger(address(bad)).owed, 320e6 + 1);
            vm.prank(alice);
            token.collect(list(address(bad)), payer);
            assertEq(bad.balanceOf(payer), 480e6 - 1);
            vm.revertToState(state);
        }
    }

    function test_WhenTransferSucceedsInOddWays_ItIsPaid() external {
        Mood[4] memory moods = [Mood.Good, Mood.Silent, Mood.ReturnsHuge, Mood.TakesFee];
        snapshot();
        uint256 state = vm.snapshotState();
        for (uint256 i = 0; i < moods.length; ++i) {
            bad.set(moods[i]);
            vm.prank(alice);
            token.claim(1);
            assertEq(token.unpaid(alice, address(bad)), 0);
            assertEq(bad.balanceOf(alice), moods[i] == Mood.TakesFee ? 480e6 - 1 - 48e6 + 1 : 480e6 - 1);
            assertEq(bad.balanceOf(address(token)), 520e6 + 1);
            vm.revertToState(state);
        }
    }

    function test_WhenTokenReenters_NothingLetsItIn() external {
        snapshot();
        vm.roll(block.number + 1);
        bytes[6] memory calls = [
            abi.encodeCall(token.claim, (1)),
            abi.encodeCall(token.claimTo, (ids(1), list(ETH), payer)),
            abi.encodeCall(token.claimFor, (alice, ids(1), list(ETH))),
            abi.encodeCall(token.burn, (1)),
            abi.encodeCall(token.snapshot, ()),
            abi.encodeCall(token.collect, (list(address(bad)), payer))
        ];
        uint256 state = vm.snapshotState();
        for (uint256 i = 0; i < calls.length; ++i) {
            bad.setReentry(calls[i]);
            vm.prank(alice);
            token.claim(1);
            assertTrue(bad.reentered());
            vm.revertToState(state);
            bad.setReentry(calls[i]);
            vm.prank(alice);
            token.burn(1e26);
            assertTrue(bad.reentered());
            vm.revertToState(state);
        }
    }

    function test_WhenRecipientOfEthReenters_NothingLetsItIn() external {
        Reenterer reenterer = new Reenterer(token);
        vm.prank(alice);
        assertTrue(token.transfer(address(reenterer), SUPPLY / 10));
        snapshot();
        reenterer.run();
        assertTrue(reenterer.tried());
        assertApproxEqAbs(address(reenterer).balance, 0.8 ether, 1);
    }

    function test_WhenBlacklisted_ShareIsKeptAndGoesElsewhere() external {
        bad.setBlocked(alice, true);
        snapshot();
        vm.prank(alice);
        token.claim(1);
        paidButTheBad();
        vm.prank(alice);
        token.collect(list(address(bad)), payer);
        assertEq(bad.balanceOf(payer), 480e6 - 1);
    }

    function test_WhenBurnCannotBePaid_ShareIsKept() external {
        snapshot();
        vm.roll(block.number + 1);
        bad.set(Mood.Reverts);
        vm.prank(carol);
        token.burn(SUPPLY / 10);
        assertEq(carol.balance, 0.2 ether);
        assertEq(coin.balanceOf(carol), 20e6);
        assertEq(token.unpaid(carol, address(bad)), 20e6);
        assertEq(token.ledger(address(bad)).pool, 180e6);
        bad.set(Mood.Good);
        vm.prank(carol);
        token.collect(list(address(bad)), carol);
        assertEq(bad.balanceOf(carol), 20e6);
    }

    function test_WhenBalanceCannotBeRead_TheRestIsSharedAndItWaits() external {
        Mood[3] memory moods = [Mood.Reverts, Mood.BurnsGas, Mood.Short];
        uint256 state = vm.snapshotState();
        for (uint256 i = 0; i < moods.length; ++i) {
            bad.setRead(moods[i]);
            snapshot();
            assertEq(token.ledger(ETH).pool, 2 ether);
            assertEq(token.ledger(address(coin)).pool, 200e6);
            assertEq(token.ledger(address(bad)).pool, 0);
            bad.setRead(Mood.Good);
            snapshot();
            assertEq(token.ledger(address(bad)).pool, 200e6);
            vm.revertToState(state);
        }
    }

    function test_WhenBalanceIsALie_OnlyThatTokenSuffers() external {
        bad.setRead(Mood.TakesExtra);
        snapshot();
        snapshot();
        assertEq(token.ledger(ETH).pool, 2 ether);
        assertEq(uint256(token.ledger(address(bad)).pool) + token.ledger(address(bad)).owed, type(uint128).max);
        bad.setRead(Mood.ReturnsHuge);
        snapshot();
        bad.setRead(Mood.Good);
        vm.prank(alice);
        token.claim(1);
        assertEq(alice.balance, 4.8 ether - 1);
        assertEq(coin.balanceOf(alice), 480e6 - 1);
        assertGt(token.unpaid(alice, address(bad)), 0);
    }

    function test_WhenBalanceShrinks_NewRevenueFillsTheGapFirst() external {
        snapshot();
        bad.rebase(address(token), 500e6);
        assertEq(token.pendingRevenue(address(bad)), 0);
        snapshot();
        assertEq(token.ledger(address(bad)).owed, 800e6);
        vm.prank(alice);
        token.claim(1);
        assertEq(bad.balanceOf(alice), 480e6 - 1);
        vm.prank(bob);
        token.claim(1);
        assertEq(token.unpaid(bob, address(bad)), 240e6 - 1);
        assertEq(bob.balance, 2.4 ether - 1);
        bad.mint(address(token), 600e6);
        assertEq(token.pendingRevenue(address(bad)), 100e6);
        vm.prank(bob);
        token.collect(list(address(bad)), bob);
        assertEq(bad.balanceOf(bob), 240e6 - 1);
    }

    function test_WhenPaymentTakesMoreThanItSays_OnlyThatTokenSuffers() external {
        snapshot();
        bad.set(Mood.TakesExtra);
        vm.prank(alice);
        token.claim(1);
        assertLt(bad.balanceOf(address(token)), uint256(token.ledger(address(bad)).owed) + token.ledger(address(bad)).pool);
        assertEq(token.pendingRevenue(address(bad)), 0);
        snapshot();
        assertEq(token.ledger(ETH).owed, 3.2 ether + 1);
    }

    function test_WhenTokenIsGone_ShareIsKept() external {
        snapshot();
        vm.etch(address(bad), "");
        vm.prank(alice);
        token.claim(1);
        assertEq(alice.balance, 4.8 ether - 1);
        assertEq(token.unpaid(alice, address(bad)), 480e6 - 1);
        snapshot();
        assertEq(token.pendingRevenue(address(bad)), 0);
    }

    function test_RevertWhen_GasIsTooLittleForAToken() external {
        vm.roll(token.nextSnapshotBlock());
        vm.expectRevert(IRevShareToken.InsufficientGas.selector);
        token.snapshot{gas: 250_000}();
        token.snapshot();
        vm.expectRevert(IRevShareToken.InsufficientGas.selector);
        vm.prank(alice);
        token.claim{gas: 550_000}(1);
        vm.prank(alice);
        token.claimTo{gas: 550_000}(ids(1), list(ETH), alice);
        assertEq(alice.balance, 4.8 ether - 1);
    }

    function test_WhenLastHolderCannotBePaid_ItIsKept() external {
        snapshot();
        vm.prank(bob);
        assertTrue(token.transfer(alice, SUPPLY * 30 / 100));
        vm.prank(carol);
        assertTrue(token.transfer(alice, SUPPLY / 10));
        vm.roll(block.number + 1);
        bad.set(Mood.Reverts);
        vm.startPrank(alice);
        token.burnTo(SUPPLY, list(ETH), alice);
        token.collectRemainder(list(address(bad), address(bad)), alice);
        assertEq(token.unpaid(alice, address(bad)), 200e6);
        assertEq(token.ledger(address(bad)).owed, 1000e6);
        assertEq(token.ledger(address(bad)).pool, 0);
        vm.stopPrank();
    }

    function paidButTheBad() private view {
        assertEq(alice.balance, 4.8 ether - 1);
        assertEq(coin.balanceOf(alice), 480e6 - 1);
        assertEq(bad.balanceOf(alice), 0);
        assertEq(token.unpaid(alice, address(bad)), 480e6 - 1);
        assertEq(token.ledger(address(bad)).owed, 800e6);
    }
}

/// @dev Claims, and again when it is paid.
contract Reenterer {
    IRevShareToken private immutable token;
    bool public tried;

    constructor(IRevShareToken token_) {
        token = token_;
    }

    function run() external {
        token.claim(1);
    }

    receive() external payable {
        try token.claim(1) {}
        catch (bytes memory reason) {
            tried = bytes4(reason) == bytes4(keccak256("ReentrancyGuardReentrantCall()"));
        }
    }
}
