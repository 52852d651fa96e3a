// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Errors} from "@openzeppelin/contracts/utils/Errors.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {BondedAssertionVerifier as Bonded} from "../../src/aigc/BondedAssertionVerifier.sol";
import {IAigcToken} from "../../src/interfaces/IAigcToken.sol";
import {ContentClaim} from "../../src/interfaces/IContentVerifier.sol";
import {IERC7007Updatable} from "../../src/interfaces/IERC7007Updatable.sol";
import {AigcFixture} from "./AigcFixture.sol";

/// @notice An asserter that calls `withdraw` again when it is paid.
contract Reenterer {
    Bonded private immutable _bonded;

    constructor(Bonded bonded) payable {
        _bonded = bonded;
    }

    function run(bytes32 modelId) external {
        _bonded.assertContent{value: _bonded.bond()}(modelId, "p", "c");
    }

    function withdraw() external {
        _bonded.withdraw(payable(address(this)));
    }

    receive() external payable {
        _bonded.withdraw(payable(address(this)));
    }
}

contract BondedAssertionVerifierTest is AigcFixture {
    bytes private constant WRONG = "wrong";
    bytes private constant RIGHT = "right";
    bytes private _prompt;
    bytes32 private _request;

    function setUp() public override {
        super.setUp();
        _prompt = request("A sonnet.");
        _request = keccak256(_prompt);
    }

    function test_Parameters() external view {
        assertTrue(bonded.IS_STAND_IN());
        assertEq(bonded.proofType(), "fraud");
        assertEq(bonded.bond(), BOND);
        assertEq(bonded.window(), WINDOW);
        assertEq(bonded.arbitrationTime(), ARBITRATION);
        assertEq(bonded.arbiter(), arbiter);
    }

    function test_RevertWhen_AParameterIsZero() external {
        vm.expectRevert(Bonded.BondedZeroParameter.selector);
        new Bonded(0, WINDOW, ARBITRATION, arbiter);
        vm.expectRevert(Bonded.BondedZeroParameter.selector);
        new Bonded(BOND, 0, ARBITRATION, arbiter);
        vm.expectRevert(Bonded.BondedZeroParameter.selector);
        new Bonded(BOND, WINDOW, 0, arbiter);
        vm.expectRevert(Bonded.BondedZeroParameter.selector);
        new Bonded(BOND, WINDOW, ARBITRATION, address(0));
    }

    function test_Unchallenged_IsFinalAfterTheWindow() external {
        vm.expectEmit(address(bonded));
        emit Bonded.Asserted(MODEL, _request, keccak256(RIGHT), minter, BOND, _prompt, RIGHT);
        assertAs(minter, _prompt, RIGHT);
        uint256 deadline = vm.getBlockTimestamp() + WINDOW;
        _assertStands(RIGHT, true, false);
        _assertStands(WRONG, false, false);

        vm.warp(deadline - 1);
        _assertStands(RIGHT, true, false);
        vm.expectRevert(abi.encodeWithSelector(Bonded.BondedTooEarly.selector, deadline));
        bonded.settle(MODEL, _request);

        vm.warp(deadline);
        _assertStands(RIGHT, true, true);
        vm.expectEmit(address(bonded));
        emit Bonded.Settled(MODEL, _request, keccak256(RIGHT), minter, BOND);
        bonded.settle(MODEL, _request);
        _assertStands(RIGHT, true, true);
        _assertStands(WRONG, false, false);
        assertEq(bonded.balanceOf(minter), BOND);
        _assertPaid(minter, BOND);

        vm.expectRevert(abi.encodeWithSelector(Bonded.BondedWrongStatus.selector, Bonded.Status.Final));
        bonded.settle(MODEL, _request);
    }

    function test_Challenged_TheChallengerIsRight() external {
        assertAs(minter, _prompt, WRONG);
        _challenge(RIGHT);
        _assertStands(WRONG, false, false);
        _assertStands(RIGHT, false, false);
        vm.expectEmit(address(bonded));
        emit Bonded.Settled(MODEL, _request, keccak256(RIGHT), copier, 2 * BOND);
        vm.prank(arbiter);
        bonded.rule(MODEL, _request, true);
        _assertStands(RIGHT, true, true);
        _assertStands(WRONG, false, false);
        assertEq(bonded.balanceOf(minter), 0);
        _assertPaid(copier, 2 * BOND);
    }

    function test_Challenged_TheAsserterIsRight() external {
        assertAs(minter, _prompt, RIGHT);
        _challenge(WRONG);
        vm.prank(arbiter);
        bonded.rule(MODEL, _request, false);
        _assertStands(RIGHT, true, true);
        assertEq(bonded.balanceOf(copier), 0);
        _assertPaid(minter, 2 * BOND);
    }

    function test_Challenged_TheArbiterIsSilent() external {
        assertAs(minter, _prompt, WRONG);
        _challenge(RIGHT);
        uint256 deadline = vm.getBlockTimestamp() + ARBITRATION;
        vm.warp(deadline - 1);
        vm.expectRevert(abi.encodeWithSelector(Bonded.BondedTooEarly.selector, deadline));
        bonded.voidAssertion(MODEL, _request);
        vm.warp(deadline);
        vm.expectRevert(abi.encodeWithSelector(Bonded.BondedTooLate.selector, deadline));
        vm.prank(arbiter);
        bonded.rule(MODEL, _request, true);

        vm.expectEmit(address(bonded));
        emit Bonded.Voided(MODEL, _request, minter, copier, BOND);
        bonded.voidAssertion(MODEL, _request);
        assertEq(uint8(bonded.assertionOf(MODEL, _request).status), uint8(Bonded.Status.None));
        _assertPaid(minter, BOND);
        _assertPaid(copier, BOND);
        assertAs(copier, _prompt, RIGHT);
    }

    function test_RevertWhen_TheBondIsWrong() external {
        vm.startPrank(minter);
        vm.expectRevert(abi.encodeWithSelector(Bonded.BondedWrongBond.selector, BOND - 1, BOND));
        bonded.assertContent{value: BOND - 1}(MODEL, _prompt, RIGHT);
        bonded.assertContent{value: BOND}(MODEL, _prompt, RIGHT);
        vm.expectRevert(abi.encodeWithSelector(Bonded.BondedWrongBond.selector, BOND + 1, BOND));
        bonded.challenge{value: BOND + 1}(MODEL, _request, WRONG);
    }

    function test_RevertWhen_AssertedTwice() external {
        assertAs(minter, _prompt, RIGHT);
        vm.expectRevert(abi.encodeWithSelector(Bonded.BondedWrongStatus.selector, Bonded.Status.Asserted));
        vm.prank(copier);
        bonded.assertContent{value: BOND}(MODEL, _prompt, WRONG);
    }

    function test_RevertWhen_ChallengedWrongly() external {
        vm.startPrank(copier);
        vm.expectRevert(abi.encodeWithSelector(Bonded.BondedWrongStatus.selector, Bonded.Status.None));
        bonded.challenge{value: BOND}(MODEL, _request, WRONG);
        vm.stopPrank();
        assertAs(minter, _prompt, RIGHT);
        vm.startPrank(copier);
        vm.expectRevert(abi.encodeWithSelector(Bonded.BondedSameContent.selector, keccak256(RIGHT)));
        bonded.challenge{value: BOND}(MODEL, _request, RIGHT);
        uint256 deadline = vm.getBlockTimestamp() + WINDOW;
        vm.warp(deadline);
        vm.expectRevert(abi.encodeWithSelector(Bonded.BondedTooLate.selector, deadline));
        bonded.challenge{value: BOND}(MODEL, _request, WRONG);
        vm.warp(deadline - 1);
        bonded.challenge{value: BOND}(MODEL, _request, WRONG);
        vm.expectRevert(abi.encodeWithSelector(Bonded.BondedWrongStatus.selector, Bonded.Status.Challenged));
        bonded.challenge{value: BOND}(MODEL, _request, "third");
    }

    function test_RevertWhen_RuledWrongly() external {
        assertAs(minter, _prompt, WRONG);
        vm.expectRevert(abi.encodeWithSelector(Bonded.BondedWrongStatus.selector, Bonded.Status.Asserted));
        vm.prank(arbiter);
        bonded.rule(MODEL, _request, true);
        _challenge(RIGHT);
        vm.expectRevert(abi.encodeWithSelector(Bonded.BondedOnlyArbiter.selector, copier));
        vm.prank(copier);
        bonded.rule(MODEL, _request, true);
        vm.expectRevert(abi.encodeWithSelector(Bonded.BondedWrongStatus.selector, Bonded.Status.Challenged));
        bonded.settle(MODEL, _request);
        vm.startPrank(arbiter);
        bonded.rule(MODEL, _request, true);
        vm.expectRevert(abi.encodeWithSelector(Bonded.BondedWrongStatus.selector, Bonded.Status.Final));
        bonded.rule(MODEL, _request, true);
        vm.expectRevert(abi.encodeWithSelector(Bonded.BondedWrongStatus.selector, Bonded.Status.Final));
        bonded.voidAssertion(MODEL, _request);
    }

    function test_Withdraw_ToAnother() external {
        _settled();
        address payable to = payable(makeAddr("cold"));
        vm.expectEmit(address(bonded));
        emit Bonded.Withdrawn(minter, to, BOND);
        vm.prank(minter);
        bonded.withdraw(to);
        assertEq(to.balance, BOND);
    }

    function test_RevertWhen_WithdrawnWrongly() external {
        _settled();
        vm.expectRevert(abi.encodeWithSelector(Bonded.BondedNothingToWithdraw.selector, copier));
        vm.prank(copier);
        bonded.withdraw(payable(copier));
        vm.startPrank(minter);
        vm.expectRevert(Errors.FailedCall.selector);
        bonded.withdraw(payable(address(signed)));
        assertEq(bonded.balanceOf(minter), BOND, "nothing is lost");
    }

    function test_RevertWhen_WithdrawIsEnteredAgain() external {
        Reenterer reenterer = new Reenterer{value: BOND}(bonded);
        assertAs(minter, _prompt, RIGHT);
        reenterer.run(MODEL);
        vm.warp(vm.getBlockTimestamp() + WINDOW);
        bonded.settle(MODEL, keccak256("p"));
        vm.expectRevert(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        reenterer.withdraw();
    }

    /// @dev The whole way of a lost dispute: wrong content on a token, challenge, ruling, correction, final.
    function test_Correct_BringsTheRightContentToTheToken() external {
        uint256 id = mintOptimistic(_prompt, WRONG);
        assertFalse(optimistic.verify(_prompt, WRONG, ""), "within its window");
        _challenge(RIGHT);
        vm.expectRevert(abi.encodeWithSelector(Bonded.BondedNotFinal.selector, keccak256(RIGHT)));
        bonded.correct(address(optimistic), _prompt, RIGHT);
        vm.prank(arbiter);
        bonded.rule(MODEL, _request, true);
        assertFalse(optimistic.verify(_prompt, RIGHT, ""), "not the token's yet");
        vm.expectRevert(abi.encodeWithSelector(Bonded.BondedNotFinal.selector, keccak256(WRONG)));
        bonded.correct(address(optimistic), _prompt, WRONG);

        vm.expectEmit(address(optimistic));
        emit IERC7007Updatable.Update(id, _prompt, RIGHT);
        bonded.correct(address(optimistic), _prompt, RIGHT);
        assertTrue(optimistic.verify(_prompt, RIGHT, ""));
        assertFalse(optimistic.verify(_prompt, WRONG, ""));
        vm.expectRevert(abi.encodeWithSelector(IAigcToken.AigcSameData.selector, id));
        bonded.correct(address(optimistic), _prompt, RIGHT);
    }

    function test_Verify_BecomesTrueWithTheWindow() external {
        mintOptimistic(_prompt, RIGHT);
        vm.warp(vm.getBlockTimestamp() + WINDOW - 1);
        assertFalse(optimistic.verify(_prompt, RIGHT, ""));
        vm.warp(vm.getBlockTimestamp() + 1);
        assertTrue(optimistic.verify(_prompt, RIGHT, ""));
        assertTrue(optimistic.verify(_prompt, RIGHT, "anything"), "no proof is looked at");
    }

    function test_RevertWhen_DisputedDataAreAdded() external {
        uint256 id = mintTo(optimistic, minter, _prompt);
        assertAs(minter, _prompt, WRONG);
        _challenge(RIGHT);
        vm.expectRevert(abi.encodeWithSelector(IAigcToken.AigcNotAccepted.selector, id, keccak256(WRONG)));
        vm.prank(minter);
        optimistic.addAigcData(id, _prompt, WRONG, "");
    }

    function _settled() private {
        assertAs(minter, _prompt, RIGHT);
        vm.warp(vm.getBlockTimestamp() + WINDOW);
        bonded.settle(MODEL, _request);
    }

    function _challenge(bytes memory content) private {
        vm.expectEmit(address(bonded));
        emit Bonded.Challenged(MODEL, _request, keccak256(content), copier, BOND, content);
        vm.prank(copier);
        bonded.challenge{value: BOND}(MODEL, _request, content);
    }

    function _assertStands(bytes memory content, bool accepted, bool isFinal) private view {
        ContentClaim memory claim = ContentClaim(MODEL, _request, keccak256(content), minter);
        assertEq(bonded.accepts(claim, ""), accepted);
        assertEq(bonded.isFinal(claim, ""), isFinal);
    }

    function _assertPaid(address who, uint256 amount) private {
        uint256 before = who.balance;
        vm.prank(who);
        bonded.withdraw(payable(who));
        assertEq(who.balance - before, amount);
        assertEq(bonded.balanceOf(who), 0);
    }
}
