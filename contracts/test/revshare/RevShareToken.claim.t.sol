// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IRevShareToken} from "../../src/interfaces/IRevShareToken.sol";
import {RevShareBase} from "./RevShareBase.sol";

/// @dev A holder that takes no ETH but can call.
contract Refuser {
    function run(address target, bytes calldata data) external {
        (bool done, bytes memory answer) = target.call(data);
        assembly {
            if iszero(done) { revert(add(answer, 32), mload(answer)) }
        }
    }
}

/// @dev A holder that can take ETH but cannot call, as a vesting wallet.
contract Mute {
    receive() external payable {}
}

contract RevShareTokenClaimTest is RevShareBase {
    function test_WhenClaimed_PaysEthAndTokensOnce() external {
        earn(10 ether);
        coin.mint(address(token), 1000e6);
        snapshot();
        uint256 share = token.claimableRevenue(alice, 1);
        assertEq(share, 4.8 ether - 1);
        assertEq(token.claimableERC20(alice, 1, address(coin)), 480e6 - 1);
        vm.expectEmit(address(token));
        emit IRevShareToken.Claimed(alice, ETH, alice, share);
        vm.expectEmit(address(token));
        emit IRevShareToken.Claimed(alice, address(coin), alice, 480e6 - 1);
        vm.prank(alice);
        token.claim(1);
        assertEq(alice.balance, share);
        assertEq(coin.balanceOf(alice), 480e6 - 1);
        assertTrue(token.isClaimed(alice, 1, ETH));
        assertFalse(token.isClaimed(bob, 1, ETH));
        assertEq(token.claimableRevenue(alice, 1), 0);
        assertEq(token.claimableERC20(alice, 1, address(coin)), 0);
        vm.prank(alice);
        token.claim(1);
        assertEq(alice.balance, share);
    }

    function test_WhenIdIsUnknown_DoesNothing() external {
        earn(1 ether);
        snapshot();
        uint256[3] memory unknown = [uint256(0), 2, type(uint256).max];
        for (uint256 i = 0; i < 3; ++i) {
            assertEq(token.claimableRevenue(alice, unknown[i]), 0);
            vm.prank(alice);
            token.claim(unknown[i]);
        }
        assertEq(alice.balance, 0);
        // An id that is claimed before it exists is not lost.
        snapshotAgain();
        assertGt(token.claimableRevenue(alice, 2), 0);
    }

    function test_WhenAssetIsNone_DoesNothing() external {
        earn(1 ether);
        snapshot();
        assertEq(token.claimableERC20(alice, 1, ETH), 0);
        assertEq(token.claimableERC20(alice, 1, address(this)), 0);
        vm.prank(alice);
        token.claimTo(ids(1), list(address(this), address(1)), alice);
        assertEq(alice.balance, 0);
    }

    function test_WhenManyAtOnce_SkipsWhatIsNothing() external {
        earn(10 ether);
        snapshot();
        vm.prank(alice);
        token.claim(1);
        uint256 first = alice.balance;
        snapshot();
        snapshotAgain();
        uint256[] memory some = new uint256[](6);
        (some[0], some[1], some[2], some[3], some[4], some[5]) = (99, 1, 3, 2, 3, 300);
        uint256 share = token.claimableRevenue(alice, 3);
        assertGt(share, 0);
        vm.prank(alice);
        token.claimTo(some, list(ETH, ETH), payer);
        assertEq(payer.balance, share);
        assertEq(alice.balance, first);
    }

    function test_WhenLongAfter_NothingHasLapsed() external {
        earn(10 ether);
        snapshot();
        uint256 share = token.claimableRevenue(bob, 1);
        for (uint256 i = 0; i < 300; ++i) {
            snapshotAgain();
        }
        assertEq(token.claimableRevenue(bob, 1), share);
        uint256[][] memory preview = token.previewClaim(bob, 1, 1000, list(ETH));
        assertEq(preview[0].length, 301);
        uint256 sum;
        for (uint256 i = 0; i < 301; ++i) {
            sum += preview[0][i];
        }
        vm.prank(bob);
        token.claimTo(range(1, 301), list(ETH), bob);
        assertEq(bob.balance, sum);
    }

    function test_WhenRangeIsEmpty_PreviewIsEmpty() external {
        snapshot();
        assertEq(token.previewClaim(bob, 2, 9, list(ETH, address(coin)))[1].length, 0);
        assertEq(token.previewClaim(bob, 1, 0, list(ETH))[0].length, 0);
    }

    function test_WhenRemaindersAddUp_TheyArePaid() external {
        // A third of a wei three times is a wei.
        IRevShareToken.Terms memory t = terms(100, list(address(coin)));
        t.supply = 3;
        token = deployWith(t);
        vm.startPrank(alice);
        assertTrue(token.transfer(bob, 1));
        assertTrue(token.transfer(carol, 1));
        vm.stopPrank();
        for (uint256 i = 0; i < 4; ++i) {
            earn(1);
            snapshot();
        }
        assertEq(token.ledger(ETH).owed, 4);
        address[3] memory holders = [alice, bob, carol];
        uint256 paid;
        for (uint256 i = 0; i < 3; ++i) {
            assertEq(token.claimableRevenue(holders[i], 1), 0);
            vm.prank(holders[i]);
            token.claimTo(range(1, 4), list(ETH), holders[i]);
            paid += holders[i].balance;
        }
        // A third of four wei each: one wei, and a third that is left.
        assertEq(paid, 3);
        for (uint256 i = 0; i < 2; ++i) {
            earn(1);
            snapshot();
        }
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(holders[i]);
            token.claimTo(range(1, 6), list(ETH), holders[i]);
            assertEq(holders[i].balance, 2);
        }
        assertEq(token.ledger(ETH).owed, 0);
    }

    function test_WhenHolderRefusesEth_PaysToAnotherAddress() external {
        Refuser refuser = new Refuser();
        vm.prank(alice);
        assertTrue(token.transfer(address(refuser), SUPPLY / 10));
        earn(10 ether);
        coin.mint(address(token), 1000e6);
        snapshot();
        bytes memory claim = abi.encodeCall(token.claim, (1));
        vm.expectRevert(abi.encodeWithSelector(IRevShareToken.EthRefused.selector, address(refuser)));
        refuser.run(address(token), claim);
        refuser.run(address(token), abi.encodeCall(token.claimTo, (ids(1), list(ETH), payer)));
        assertApproxEqAbs(payer.balance, 0.8 ether, 1);
        // What it can take, it takes itself.
        refuser.run(address(token), claim);
        assertApproxEqAbs(coin.balanceOf(address(refuser)), 80e6, 1);
    }

    function test_WhenHolderCannotCall_AnyonePaysItItsShare() external {
        Mute mute = new Mute();
        vm.prank(alice);
        assertTrue(token.transfer(address(mute), SUPPLY / 10));
        earn(10 ether);
        snapshot();
        vm.prank(payer);
        token.claimFor(address(mute), ids(1), list(ETH, address(coin)));
        assertApproxEqAbs(address(mute).balance, 0.8 ether, 1);
        assertEq(payer.balance, 0);
    }

    function test_RevertWhen_RecipientIsZeroOrTheToken() external {
        vm.expectRevert(abi.encodeWithSelector(IRevShareToken.InvalidRecipient.selector, address(0)));
        token.claimTo(ids(1), list(ETH), address(0));
        vm.expectRevert(abi.encodeWithSelector(IRevShareToken.InvalidRecipient.selector, address(token)));
        token.claimTo(ids(1), list(ETH), address(token));
    }

    function testFuzz_WhenAllClaim_SumIsWhatIsOwedUpToOneWeiAHolder(uint128 revenue, uint256 a, uint256 b, uint8 percent) external {
        token = deploy(percent % 101, list(address(coin)));
        a = bound(a, 0, SUPPLY);
        b = bound(b, 0, SUPPLY - a);
        vm.startPrank(alice);
        assertTrue(token.transfer(bob, a));
        assertTrue(token.transfer(carol, b));
        vm.stopPrank();
        vm.deal(address(token), revenue);
        snapshot();
        uint256 owed = token.ledger(ETH).owed;
        uint256 pool = token.ledger(ETH).pool;
        assertEq(owed + pool, revenue);
        address[3] memory holders = [alice, bob, carol];
        uint256 sum;
        for (uint256 i = 0; i < 3; ++i) {
            uint256 exact = owed * token.balanceOf(holders[i]) / SUPPLY;
            uint256 share = token.claimableRevenue(holders[i], 1);
            assertApproxEqAbs(share, exact, 1);
            vm.prank(holders[i]);
            token.claim(1);
            assertEq(holders[i].balance, share);
            sum += share;
        }
        assertLe(sum, owed);
        assertLe(owed - sum, 3);
        assertEq(token.ledger(ETH).owed, owed - sum);
    }

    function snapshotAgain() private {
        earn(1 ether);
        snapshot();
    }
}
