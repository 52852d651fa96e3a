// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Assertions} from "../../src/dispute/Assertions.sol";
import {Run} from "../../src/dispute/Runs.sol";
import {AIOracle} from "../../src/oracle/AIOracle.sol";
import {OracleModels} from "../../src/oracle/OracleModels.sol";
import {OracleRequests} from "../../src/oracle/OracleRequests.sol";
import {OracleFixture} from "./OracleFixture.sol";
import {BadReceiver, PublishedReceiver} from "./Receivers.sol";

/// @notice Who is called, and who is paid, and what happens where that fails.
contract AIOracleReceiverTest is OracleFixture {
    function test_EarlyResultsAreProvisional() public {
        PublishedReceiver receiver = new PublishedReceiver(oracle);
        bytes memory input = request("one");
        uint256 callFee = GAS_PRICE * (GAS_LIMIT + 100_000);
        uint256 cost = fee() + callFee;
        vm.prank(user);
        vm.expectRevert(abi.encodeWithSelector(OracleRequests.FeeTooLow.selector, cost - 1, cost));
        oracle.requestEarlyCallback{value: cost - 1}(number, input, address(receiver), GAS_LIMIT, "data");
        vm.recordLogs();
        vm.prank(user);
        uint256 id = oracle.requestEarlyCallback{value: cost}(number, input, address(receiver), GAS_LIMIT, "data");
        OracleRequests.Request memory r = requested();
        Run memory lie = malformed(input, "lie");
        Run memory right = runOf(input, "right");
        answer(liar, id, r, lie, "data");
        assertEq(receiver.results(id), "lie");
        assertFalse(oracle.isFinalized(id));
        assertEq(oracle.balanceOf(liar), callFee);
        answer(node, id, r, right, "data");
        assertEq(receiver.calls(), 1, "only the first is shown");
        verifier.refuteForm(liar, lie, program);
        vm.warp(block.timestamp + WINDOW);
        finalize(id, r, 1, node, right, "data");
        assertEq(receiver.results(id), "right");
        assertEq(receiver.calls(), 2);
        assertEq(address(oracle).balance, cost);

        // What did not change is not handed over again.
        vm.recordLogs();
        vm.prank(user);
        id = oracle.requestEarlyCallback{value: cost}(number, request("two"), address(receiver), GAS_LIMIT, "data");
        r = requested();
        right = runOf(request("two"), "again");
        answer(node, id, r, right, "data");
        vm.warp(block.timestamp + WINDOW);
        finalize(id, r, 0, node, right, "data");
        assertEq(receiver.calls(), 3);
    }

    function test_AFailingReceiverBlocksNothing() public {
        BadReceiver receiver = new BadReceiver(oracle);
        for (uint8 way = 1; way <= 4; way++) {
            bytes memory input = request(string(abi.encodePacked("way", way)));
            vm.recordLogs();
            uint256 cost = fee();
            vm.prank(user);
            uint256 id = oracle.requestCallback{value: cost}(number, input, address(receiver), GAS_LIMIT, "data");
            OracleRequests.Request memory r = requested();
            Run memory run = runOf(input, "right");
            answer(node, id, r, run, "");
            vm.warp(block.timestamp + WINDOW);
            // Another way in: the same again, from inside.
            bytes memory again = abi.encodeCall(oracle.finalize, (id, r, 0, claimed(node, run), run.content, "data"));
            receiver.set(BadReceiver.Way(way), again);
            vm.expectEmit();
            emit AIOracle.CallbackFailed(id, address(receiver));
            finalize(id, r, 0, node, run, "data");
            assertTrue(oracle.isFinalized(id));
            oracle.handOver(id, r, "right", "data");
            assertEq(oracle.handed(id), 0, "not taken");
            receiver.set(BadReceiver.Way.Take, "");
            oracle.handOver(id, r, "right", "data");
            assertEq(oracle.handed(id), keccak256("right"));
        }
        assertEq(oracle.balanceOf(node), 4 * ANSWER_FEE);
    }

    function test_AReceiverHasItsGas() public {
        PublishedReceiver receiver = new PublishedReceiver(oracle);
        bytes memory input = request("one");
        uint256 cost = fee();
        vm.recordLogs();
        vm.prank(user);
        uint256 id = receiver.calculate{value: cost}(number, input, GAS_LIMIT);
        OracleRequests.Request memory r = requested();
        Run memory run = runOf(input, "right");
        answer(node, id, r, run, "");
        vm.warp(block.timestamp + WINDOW);
        Assertions.Claimed memory c = claimed(node, run);
        // Whatever gas there is: either nothing happens, or the receiver has its result.
        uint256 failed = 0;
        for (uint256 gas = 60_000; !oracle.isFinalized(id); gas += 2000) {
            try oracle.finalize{gas: gas}(id, r, 0, c, run.content, "data") {
                assertEq(receiver.calls(), 1);
            } catch {
                assertEq(receiver.calls(), 0);
                failed += 1;
            }
        }
        assertGt(failed, 20);
        assertEq(oracle.handed(id), keccak256("right"));
    }

    function test_WhoCannotBePaidIsCredited() public {
        PublishedReceiver receiver = new PublishedReceiver(oracle);
        uint256 cost = fee();
        vm.recordLogs();
        vm.prank(user);
        uint256 id = receiver.calculate{value: cost + 5}(number, request("one"), GAS_LIMIT);
        OracleRequests.Request memory r = requested();
        assertEq(oracle.balanceOf(address(receiver)), 5, "a receiver takes no ETH");
        vm.warp(r.expiry);
        oracle.refund(id, r);
        assertEq(oracle.balanceOf(address(receiver)), cost + 5);
        assertEq(address(oracle).balance, cost + 5);
    }

    function test_CallBacksThatCouldNotBeHandedOverAreRefused() public {
        vm.deal(user, 10_000 ether);
        vm.startPrank(user);
        bytes memory data = new bytes(4097);
        vm.expectRevert(abi.encodeWithSelector(OracleRequests.CallbackTooLarge.selector, 5_000_001, 0));
        oracle.requestCallback{value: 1 ether}(number, request("one"), address(1), 5_000_001, "");
        vm.expectRevert(abi.encodeWithSelector(OracleRequests.CallbackTooLarge.selector, 1, 4097));
        oracle.requestEarlyCallback{value: 1 ether}(number, request("one"), address(1), 1, data);
        oracle.requestCallback{value: 1 ether}(number, request("one"), address(1), 5_000_000, new bytes(4096));
        vm.stopPrank();
    }

    function test_OverpaymentGoesBack() public {
        uint256 before = user.balance;
        uint256 cost = fee();
        vm.prank(user);
        oracle.requestCallback{value: cost + 1 ether}(number, request("one"), address(0), GAS_LIMIT, "");
        assertEq(before - user.balance, cost);
    }

    function test_ATokenThatTakesNothingLosesNothing() public {
        bytes memory input = request("one");
        (uint256 id, OracleRequests.Request memory r) = ask(input);
        Run memory run = runOf(input, "right");
        answer(node, id, r, run, "");
        vm.warp(block.timestamp + WINDOW);
        finalize(id, r, 0, node, run, "");
        vm.etch(revenue, hex"5f5ffd");
        vm.expectRevert(abi.encodeWithSelector(OracleModels.RevenueNotTaken.selector, revenue));
        oracle.claimModelRevenue(number);
        assertEq(oracle.revenueOf(number), MODEL_FEE);
    }
}
