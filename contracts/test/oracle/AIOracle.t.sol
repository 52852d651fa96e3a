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
import {OracleRequests} from "../../src/oracle/OracleRequests.sol";
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
        OracleRequests.Request memory r = requested();
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
        vm.expectRevert(abi.encodeWithSelector(OracleRequests.RequestStatus.selector, OracleRequests.Status.Final));
        finalize(id, r, 0, node, run, "data");
        vm.expectRevert(abi.encodeWithSelector(OracleRequests.RequestStatus.selector, OracleRequests.Status.Final));
        oracle.refund(id, r);
        vm.expectRevert(abi.encodeWithSelector(AIOracle.AlreadyHanded.selector, id));
        oracle.handOver(id, r, "right", "data");
    }

    function test_ALieBesideIsInNobodysWay() public {
        bytes memory input = request("one");
        (uint256 id, OracleRequests.Request memory r) = ask(input);
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
        (uint256 id, OracleRequests.Request memory r) = ask(input);
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
        (uint256 id, OracleRequests.Request memory r) = ask(input);
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
        (uint256 id, OracleRequests.Request memory r) = ask(input);
        (uint256 other, OracleRequests.Request memory s) = ask(input);
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
        (uint256 third, OracleRequests.Request memory t) = ask(input);
        commitTo(node, third, run);
        vm.roll(block.number + 1);
        vm.prank(node);
        oracle.answer(third, t, run, "", SALT);
        finalize(third, t, 0, node, run, "");
        assertTrue(oracle.isFinalized(third));
    }

    function test_RefundsOfWhatNobodyServed() public {
        bytes memory input = request("one");
        (uint256 id, OracleRequests.Request memory r) = ask(input);
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
        vm.expectRevert(abi.encodeWithSelector(OracleRequests.RequestStatus.selector, OracleRequests.Status.Refunded));
        oracle.refund(id, r);
        vm.expectRevert(abi.encodeWithSelector(OracleRequests.RequestStatus.selector, OracleRequests.Status.Refunded));
        oracle.addReward(id);
    }

    function test_ABatchIsManyRequests() public {
        bytes[] memory inputs = new bytes[](3);
        for (uint256 i = 0; i < 3; i++) {
            inputs[i] = request(string(abi.encodePacked("batch", uint8(i))));
        }
        uint256 cost = 3 * fee();
        vm.startPrank(user);
        vm.expectRevert(abi.encodeWithSelector(OracleRequests.FeeTooLow.selector, cost - 1, cost));
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
        (uint256 id, OracleRequests.Request memory r) = ask(input);
        Run memory run = runOf(input, "right");
        commitTo(node, id, run);
        vm.roll(block.number + 1);
        OracleRequests.Request memory other = abi.decode(abi.encode(r), (OracleRequests.Request));
        other.gasFee += 1;
        vm.startPrank(node);
        vm.expectRevert(abi.encodeWithSelector(OracleRequests.OtherRequest.selector, id));
        oracle.answer{value: BOND}(id, other, run, "", SALT);
        vm.expectRevert(abi.encodeWithSelector(OracleRequests.RequestStatus.selector, OracleRequests.Status.None));
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
        vm.expectRevert(abi.encodeWithSelector(OracleRequests.OtherRequest.selector, id));
        finalize(id, r, 0, node, run, "other data");
        vm.expectRevert(abi.encodeWithSelector(OracleRequests.RequestStatus.selector, OracleRequests.Status.Open));
        oracle.handOver(id, r, "right", "");
        finalize(id, r, 0, node, run, "");
        vm.expectRevert(abi.encodeWithSelector(AIOracle.OtherAnswer.selector, id));
        oracle.handOver(id, r, "wrong", "");
        vm.expectRevert(abi.encodeWithSelector(OracleRequests.OtherRequest.selector, id));
        oracle.handOver(id, other, "right", "");
    }

    function test_PlacesForAnswersAreTakenByWhatIsNotRefuted() public {
        bytes memory input = request("one");
        (uint256 id, OracleRequests.Request memory r) = ask(input);
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
        vm.expectRevert(abi.encodeWithSelector(OracleRequests.FeeTooLow.selector, cost - 1, cost));
        oracle.requestCallback{value: cost - 1}(number, request("one"), address(0), GAS_LIMIT, "");
    }
}
