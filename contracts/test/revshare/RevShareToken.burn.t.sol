// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";

import {IRevShareToken} from "../../src/interfaces/IRevShareToken.sol";
import {RevShareBase} from "./RevShareBase.sol";

contract RevShareTokenBurnTest is RevShareBase {
    uint256 private carols = SUPPLY / 10;

    function earnAndSnapshot() private {
        earn(10 ether);
        coin.mint(address(token), 1000e6);
        snapshot();
        vm.roll(block.number + 1);
    }

    function test_WhenBurnt_PaysTheShareOfThePools() external {
        earnAndSnapshot();
        assertEq(token.redeemableOnBurn(carols), 0.2 ether);
        assertEq(token.redeemableERC20OnBurn(carols, address(coin)), 20e6);
        vm.expectEmit(address(token));
        emit IRevShareToken.Redeemed(carol, ETH, carol, carols, 0.2 ether);
        vm.expectEmit(address(token));
        emit IRevShareToken.Redeemed(carol, address(coin), carol, carols, 20e6);
        vm.prank(carol);
        token.burn(carols);
        assertEq(carol.balance, 0.2 ether);
        assertEq(coin.balanceOf(carol), 20e6);
        assertEq(token.totalSupply(), SUPPLY - carols);
        assertEq(token.ledger(ETH).pool, 1.8 ether);
        // Its share of the snapshot is still there, and nobody else's has grown.
        assertApproxEqAbs(token.claimableRevenue(carol, 1), 0.8 ether, 1);
        assertApproxEqAbs(token.claimableRevenue(alice, 1), 4.8 ether, 1);
    }

    function test_WhenNoSnapshotHasSeenRevenue_PaysNothing() external {
        earn(10 ether);
        vm.roll(block.number + 1);
        assertEq(token.redeemableOnBurn(carols), 0);
        vm.prank(carol);
        token.burn(carols);
        assertEq(carol.balance, 0);
        assertEq(token.pendingRevenue(ETH), 10 ether);
    }

    function test_WhenAssetsAreChosen_TheOthersStayInThePool() external {
        earnAndSnapshot();
        vm.prank(carol);
        token.burnTo(carols, list(address(coin), address(this)), payer);
        assertEq(coin.balanceOf(payer), 20e6);
        assertEq(payer.balance, 0);
        assertEq(token.ledger(ETH).pool, 2 ether);
    }

    function test_WhenAssetIsListedTwice_PaysOnce() external {
        earnAndSnapshot();
        vm.prank(carol);
        token.burnTo(carols, list(ETH, ETH), payer);
        assertEq(payer.balance, 0.2 ether);
        assertEq(token.ledger(ETH).pool, 1.8 ether);
    }

    function test_RevertWhen_InTheBlockOfASnapshot() external {
        earn(10 ether);
        snapshot();
        vm.expectRevert(IRevShareToken.BurnInSnapshotBlock.selector);
        vm.prank(carol);
        token.burn(carols);
        vm.roll(block.number + 1);
        vm.prank(carol);
        token.burn(carols);
        assertEq(carol.balance, 0.2 ether);
    }

    function test_RevertWhen_MoreThanHeld() external {
        vm.roll(block.number + 1);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, carol, carols, carols + 1));
        vm.prank(carol);
        token.burn(carols + 1);
    }

    function test_RevertWhen_RecipientIsZeroOrTheToken() external {
        vm.expectRevert(abi.encodeWithSelector(IRevShareToken.InvalidRecipient.selector, address(0)));
        token.burnTo(1, list(ETH), address(0));
        vm.expectRevert(abi.encodeWithSelector(IRevShareToken.InvalidRecipient.selector, address(token)));
        token.burnTo(1, list(ETH), address(token));
    }

    function test_RevertWhen_RecipientRefusesEth() external {
        earnAndSnapshot();
        vm.expectRevert(abi.encodeWithSelector(IRevShareToken.EthRefused.selector, address(this)));
        vm.prank(carol);
        token.burnTo(carols, list(ETH), address(this));
    }

    function test_WhenSupplyIsZero_ViewsAnswerZeroAndNothingIsLost() external {
        earnAndSnapshot();
        gather();
        vm.prank(alice);
        token.burn(SUPPLY);
        assertEq(token.totalSupply(), 0);
        assertEq(token.lastHolder(), alice);
        assertEq(alice.balance, 2 ether);
        assertEq(token.redeemableOnBurn(0), 0);
        assertEq(token.redeemableOnBurn(1), 0);
        assertEq(token.redeemableERC20OnBurn(1, address(coin)), 0);
        assertEq(token.redeemableERC20OnBurn(1, ETH), 0);
        assertEq(token.claimableRevenue(alice, 2), 0);
        vm.prank(bob);
        token.claim(1);
        assertApproxEqAbs(bob.balance, 2.4 ether, 1);
        // What still arrives is the last holder's; what others have not claimed is not.
        earn(5 ether);
        vm.prank(alice);
        token.collectRemainder(list(ETH, ETH), payer);
        assertApproxEqAbs(payer.balance, 5 ether, 1);
        assertGt(token.claimableRevenue(carol, 1), 0);
        vm.prank(carol);
        token.claim(1);
        assertApproxEqAbs(carol.balance, 0.8 ether, 1);
        // Burning nothing of nothing makes nobody the last holder.
        vm.prank(bob);
        token.burn(0);
        assertEq(token.lastHolder(), alice);
    }

    function test_WhenLastBurnLeavesAPool_LastHolderCollectsIt() external {
        earnAndSnapshot();
        gather();
        vm.prank(alice);
        token.burnTo(SUPPLY, list(ETH), alice);
        assertEq(token.ledger(address(coin)).pool, 200e6);
        vm.expectEmit(address(token));
        emit IRevShareToken.Collected(alice, address(coin), alice, 200e6);
        vm.prank(alice);
        token.collectRemainder(list(address(coin), address(this)), alice);
        assertEq(coin.balanceOf(alice), 200e6);
        assertEq(token.ledger(address(coin)).pool, 0);
    }

    function test_RevertWhen_NotTheLastHolder() external {
        vm.expectRevert(abi.encodeWithSelector(IRevShareToken.NotLastHolder.selector, alice));
        vm.prank(alice);
        token.collectRemainder(list(ETH), alice);
        vm.expectRevert(abi.encodeWithSelector(IRevShareToken.InvalidRecipient.selector, address(0)));
        token.collectRemainder(list(ETH), address(0));
    }

    function testFuzz_WhenBurnt_OthersLoseNothing(uint96 revenue, uint256 burnt) external {
        vm.deal(address(token), revenue);
        snapshot();
        vm.roll(block.number + 1);
        burnt = bound(burnt, 0, token.balanceOf(alice));
        uint256 before = token.redeemableOnBurn(carols);
        uint256 preview = token.redeemableOnBurn(burnt);
        vm.prank(alice);
        token.burn(burnt);
        assertEq(alice.balance, preview);
        assertGe(token.redeemableOnBurn(carols), before);
    }

    function gather() private {
        vm.prank(bob);
        assertTrue(token.transfer(alice, SUPPLY * 30 / 100));
        vm.prank(carol);
        assertTrue(token.transfer(alice, carols));
    }
}
