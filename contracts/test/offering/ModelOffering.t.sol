// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {VestingWallet} from "@openzeppelin/contracts/finance/VestingWallet.sol";

import {IModelOffering} from "../../src/interfaces/IModelOffering.sol";
import {OfferingBase} from "./OfferingBase.sol";
import {PermitCoin, Refuser} from "./OfferingCoins.sol";

contract ModelOfferingTest is OfferingBase {
    function test_WhenOversubscribed_TokensAreProRataAndTheRestComesBack() external {
        oversubscribe();
        IModelOffering.State memory s = offering.state(alice);
        assertEq(s.allocation, SUPPLY / 8);
        assertEq(s.refund, 12.5 ether);
        vm.expectEmit(address(offering));
        emit IModelOffering.Claimed(alice, alice, SUPPLY / 8, 12.5 ether);
        // Anyone may call; it is paid to the account.
        vm.prank(bob);
        offering.claim(alice);
        assertEq(token.balanceOf(alice), SUPPLY / 8);
        assertEq(alice.balance, 12.5 ether);
        assertTrue(offering.state(alice).settled);
        vm.prank(bob);
        offering.claimTo(carol);
        assertEq(token.balanceOf(carol), SUPPLY / 8);
        assertEq(carol.balance, 12.5 ether);
    }

    function test_WhenBelowCap_PriceIsTheSameAndTheUnsoldIsBurnt() external {
        open();
        pay(alice, 30 ether);
        close();
        offering.claim(alice);
        // 30 of 150: a fifth of what is for sale, and nothing back.
        assertEq(token.balanceOf(alice), SUPPLY / 10);
        assertEq(alice.balance, 0);
        vm.expectEmit(address(offering));
        emit IModelOffering.Finalized(true, 30 ether, 30 ether, SUPPLY / 10, SUPPLY * 4 / 5);
        offering.finalize();
        assertEq(token.totalSupply(), SUPPLY / 5);
    }

    function test_WhenASnapshotIsTakenInTheSameBlock_FinalizeWaitsForNobody() external {
        open();
        pay(alice, 30 ether);
        close();
        vm.roll(block.number + 200);
        token.snapshot();
        offering.finalize();
        assertEq(token.totalSupply(), SUPPLY);
        offering.claim(alice);
        assertEq(token.balanceOf(alice), SUPPLY / 10);
        vm.roll(block.number + 1);
        offering.forwardExcess(address(token));
        assertEq(token.totalSupply(), SUPPLY / 5);
    }

    function test_WhenTheUnsoldIsBurnt_ItsShareOfThePoolStaysWithTheHolders() external {
        open();
        pay(alice, 30 ether);
        close();
        vm.deal(address(this), 10 ether);
        (bool sent,) = address(token).call{value: 10 ether}("");
        assertTrue(sent);
        vm.roll(block.number + 200);
        token.snapshot();
        vm.roll(block.number + 1);
        uint256 pool = token.ledger(ETH).pool;
        offering.finalize();
        assertEq(pool, 2 ether);
        assertEq(token.ledger(ETH).pool, pool);
        assertEq(address(offering).balance, 30 ether);
    }

    function test_WhenBelowTarget_EverythingComesBack() external {
        open();
        pay(alice, 10 ether);
        pay(bob, 19 ether);
        close();
        assertEq(uint8(offering.phase()), uint8(IModelOffering.Phase.Failed));
        vm.expectEmit(address(offering));
        emit IModelOffering.Refunded(alice, alice, 10 ether);
        offering.refund(alice);
        assertEq(alice.balance, 10 ether);
        vm.prank(bob);
        offering.refundTo(carol);
        assertEq(carol.balance, 19 ether);
        vm.expectEmit(address(offering));
        emit IModelOffering.SupplyReturned(keeper, SUPPLY);
        offering.finalize();
        assertEq(token.balanceOf(keeper), SUPPLY);
        assertEq(address(offering).balance, 0);
    }

    function test_WhenSettled_NobodyIsPaidAgain() external {
        oversubscribe();
        offering.claim(alice);
        vm.expectRevert(abi.encodeWithSelector(IModelOffering.OfferingAlreadySettled.selector, alice));
        offering.claim(alice);
        vm.expectRevert(abi.encodeWithSelector(IModelOffering.OfferingNoDeposit.selector, maker));
        offering.claim(maker);
        vm.startPrank(bob);
        vm.expectRevert(abi.encodeWithSelector(IModelOffering.OfferingInvalidRecipient.selector, address(0)));
        offering.claimTo(address(0));
        vm.expectRevert(abi.encodeWithSelector(IModelOffering.OfferingInvalidRecipient.selector, address(offering)));
        offering.claimTo(address(offering));
    }

    function test_WhenPhaseIsWrong_CallsRevert() external {
        open();
        pay(alice, 50 ether);
        bytes memory wrong = abi.encodeWithSelector(IModelOffering.OfferingWrongPhase.selector, IModelOffering.Phase.Open);
        vm.expectRevert(wrong);
        offering.claim(alice);
        vm.expectRevert(wrong);
        offering.refund(alice);
        vm.expectRevert(wrong);
        offering.finalize();
        vm.expectRevert(IModelOffering.OfferingNotFinalized.selector);
        offering.release(IModelOffering.Part.Team);
        vm.expectRevert(IModelOffering.OfferingNotFinalized.selector);
        offering.forwardExcess(ETH);
        close();
        vm.expectRevert(abi.encodeWithSelector(IModelOffering.OfferingWrongPhase.selector, IModelOffering.Phase.Succeeded));
        offering.refund(alice);
        offering.finalize();
        vm.expectRevert(IModelOffering.OfferingAlreadyFinalized.selector);
        offering.finalize();
    }

    function test_WhenFailed_PartsGetNothing() external {
        close();
        offering.finalize();
        vm.expectRevert(abi.encodeWithSelector(IModelOffering.OfferingWrongPhase.selector, IModelOffering.Phase.Failed));
        offering.release(IModelOffering.Part.Treasury);
        vm.expectRevert(abi.encodeWithSelector(IModelOffering.OfferingWrongPhase.selector, IModelOffering.Phase.Failed));
        offering.claim(alice);
    }

    function test_WhenReleased_PartsAreVested() external {
        oversubscribe();
        offering.finalize();
        (,, address[3] memory wallets) = offering.terms();
        uint256[3] memory money = [uint256(45 ether), 60 ether, 45 ether];
        uint256[3] memory tokens = [SUPPLY / 10, SUPPLY / 10, SUPPLY * 3 / 10];
        for (uint8 i = 0; i < 3; ++i) {
            vm.expectEmit(address(offering));
            emit IModelOffering.Released(IModelOffering.Part(i), wallets[i], tokens[i], money[i]);
            offering.release(IModelOffering.Part(i));
            assertEq(wallets[i].balance, money[i]);
            assertEq(token.balanceOf(wallets[i]), tokens[i]);
        }
        vm.expectRevert(abi.encodeWithSelector(IModelOffering.OfferingAlreadyReleased.selector, IModelOffering.Part.Team));
        offering.release(IModelOffering.Part.Team);
        // Liquidity at once, treasury as a stream, team after its cliff.
        VestingWallet(payable(wallets[2])).release();
        assertEq(market.balance, 45 ether);
        vm.warp(block.timestamp + 73 days);
        VestingWallet(payable(wallets[0])).release();
        VestingWallet(payable(wallets[1])).release();
        assertEq(maker.balance, 0);
        assertEq(keeper.balance, 12 ether);
        vm.warp(block.timestamp + 292 days);
        VestingWallet(payable(wallets[0])).release(address(token));
        assertEq(token.balanceOf(maker), SUPPLY / 10);
    }

    function test_WhenAllArePaid_NothingIsLeft() external {
        oversubscribe();
        offering.finalize();
        address[4] memory all = [alice, bob, carol, dave];
        for (uint256 i = 0; i < 4; ++i) {
            offering.claim(all[i]);
        }
        for (uint8 i = 0; i < 3; ++i) {
            offering.release(IModelOffering.Part(i));
        }
        assertEq(address(offering).balance, 0);
        assertEq(token.balanceOf(address(offering)), 0);
        vm.expectRevert(abi.encodeWithSelector(IModelOffering.OfferingNoExcess.selector, ETH));
        offering.forwardExcess(ETH);
    }

    function test_WhenThingsStray_TheyAreForwarded() external {
        oversubscribe();
        offering.finalize();
        vm.deal(address(offering), address(offering).balance + 3 ether);
        uint256 before = address(token).balance;
        vm.expectEmit(address(offering));
        emit IModelOffering.ExcessForwarded(ETH, address(token), 3 ether);
        offering.forwardExcess(ETH);
        assertEq(address(token).balance, before + 3 ether);
        // A coin that the token takes as revenue goes there, another to the treasury, the token itself is burnt.
        coin.mint(address(offering), 5);
        offering.forwardExcess(address(coin));
        assertEq(coin.balanceOf(address(token)), 5);
        PermitCoin other = new PermitCoin();
        other.mint(address(offering), 7);
        offering.forwardExcess(address(other));
        (,, address[3] memory wallets) = offering.terms();
        assertEq(other.balanceOf(wallets[1]), 7);
        offering.claim(alice);
        vm.prank(alice);
        assertTrue(token.transfer(address(offering), 11));
        uint256 supply = token.totalSupply();
        offering.forwardExcess(address(token));
        assertEq(token.totalSupply(), supply - 11);
        // All others are still paid in full.
        offering.claim(bob);
        assertEq(token.balanceOf(bob), SUPPLY / 8);
    }

    function test_WhenTokensWait_TheirRevenueIsForwarded() external {
        oversubscribe();
        offering.finalize();
        vm.deal(address(this), 10 ether);
        (bool sent,) = address(token).call{value: 10 ether}("");
        assertTrue(sent);
        vm.roll(block.number + 200);
        token.snapshot();
        uint256[] memory ids = new uint256[](1);
        ids[0] = 1;
        token.claimFor(address(offering), ids, new address[](1));
        // Rounded down; the last unit is carried.
        vm.expectEmit(address(offering));
        emit IModelOffering.ExcessForwarded(ETH, address(token), 8 ether - 1);
        offering.forwardExcess(ETH);
        assertEq(address(token).balance, 10 ether);
    }

    function test_WhenAReceiverRefuses_OthersArePaidAndItNamesAnother() external {
        Refuser refuser = new Refuser();
        open();
        pay(alice, 50 ether);
        pay(bob, 50 ether);
        pay(carol, 50 ether);
        vm.deal(address(refuser), 50 ether);
        refuser.run(address(offering), 50 ether, abi.encodeCall(offering.deposit, (50 ether)));
        close();
        vm.expectRevert("refused");
        offering.claim(address(refuser));
        offering.claim(alice);
        refuser.run(address(offering), 0, abi.encodeCall(offering.claimTo, (dave)));
        assertEq(dave.balance, 12.5 ether);
        assertEq(token.balanceOf(dave), SUPPLY / 8);
    }

    function test_WhenAReceiverReenters_ItGainsNothing() external {
        Refuser refuser = new Refuser();
        open();
        pay(alice, 50 ether);
        pay(bob, 50 ether);
        pay(carol, 50 ether);
        vm.deal(address(refuser), 50 ether);
        refuser.run(address(offering), 50 ether, abi.encodeCall(offering.deposit, (50 ether)));
        close();
        refuser.set(true, address(offering), abi.encodeCall(offering.claim, (alice)));
        vm.expectRevert("inner call failed");
        offering.claim(address(refuser));
        assertFalse(offering.state(address(refuser)).settled);
        refuser.set(true, address(0), "");
        offering.claim(address(refuser));
        assertEq(address(refuser).balance, 12.5 ether);
    }

    function testFuzz_SharesSumToWhatThereIs(uint96[4] memory paid, uint96 target) external {
        IModelOffering.Terms memory t = terms();
        t.target = uint128(bound(target, 1, t.cap));
        offer(t);
        open();
        address[4] memory all = [alice, bob, carol, dave];
        uint256 raised;
        for (uint256 i = 0; i < 4; ++i) {
            uint256 amount = bound(paid[i], 1, 50 ether);
            pay(all[i], amount);
            raised += amount;
        }
        close();
        bool enough = raised >= t.target;
        uint256 tokens;
        for (uint256 i = 0; i < 4; ++i) {
            IModelOffering.State memory s = offering.state(all[i]);
            assertEq(s.raised, raised);
            if (enough) offering.claim(all[i]);
            else offering.refund(all[i]);
            assertEq(all[i].balance, s.refund);
            assertEq(token.balanceOf(all[i]), s.allocation);
            tokens += s.allocation;
            // No more is kept than the price of the tokens, and a unit for rounding.
            if (enough) assertApproxEqAbs((s.deposited - s.refund) * t.forSale / t.cap, s.allocation, t.forSale / t.cap + 1);
            else assertEq(s.refund, s.deposited);
        }
        offering.finalize();
        if (!enough) {
            assertEq(address(offering).balance, 0);
            return;
        }
        for (uint8 i = 0; i < 3; ++i) {
            offering.release(IModelOffering.Part(i));
        }
        // What rounding leaves is below a unit for each account.
        assertLe(address(offering).balance, 4);
        assertLe(token.balanceOf(address(offering)), 4);
    }
}
