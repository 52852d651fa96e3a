// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {AigcToken} from "../../src/aigc/AigcToken.sol";
import {CommitReveal} from "../../src/aigc/CommitReveal.sol";
import {AigcTerms, IAigcToken} from "../../src/interfaces/IAigcToken.sol";
import {AigcFixture} from "./AigcFixture.sol";

contract CommitRevealTest is AigcFixture {
    bytes private _prompt;

    function setUp() public override {
        super.setUp();
        _prompt = request("A sonnet.");
    }

    function test_CommitmentOf_IsTheDocumentedHash() external view {
        assertEq(proven.COMMITMENT_DOMAIN(), 0x4f4a4e44b47dc75a0ab70ce9734daaa6bade84b2f3806837f61f640f2f98c1ed);
        bytes memory words = abi.encodePacked(
            keccak256("openimo/commitment/1"),
            block.chainid,
            bytes32(uint256(uint160(address(proven)))),
            bytes32(uint256(uint160(minter))),
            bytes32(uint256(2)),
            bytes32(uint256(3)),
            bytes32(uint256(4))
        );
        assertEq(words.length, 7 * 32);
        bytes32 got = proven.commitmentOf(minter, bytes32(uint256(2)), bytes32(uint256(3)), bytes32(uint256(4)));
        assertEq(got, keccak256(words));
    }

    function testFuzz_CommitmentOf_DependsOnEverything(address who, bytes32 request_, bytes32 content, bytes32 salt) external view {
        bytes32 all = proven.commitmentOf(who, request_, content, salt);
        assertNotEq(all, optimistic.commitmentOf(who, request_, content, salt));
        assertNotEq(all, proven.commitmentOf(address(uint160(who) ^ 1), request_, content, salt));
        assertNotEq(all, proven.commitmentOf(who, ~request_, content, salt));
        assertNotEq(all, proven.commitmentOf(who, request_, ~content, salt));
        assertNotEq(all, proven.commitmentOf(who, request_, content, ~salt));
    }

    function test_Commit_IsLoggedAndRemembered() external {
        vm.expectEmit(address(proven));
        emit CommitReveal.Committed(minter, SALT);
        vm.prank(minter);
        proven.commit(SALT);
        assertEq(proven.committedAt(minter, SALT), vm.getBlockNumber());
        assertEq(proven.committedAt(copier, SALT), 0);
    }

    function test_Mint_UsesTheCommitmentUp() external {
        mintTo(proven, minter, _prompt);
        bytes32 commitment = _commitment(minter);
        assertEq(proven.committedAt(minter, commitment), 0);
        vm.expectRevert(abi.encodeWithSelector(CommitReveal.CommitUnknown.selector, commitment));
        vm.prank(minter);
        proven.mint{value: FEE}(_prompt, SALT);
    }

    function test_RevertWhen_MintInTheBlockOfTheCommitment() external {
        bytes32 commitment = _commitment(minter);
        vm.startPrank(minter);
        proven.commit(commitment);
        uint256 at = vm.getBlockNumber();
        vm.expectRevert(abi.encodeWithSelector(CommitReveal.CommitTooYoung.selector, commitment, at + LEAST_AGE));
        proven.mint{value: FEE}(_prompt, SALT);
        vm.roll(at + LEAST_AGE);
        proven.mint{value: FEE}(_prompt, SALT);
    }

    function test_RevertWhen_TheCommitmentHasExpired() external {
        bytes32 commitment = _commitment(minter);
        vm.startPrank(minter);
        proven.commit(commitment);
        uint256 last = vm.getBlockNumber() + MOST_AGE;
        vm.roll(last + 1);
        vm.expectRevert(abi.encodeWithSelector(CommitReveal.CommitExpired.selector, commitment, last));
        proven.mint{value: FEE}(_prompt, SALT);
        vm.roll(last);
        proven.mint{value: FEE}(_prompt, SALT);
    }

    function test_CommittingAgain_StartsTheAgeAnew() external {
        bytes32 commitment = _commitment(minter);
        vm.startPrank(minter);
        proven.commit(commitment);
        vm.roll(vm.getBlockNumber() + MOST_AGE + 1);
        proven.commit(commitment);
        vm.roll(vm.getBlockNumber() + LEAST_AGE);
        proven.mint{value: FEE}(_prompt, SALT);
    }

    /// @dev Who sees the mint in the open and sends it first, with all its arguments, has no commitment.
    function test_RevertWhen_AMintIsCopied() external {
        commitTo(proven, minter, _prompt, 0);
        vm.expectRevert(abi.encodeWithSelector(CommitReveal.CommitUnknown.selector, _commitment(copier)));
        vm.prank(copier);
        proven.mint{value: FEE}(_prompt, SALT);
        vm.prank(minter);
        assertEq(proven.mint{value: FEE}(_prompt, SALT), uint256(keccak256(_prompt)));
    }

    /// @dev Who copies the commitment, even before its author, can mint nothing with it and harms nobody.
    function test_RevertWhen_ACommitmentIsCopied() external {
        bytes32 commitment = _commitment(minter);
        vm.prank(copier);
        proven.commit(commitment);
        commitTo(proven, minter, _prompt, 0);
        vm.expectRevert(abi.encodeWithSelector(CommitReveal.CommitUnknown.selector, _commitment(copier)));
        vm.prank(copier);
        proven.mint{value: FEE}(_prompt, SALT);
        vm.prank(minter);
        proven.mint{value: FEE}(_prompt, SALT);
    }

    /// @dev A commitment to a content is none to the prompt alone, and the other way round.
    function test_RevertWhen_TheContentIsNotTheCommittedOne() external {
        bytes memory content = "committed";
        commitTo(proven, minter, _prompt, keccak256(content));
        bytes memory other = "another";
        bytes memory proof = prove(_prompt, other, minter);
        bytes32 wanted = proven.commitmentOf(minter, keccak256(_prompt), keccak256(other), SALT);
        vm.startPrank(minter);
        vm.expectRevert(abi.encodeWithSelector(CommitReveal.CommitUnknown.selector, wanted));
        proven.mintWithAigcData{value: FEE}(_prompt, other, proof, SALT);
        vm.expectRevert(abi.encodeWithSelector(CommitReveal.CommitUnknown.selector, _commitment(minter)));
        proven.mint{value: FEE}(_prompt, SALT);
    }

    /// @dev The first to mint has the prompt, whoever else has committed to it.
    function test_RevertWhen_ThePromptIsTaken() external {
        commitTo(proven, copier, _prompt, 0);
        mintTo(proven, minter, _prompt);
        vm.expectRevert(abi.encodeWithSelector(IAigcToken.AigcPromptTaken.selector, uint256(keccak256(_prompt))));
        vm.prank(copier);
        proven.mint{value: FEE}(_prompt, SALT);
    }

    function test_RevertWhen_TheAgesAreNoInterval() external {
        AigcTerms memory terms = termsWith(signed);
        terms.minCommitAge = 0;
        vm.expectRevert(abi.encodeWithSelector(CommitReveal.CommitAges.selector, 0, MOST_AGE));
        new AigcToken(terms);
        terms.minCommitAge = MOST_AGE;
        vm.expectRevert(abi.encodeWithSelector(CommitReveal.CommitAges.selector, MOST_AGE, MOST_AGE));
        new AigcToken(terms);
    }

    function _commitment(address who) private view returns (bytes32) {
        return proven.commitmentOf(who, keccak256(_prompt), 0, SALT);
    }
}
