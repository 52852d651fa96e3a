// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IRevShareToken} from "../../src/interfaces/IRevShareToken.sol";
import {RevShareBase} from "./RevShareBase.sol";

contract RevShareTokenSnapshotTest is RevShareBase {
    function test_WhenTaken_SplitsNewRevenueAndSaysSo() external {
        earn(10 ether);
        coin.mint(address(token), 1000e6);
        vm.roll(token.nextSnapshotBlock());
        vm.expectEmit(address(token));
        emit IRevShareToken.Snapshot(1, block.number - 1);
        vm.expectEmit(address(token));
        emit IRevShareToken.Allotted(1, ETH, 8 ether, 2 ether);
        vm.expectEmit(address(token));
        emit IRevShareToken.Allotted(1, address(coin), 800e6, 200e6);
        assertEq(token.snapshot(), 1);
        assertEq(token.lastSnapshotId(), 1);
        assertEq(token.snapshotBlock(1), block.number - 1);
        assertEq(token.perShare(1, ETH), (8 ether << 128) / SUPPLY);
        assertEq(token.ledger(ETH).owed, 8 ether);
        assertEq(token.ledger(ETH).pool, 2 ether);
        assertEq(token.ledger(address(coin)).owed, 800e6);
        assertEq(token.ledger(address(coin)).pool, 200e6);
    }

    function test_WhenDivisionLeavesDust_NextSnapshotSharesIt() external {
        earn(10 ether);
        snapshot();
        uint256 dust = token.ledger(ETH).carry;
        assertEq(dust, (uint256(8 ether) << 128) % SUPPLY);
        assertGt(dust, 0);
        assertEq(token.pendingRevenue(ETH), 0);
        earn(10 ether);
        snapshot();
        assertEq(token.perShare(2, ETH), ((uint256(8 ether) << 128) + dust) / SUPPLY);
        assertEq(token.ledger(ETH).carry, ((uint256(8 ether) << 128) + dust) % SUPPLY);
        uint256 shares = (token.perShare(1, ETH) + token.perShare(2, ETH)) * SUPPLY;
        assertEq(shares + token.ledger(ETH).carry, uint256(token.ledger(ETH).owed) << 128);
    }

    function test_WhenShareExceeds208Bits_TheRestWaits() external {
        IRevShareToken.Terms memory t = terms(100, list(address(coin)));
        t.supply = 1;
        token = deployWith(t);
        earn(2 ** 81);
        snapshot();
        assertEq(token.claimableRevenue(alice, 1), 2 ** 80 - 1);
        assertEq(token.pendingRevenue(ETH), 2 ** 80 + 1);
        snapshot();
        snapshot();
        assertEq(token.claimableRevenue(alice, 3), 2);
        assertEq(token.pendingRevenue(ETH), 0);
    }

    function test_RevertWhen_BeforeTheInterval() external {
        uint256 next = token.nextSnapshotBlock();
        vm.roll(next - 1);
        vm.expectRevert(abi.encodeWithSelector(IRevShareToken.SnapshotTooEarly.selector, next));
        token.snapshot();
        vm.roll(next);
        token.snapshot();
        vm.expectRevert(abi.encodeWithSelector(IRevShareToken.SnapshotTooEarly.selector, next + INTERVAL));
        token.snapshot();
    }

    function test_RevertWhen_SupplyOfTheBlockBeforeIsZero() external {
        vm.prank(bob);
        assertTrue(token.transfer(alice, SUPPLY * 30 / 100));
        vm.prank(carol);
        assertTrue(token.transfer(alice, SUPPLY * 10 / 100));
        vm.roll(block.number + 1);
        vm.prank(alice);
        token.burn(SUPPLY);
        earn(1 ether);
        uint256 next = token.nextSnapshotBlock();
        vm.roll(next);
        vm.expectRevert(abi.encodeWithSelector(IRevShareToken.NoSupplyAt.selector, next - 1));
        token.snapshot();
        assertEq(token.pendingRevenue(ETH), 1 ether);
    }

    function test_WhenRevenueArrivesInTheSameBlock_ItCounts() external {
        vm.roll(token.nextSnapshotBlock());
        earn(1 ether);
        token.snapshot();
        assertEq(token.ledger(ETH).pool, 0.2 ether);
    }

    function test_WhenTokensMoveInTheSameBlock_TheBlockBeforeCounts() external {
        earn(10 ether);
        vm.roll(token.nextSnapshotBlock());
        uint256 held = token.balanceOf(alice);
        vm.prank(alice);
        assertTrue(token.transfer(payer, held));
        token.snapshot();
        assertEq(token.claimableRevenue(payer, 1), 0);
        assertApproxEqAbs(token.claimableRevenue(alice, 1), 4.8 ether, 1);
    }

    function test_WhenNothingArrived_TakesAnEmptySnapshot() external {
        assertEq(snapshot(), 1);
        assertEq(token.perShare(1, ETH), 0);
        assertEq(token.snapshotBlock(1), block.number - 1);
        assertEq(token.snapshotBlock(2), 0);
        assertEq(token.claimableRevenue(alice, 1), 0);
    }

    function test_WhenEthIsForced_ItIsRevenue() external {
        vm.deal(address(token), 1 ether);
        snapshot();
        assertEq(token.ledger(ETH).pool, 0.2 ether);
    }

    function test_WhenAssetIsNone_NothingIsPending() external view {
        assertEq(token.pendingRevenue(address(this)), 0);
    }

    function test_WhenPercentIs0Or100_AllGoesToOneSide() external {
        token = deploy(0, list(address(coin)));
        earn(1 ether);
        snapshot();
        assertEq(token.ledger(ETH).owed, 0);
        assertEq(token.ledger(ETH).pool, 1 ether);
        token = deploy(100, list(address(coin)));
        earn(1 ether);
        snapshot();
        assertEq(token.ledger(ETH).pool, 0);
        assertApproxEqAbs(token.ledger(ETH).owed, 1 ether, 1);
    }
}
