// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {stdError} from "forge-std/StdError.sol";
import {Vm} from "forge-std/Vm.sol";

import {IRevShareToken} from "../../src/interfaces/IRevShareToken.sol";
import {RevShareBase} from "../revshare/RevShareBase.sol";
import {Borrower, Pool, Vault} from "./Borrower.sol";
import {SampleToken, SoldToken} from "./PublishedTokens.sol";

/// @dev One test for each known fault of the published ERC-7641 tokens: it shows the fault in a copy of the published code, with alice as
/// the first holder of everything, and that ours has it not.
contract FaultsTest is RevShareBase {
    SampleToken private sample;
    SoldToken private sold;

    function setUp() public override {
        vm.roll(1000);
        token = deploy(60, new address[](0));
        vm.startPrank(alice);
        sample = new SampleToken(SUPPLY, 60);
        sold = new SoldToken(SUPPLY, 60);
        vm.stopPrank();
        vm.roll(5000);
    }

    function test_Fault01_BorrowedTokensTakeTheSnapshot() external {
        Borrower borrower = new Borrower();
        give(100 ether);
        vm.startPrank(alice);
        sample.approve(address(borrower), SUPPLY);
        token.approve(address(borrower), SUPPLY);
        vm.stopPrank();
        borrower.takeSample(sample, alice);
        assertEq(address(borrower).balance, 60 ether);
        vm.deal(address(borrower), 0);
        borrower.takeOurs(token, alice);
        assertEq(address(borrower).balance, 0);
        assertApproxEqAbs(token.claimableRevenue(alice, 1), 60 ether, 1);
    }

    function test_Fault02_BurnReachesRevenueAsItArrives() external {
        halfTo(bob);
        give(100 ether);
        vm.startPrank(bob);
        sample.burn(SUPPLY / 2);
        assertEq(bob.balance, 20 ether);
        token.burn(SUPPLY / 2);
        assertEq(bob.balance, 20 ether);
        assertEq(token.pendingRevenue(ETH), 100 ether);
        vm.stopPrank();
        // Nor by taking the snapshot first.
        halfTo(carol);
        vm.startPrank(carol);
        token.snapshot();
        vm.expectRevert(IRevShareToken.BurnInSnapshotBlock.selector);
        token.burn(SUPPLY / 4);
    }

    function test_Fault03_ZeroSupplyPanicsAndLosesEth() external {
        vm.startPrank(alice);
        sample.burn(SUPPLY);
        token.burn(SUPPLY);
        vm.stopPrank();
        give(1 ether);
        vm.expectRevert(stdError.divisionError);
        sample.redeemableOnBurn(1);
        sample.snapshot();
        vm.expectRevert(stdError.divisionError);
        sample.claimableRevenue(alice, 1);
        assertEq(address(sample).balance, 1 ether);
        assertEq(token.redeemableOnBurn(1), 0);
        assertEq(token.claimableRevenue(alice, 1), 0);
        vm.prank(alice);
        token.collectRemainder(list(ETH), alice);
        assertEq(alice.balance, 1 ether);
    }

    function test_Fault04_MoneyMovesWithoutEvents() external {
        vm.recordLogs();
        moneyOfSample();
        // Snapshot(uint256) and the Transfer of the burn, neither with an amount of money.
        assertEq(vm.getRecordedLogs().length, 2);
        give(1 ether);
        vm.recordLogs();
        earn(1 ether);
        token.snapshot();
        vm.roll(block.number + 1);
        vm.startPrank(alice);
        token.claim(1);
        token.burn(1e26);
        vm.stopPrank();
        Vm.Log[] memory logs = vm.getRecordedLogs();
        bytes32[6] memory topics = [
            IRevShareToken.RevenueReceived.selector,
            IRevShareToken.Snapshot.selector,
            IRevShareToken.Allotted.selector,
            IRevShareToken.Claimed.selector,
            keccak256("Transfer(address,address,uint256)"),
            IRevShareToken.Redeemed.selector
        ];
        assertEq(logs.length, 6);
        for (uint256 i = 0; i < 6; ++i) {
            assertEq(logs[i].topics[0], topics[i]);
        }
    }

    function test_Fault05_InterfaceCannotBeDetected() external {
        vm.expectRevert();
        IERC165(address(sample)).supportsInterface(0xed7b2e4e);
        assertTrue(token.supportsInterface(0xed7b2e4e));
    }

    function test_Fault06_DustStaysForEver() external {
        split(3);
        uint256 paid;
        for (uint256 n = 0; n < 6; ++n) {
            give(1 ether + 7);
            vm.roll(block.number + 1001);
            sample.snapshot();
            token.snapshot();
        }
        address[3] memory holders = [alice, bob, carol];
        for (uint256 i = 0; i < 3; ++i) {
            vm.startPrank(holders[i]);
            sample.claimBatch(range(1, 6));
            uint256 before = holders[i].balance;
            token.claimTo(range(1, 6), list(ETH), holders[i]);
            paid += holders[i].balance - before;
            vm.stopPrank();
        }
        // Nobody can claim the sample's any more. What is left of ours, under a wei for each, is counted for the holders' next claim.
        assertGe(sample.claimPool(), 6);
        assertLe(token.ledger(ETH).owed, 3);
        assertEq(paid + token.ledger(ETH).owed, 6 * ((1 ether + 7) * 60 / uint256(100)));
    }

    function test_Fault07_UnclaimedRevenueIsTakenFromItsHolder() external {
        halfTo(bob);
        give(1 ether);
        for (uint256 i = 0; i < 3; ++i) {
            vm.roll(block.number + 1001);
            sold.snapshot();
            token.snapshot();
        }
        vm.expectRevert("snapshot unclaimable");
        vm.prank(bob);
        sold.claim(1);
        // Sold after the first snapshot, and paid at the third to who holds then.
        assertEq(sold.claimableRevenue(bob, 3), 0.3 ether);
        vm.prank(bob);
        token.claim(1);
        assertApproxEqAbs(bob.balance, 0.3 ether, 1);
    }

    function test_Fault08_HoldersThatCannotClaimStrandTheirShare() external {
        (Vault vault, Pool pool) = (new Vault(), new Pool());
        vm.startPrank(alice);
        sample.transfer(address(vault), SUPPLY / 4);
        token.transfer(address(vault), SUPPLY / 4);
        token.transfer(address(pool), SUPPLY / 4);
        vm.stopPrank();
        vm.roll(block.number + 1);
        give(1 ether);
        sample.snapshot();
        token.snapshot();
        assertFalse(vault.run(address(sample), abi.encodeCall(sample.claim, (1))));
        assertTrue(vault.run(address(token), abi.encodeCall(token.claimTo, (ids(1), list(ETH), payer))));
        assertApproxEqAbs(payer.balance, 0.15 ether, 1);
        token.claimFor(address(pool), ids(1), list(ETH));
        assertApproxEqAbs(address(pool).balance, 0.15 ether, 1);
    }

    function test_Fault09_BatchRevertsForOneEmptyId() external {
        give(1 ether);
        for (uint256 i = 0; i < 2; ++i) {
            vm.roll(block.number + 1001);
            sample.snapshot();
            token.snapshot();
        }
        vm.startPrank(alice);
        vm.expectRevert("no claimable ETH");
        sample.claimBatch(range(1, 2));
        token.claimTo(range(0, 99), list(ETH), alice);
        assertApproxEqAbs(alice.balance, 0.6 ether, 1);
    }

    /// forge-config: default.isolate = true
    function test_Fault10_TransfersAfterASnapshotAreDearer() external {
        halfTo(bob);
        halfTo(bob);
        vm.roll(block.number + 1001);
        uint256 samples = transferGas(address(sample));
        uint256 ours = transferGas(address(token));
        sample.snapshot();
        token.snapshot();
        vm.roll(block.number + 1);
        uint256 samplesAfter = transferGas(address(sample));
        uint256 oursAfter = transferGas(address(token));
        assertGt(samplesAfter, samples + 80_000);
        assertApproxEqAbs(oursAfter, ours, 100);
        assertLt(oursAfter, samplesAfter - 25_000);
        emit log_named_uint("gas sample's transfer after a snapshot", samplesAfter);
        emit log_named_uint("gas our transfer after a snapshot", oursAfter);
    }

    function test_Fault11_BalancesOnlyExistForSnapshotIds() external {
        vm.expectRevert("ERC20Snapshot: nonexistent id");
        sample.balanceOfAt(alice, block.number - 1);
        assertEq(token.getPastBalance(alice, block.number - 1), SUPPLY);
        assertTrue(token.supportsInterface(0xda287a1d));
    }

    function test_Fault12_BurnAlwaysPaysOut() external {
        give(10 ether);
        sample.snapshot();
        token.snapshot();
        vm.roll(block.number + 1);
        // The ERC wants burn(uint256) to pay. Who burns for another reason has another way, and can tell the two by ERC-165.
        vm.startPrank(alice);
        sample.burn(SUPPLY / 2);
        assertEq(alice.balance, 2 ether);
        token.burnTo(SUPPLY / 2, new address[](0), alice);
        assertEq(alice.balance, 2 ether);
        assertEq(token.ledger(ETH).pool, 4 ether);
        token.burn(SUPPLY / 4);
        assertEq(alice.balance, 4 ether);
    }

    function moneyOfSample() private {
        vm.deal(payer, 1 ether);
        vm.prank(payer);
        (bool done,) = address(sample).call{value: 1 ether}("");
        assertTrue(done);
        sample.snapshot();
        vm.startPrank(alice);
        sample.claim(1);
        sample.burn(1e26);
        vm.stopPrank();
    }

    function transferGas(address of_) private returns (uint256) {
        vm.prank(alice);
        SampleToken(payable(of_)).transfer(bob, 1);
        return vm.lastCallGas().gasTotalUsed;
    }

    function give(uint256 amount) private {
        address[3] memory all = [address(sample), address(sold), address(token)];
        for (uint256 i = 0; i < 3; ++i) {
            vm.deal(all[i], all[i].balance + amount);
        }
    }

    function halfTo(address to) private {
        vm.startPrank(alice);
        sample.transfer(to, sample.balanceOf(alice) / 2);
        sold.transfer(to, sold.balanceOf(alice) / 2);
        token.transfer(to, token.balanceOf(alice) / 2);
        vm.stopPrank();
        vm.roll(block.number + 1);
    }

    function split(uint256 parts) private {
        vm.startPrank(alice);
        sample.transfer(bob, SUPPLY / parts);
        token.transfer(bob, SUPPLY / parts);
        sample.transfer(carol, SUPPLY / parts);
        token.transfer(carol, SUPPLY / parts);
        vm.stopPrank();
    }
}
