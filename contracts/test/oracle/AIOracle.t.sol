// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {CommitReveal} from "../../src/aigc/CommitReveal.sol";
import {Assertions} from "../../src/dispute/Assertions.sol";
import {Credits} from "../../src/dispute/Credits.sol";
import {Run} from "../../src/dispute/Runs.sol";
import {IAIOracle, IAIOracleCallback} from "../../src/interfaces/IAIOracle.sol";
import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {AIOracle} from "../../src/oracle/AIOracle.sol";
import {OracleModels} from "../../src/oracle/OracleModels.sol";
import {OracleFixture} from "./OracleFixture.sol";
import {BadReceiver, PublishedReceiver} from "./Receivers.sol";

contract AIOracleTest is OracleFixture {
    /// @dev As published: section 3 of the notes on OAO, and its receiver.
    function test_IdentifiersAreThePublishedOnes() public pure {
        assertEq(IAIOracle.requestCallback.selector, bytes4(0x5b953806));
        assertEq(IAIOracle.estimateFee.selector, bytes4(0x00e1d8d0));
        assertEq(IAIOracle.isFinalized.selector, bytes4(0x33727c4d));
        assertEq(IAIOracle.claimModelRevenue.selector, bytes4(0x5638101b));
        assertEq(IAIOracleCallback.aiOracleCallback.selector, bytes4(0xb0347814));
        assertEq(bytes4(IAIOracle.AICallbackRequest.selector), bytes4(0x849aa5ad));
        assertEq(bytes4(IAIOracle.AICallbackResult.selector), bytes4(0xb7b41355));
    }

    function test_FromRequestToFinality() public {
        PublishedReceiver receiver = new PublishedReceiver(oracle);
        bytes memory input = request("one");
        Run memory run = runOf(input, "right");
        uint256 cost = fee();
        vm.recordLogs();
        vm.prank(user);
        uint256 id = receiver.calculate{value: cost}(number, input, GAS_LIMIT);
        AIOracle.Request memory r = requested();
        assertFalse(oracle.isFinalized(id));
        assertFalse(oracle.isFinalized(id + 1));
        answer(node, id, r, run, "");
        assertFalse(oracle.isFinalized(id));
        assertEq(receiver.calls(), 0);
        vm.expectRevert(abi.encodeWithSelector(AIOracle.AnswerNotFinal.selector, 0));
        finalize(id, r, 0, node, run, "data");
        vm.warp(block.timestamp + WINDOW);
        assertFalse(oracle.isFinalized(id));

        vm.prank(watcher);
        finalize(id, r, 0, node, run, "data");
        assertTrue(oracle.isFinalized(id));
        assertEq(receiver.results(id), "right");
        assertEq(receiver.calls(), 1);
        assertEq(oracle.balanceOf(node), ANSWER_FEE);
        assertEq(oracle.balanceOf(watcher), GAS_PRICE * (GAS_LIMIT + 100_000));
        assertEq(verifier.balanceOf(node), BOND);
        assertEq(oracle.revenueOf(number), MODEL_FEE);
        assertEq(address(oracle).balance, cost);
        oracle.claimModelRevenue(number);
        assertEq(revenue.balance, MODEL_FEE);
        oracle.claimModelRevenue(number);
        assertEq(revenue.balance, MODEL_FEE);
        vm.prank(node);
        oracle.withdraw(payable(node));
        vm.prank(watcher);
        oracle.withdraw(payable(watcher));
        assertEq(address(oracle).balance, 0);
        // A result stays.
        vm.expectRevert(abi.encodeWithSelector(AIOracle.RequestStatus.selector, AIOracle.Status.Final));
        finalize(id, r, 0, node, run, "data");
        vm.expectRevert(abi.encodeWithSelector(AIOracle.RequestStatus.selector, AIOracle.Status.Final));
        oracle.refund(id, r);
        vm.expectRevert(abi.encodeWithSelector(AIOracle.AlreadyHanded.selector, id));
        oracle.handOver(id, r, "right", "data");
    }

    function test_ALieBesideIsInNobodysWay() public {
        bytes memory input = request("one");
        (uint256 id, AIOracle.Request memory r) = ask(input);
        Run memory lie = malformed(input, "lie");
        Run memory right = runOf(input, "right");
        answer(liar, id, r, lie, "");
        answer(node, id, r, right, "");
        vm.prank(watcher);
        verifier.refuteForm(liar, lie, program);
        assertEq(verifier.balanceOf(watcher), BOND / 2);
        vm.warp(block.timestamp + WINDOW);
        vm.expectRevert(abi.encodeWithSelector(AIOracle.AnswerNotFinal.selector, 0));
        finalize(id, r, 0, liar, lie, "");
        finalize(id, r, 1, node, right, "");
        assertEq(oracle.resultOf(id), keccak256("right"));
        assertEq(oracle.balanceOf(node), ANSWER_FEE);
        assertEq(oracle.balanceOf(liar), 0);
    }

    function test_TheFirstFinalAnswerIsPaid() public {
        bytes memory input = request("one");
        (uint256 id, AIOracle.Request memory r) = ask(input);
        Run memory run = runOf(input, "right");
        answer(node, id, r, run, "");
        answer(watcher, id, r, run, "");
        vm.warp(block.timestamp + WINDOW);
        vm.expectRevert(abi.encodeWithSelector(AIOracle.AnswerNotFinal.selector, 0));
        finalize(id, r, 1, watcher, run, "");
        finalize(id, r, 0, node, run, "");
        assertEq(oracle.balanceOf(node), ANSWER_FEE);
    }

    function test_ACopiedAnswerComesTooLate() public {
        bytes memory input = request("one");
        (uint256 id, AIOracle.Request memory r) = ask(input);
        Run memory run = runOf(input, "right");
        commitTo(node, id, run);
        vm.roll(block.number + 1);
        // The copier sees the answer that waits, and has no commitment of his own; one that he makes now is too young.
        vm.prank(liar);
        vm.expectPartialRevert(CommitReveal.CommitUnknown.selector);
        oracle.answer{value: BOND}(id, r, run, "", SALT);
        commitTo(liar, id, run);
        vm.prank(liar);
        vm.expectPartialRevert(CommitReveal.CommitTooYoung.selector);
        oracle.answer{value: BOND}(id, r, run, "", SALT);
        vm.prank(node);
        oracle.answer{value: BOND}(id, r, run, "", SALT);
        // A commitment is used once, and for one request.
        vm.prank(node);
        vm.expectPartialRevert(CommitReveal.CommitUnknown.selector);
        oracle.answer(id, r, run, "", SALT);
    }

    function test_OneRunAnswersEverybodyWhoAskedIt() public {
        bytes memory input = request("one");
        (uint256 id, AIOracle.Request memory r) = ask(input);
        (uint256 other, AIOracle.Request memory s) = ask(input);
        Run memory run = runOf(input, "right");
        answer(node, id, r, run, "");
        commitTo(node, other, run);
        vm.roll(block.number + 1);
        vm.startPrank(node);
        vm.expectRevert(abi.encodeWithSelector(Credits.WrongPayment.selector, BOND, 0));
        oracle.answer{value: BOND}(other, s, run, "", SALT);
        oracle.answer(other, s, run, "", SALT);
        vm.stopPrank();
        vm.warp(block.timestamp + WINDOW);
        finalize(id, r, 0, node, run, "");
        finalize(other, s, 0, node, run, "");
        assertEq(oracle.balanceOf(node), 2 * ANSWER_FEE);
        assertEq(verifier.balanceOf(node), BOND);
        // Answered by what is final already.
        (uint256 third, AIOracle.Request memory t) = ask(input);
        commitTo(node, third, run);
        vm.roll(block.number + 1);
        vm.prank(node);
        oracle.answer(third, t, run, "", SALT);
        finalize(third, t, 0, node, run, "");
        assertTrue(oracle.isFinalized(third));
    }

    function test_EarlyResultsAreProvisional() public {
        PublishedReceiver receiver = new PublishedReceiver(oracle);
        bytes memory input = request("one");
        uint256 callFee = GAS_PRICE * (GAS_LIMIT + 100_000);
        uint256 cost = fee() + callFee;
        vm.prank(user);
        vm.expectRevert(abi.encodeWithSelector(AIOracle.FeeTooLow.selector, cost - 1, cost));
        oracle.requestEarlyCallback{value: cost - 1}(number, input, address(receiver), GAS_LIMIT, "data");
        vm.recordLogs();
        vm.prank(user);
        uint256 id = oracle.requestEarlyCallback{value: cost}(number, input, address(receiver), GAS_LIMIT, "data");
        AIOracle.Request memory r = requested();
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
            AIOracle.Request memory r = requested();
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
        AIOracle.Request memory r = requested();
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

    function test_RefundsOfWhatNobodyServed() public {
        bytes memory input = request("one");
        (uint256 id, AIOracle.Request memory r) = ask(input);
        uint256 before = user.balance;
        vm.deal(address(this), 1 ether);
        oracle.addReward{value: 1 ether}(id);
        vm.expectRevert(abi.encodeWithSelector(AIOracle.NotExpired.selector, r.expiry));
        oracle.refund(id, r);
        Run memory lie = malformed(input, "lie");
        answer(liar, id, r, lie, "");
        vm.warp(r.expiry);
        vm.expectRevert(abi.encodeWithSelector(AIOracle.NotExpired.selector, r.expiry));
        oracle.refund(id, r);
        // The liar's window is over, but it was refuted in time in another world.
        vm.warp(r.expiry - 1);
        verifier.refuteForm(liar, lie, program);
        vm.warp(r.expiry);
        commitTo(node, id, runOf(input, "late"));
        vm.roll(block.number + 1);
        vm.prank(node);
        vm.expectRevert(abi.encodeWithSelector(AIOracle.RequestExpired.selector, r.expiry));
        oracle.answer{value: BOND}(id, r, runOf(input, "late"), "", SALT);
        oracle.refund(id, r);
        assertEq(user.balance - before, fee() + 1 ether);
        assertFalse(oracle.isFinalized(id));
        vm.expectRevert(abi.encodeWithSelector(AIOracle.RequestStatus.selector, AIOracle.Status.Refunded));
        oracle.refund(id, r);
        vm.expectRevert(abi.encodeWithSelector(AIOracle.RequestStatus.selector, AIOracle.Status.Refunded));
        oracle.addReward(id);
    }

    function test_WhoCannotBePaidIsCredited() public {
        PublishedReceiver receiver = new PublishedReceiver(oracle);
        uint256 cost = fee();
        vm.recordLogs();
        vm.prank(user);
        uint256 id = receiver.calculate{value: cost + 5}(number, request("one"), GAS_LIMIT);
        AIOracle.Request memory r = requested();
        assertEq(oracle.balanceOf(address(receiver)), 5, "a receiver takes no ETH");
        vm.warp(r.expiry);
        oracle.refund(id, r);
        assertEq(oracle.balanceOf(address(receiver)), cost + 5);
        assertEq(address(oracle).balance, cost + 5);
    }

    function test_OverpaymentGoesBack() public {
        uint256 before = user.balance;
        uint256 cost = fee();
        vm.prank(user);
        oracle.requestCallback{value: cost + 1 ether}(number, request("one"), address(0), GAS_LIMIT, "");
        assertEq(before - user.balance, cost);
    }

    function test_ABatchIsManyRequests() public {
        bytes[] memory inputs = new bytes[](3);
        for (uint256 i = 0; i < 3; i++) {
            inputs[i] = request(string(abi.encodePacked("batch", uint8(i))));
        }
        uint256 cost = 3 * fee();
        vm.startPrank(user);
        vm.expectRevert(abi.encodeWithSelector(AIOracle.FeeTooLow.selector, cost - 1, cost));
        oracle.requestBatch{value: cost - 1}(number, inputs, address(0), GAS_LIMIT, "");
        uint256[] memory ids = oracle.requestBatch{value: cost}(number, inputs, address(0), GAS_LIMIT, "");
        vm.stopPrank();
        assertEq(ids.length, 3);
        assertEq(ids[2], 3);
        assertEq(oracle.requestCount(), 3);
        assertEq(address(oracle).balance, cost);
    }

    function test_WhatIsSentMustBeWhatWasAsked() public {
        bytes memory input = request("one");
        (uint256 id, AIOracle.Request memory r) = ask(input);
        Run memory run = runOf(input, "right");
        commitTo(node, id, run);
        vm.roll(block.number + 1);
        AIOracle.Request memory other = abi.decode(abi.encode(r), (AIOracle.Request));
        other.gasFee += 1;
        vm.startPrank(node);
        vm.expectRevert(abi.encodeWithSelector(AIOracle.OtherRequest.selector, id));
        oracle.answer{value: BOND}(id, other, run, "", SALT);
        vm.expectRevert(abi.encodeWithSelector(AIOracle.RequestStatus.selector, AIOracle.Status.None));
        oracle.answer{value: BOND}(id + 1, r, run, "", SALT);
        Run memory elsewhere = runOf(request("two"), "right");
        vm.expectRevert(abi.encodeWithSelector(AIOracle.OtherAnswer.selector, id));
        oracle.answer{value: BOND}(id, r, elsewhere, "", SALT);
        elsewhere = runOf(input, "right");
        elsewhere.modelId = keccak256("another");
        vm.expectRevert(abi.encodeWithSelector(AIOracle.OtherAnswer.selector, id));
        oracle.answer{value: BOND}(id, r, elsewhere, "", SALT);
        vm.expectRevert(abi.encodeWithSelector(Credits.WrongPayment.selector, BOND - 1, BOND));
        oracle.answer{value: BOND - 1}(id, r, run, "", SALT);
        oracle.answer{value: BOND}(id, r, run, "", SALT);
        vm.stopPrank();
        vm.warp(block.timestamp + WINDOW);
        vm.expectRevert(abi.encodeWithSelector(AIOracle.OtherAnswer.selector, id));
        finalize(id, r, 1, node, run, "");
        vm.expectRevert(abi.encodeWithSelector(AIOracle.OtherAnswer.selector, id));
        oracle.finalize(id, r, 0, claimed(node, run), "wrong", "");
        Assertions.Claimed memory c = claimed(liar, run);
        vm.expectRevert(abi.encodeWithSelector(AIOracle.OtherAnswer.selector, id));
        oracle.finalize(id, r, 0, c, run.content, "");
        vm.expectRevert(abi.encodeWithSelector(AIOracle.OtherRequest.selector, id));
        finalize(id, r, 0, node, run, "other data");
        vm.expectRevert(abi.encodeWithSelector(AIOracle.RequestStatus.selector, AIOracle.Status.Open));
        oracle.handOver(id, r, "right", "");
        finalize(id, r, 0, node, run, "");
        vm.expectRevert(abi.encodeWithSelector(AIOracle.OtherAnswer.selector, id));
        oracle.handOver(id, r, "wrong", "");
        vm.expectRevert(abi.encodeWithSelector(AIOracle.OtherRequest.selector, id));
        oracle.handOver(id, other, "right", "");
    }

    function test_PlacesForAnswersAreTakenByWhatIsNotRefuted() public {
        bytes memory input = request("one");
        (uint256 id, AIOracle.Request memory r) = ask(input);
        for (uint256 i = 0; i < 16; i++) {
            answer(liar, id, r, malformed(input, abi.encodePacked("lie", uint8(i))), "");
        }
        Run memory run = runOf(input, "right");
        commitTo(node, id, run);
        vm.roll(block.number + 1);
        vm.prank(node);
        vm.expectRevert(abi.encodeWithSelector(AIOracle.NoPlaceForAnswer.selector, id));
        oracle.answer{value: BOND}(id, r, run, "", SALT);
        verifier.refuteForm(liar, malformed(input, abi.encodePacked("lie", uint8(5))), program);
        vm.prank(node);
        oracle.answer{value: BOND}(id, r, run, "", SALT);
        assertEq(oracle.answerOf(id, 5), verifier.numberOf(node, run));
    }

    function test_ModelsAreThoseOfTheRegistry() public {
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelNotRegistered.selector, modelId, user));
        oracle.listModel(modelId, user);
        vm.expectRevert(abi.encodeWithSelector(OracleModels.ModelNotListed.selector, 7));
        oracle.estimateFee(7, 0);
        vm.expectRevert(abi.encodeWithSelector(OracleModels.ModelNotListed.selector, 7));
        oracle.requestCallback(7, "", address(0), 0, "");
        vm.expectRevert(abi.encodeWithSelector(OracleModels.ModelNotListed.selector, 7));
        oracle.claimModelRevenue(7);
        assertEq(oracle.listModel(modelId, address(this)), number, "again is the same");
        assertEq(oracle.listingOf(number).owner, address(this));
        uint256 cost = fee();
        vm.prank(user);
        vm.expectRevert(abi.encodeWithSelector(AIOracle.FeeTooLow.selector, cost - 1, cost));
        oracle.requestCallback{value: cost - 1}(number, request("one"), address(0), GAS_LIMIT, "");
    }

    function test_ATokenThatTakesNothingLosesNothing() public {
        bytes memory input = request("one");
        (uint256 id, AIOracle.Request memory r) = ask(input);
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
