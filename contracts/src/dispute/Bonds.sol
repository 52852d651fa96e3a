// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Credits} from "./Credits.sol";

/// @title Money of disputes
/// @notice Every wei here is a bond or a fee of something that is open, or somebody's `balanceOf`.
abstract contract Bonds is Credits {
    /// @notice Amounts and times of disputes, fixed for good.
    /// @param bond Wei that an assertion is bonded with. Half of a lost one is burned, so that nobody profits from refuting himself.
    /// @param challengeBond Wei that a challenge is bonded with; the asserter's, if it is lost.
    /// @param questionFee Wei that the asserter has for an answer, so that answering costs nothing.
    /// @param window Seconds in which an assertion can be challenged.
    /// @param clock Seconds for a move.
    struct DisputeTerms {
        uint128 bond;
        uint128 challengeBond;
        uint128 questionFee;
        uint48 window;
        uint48 clock;
    }

    /// @notice A term is zero, or the bond is too small to pay for a dispute.
    error DisputeTermsInvalid();
    /// @notice Most questions of a challenge: more than the height of any tree.
    uint256 public constant MOST_QUESTIONS = 64;

    /// @notice Wei that an assertion is bonded with.
    uint256 public immutable bond;
    /// @notice Wei that a challenge is bonded with.
    uint256 public immutable challengeBond;
    /// @notice Wei that the asserter has for an answer.
    uint256 public immutable questionFee;
    /// @notice Seconds in which an assertion can be challenged.
    uint48 public immutable window;
    /// @notice Seconds for a move.
    uint48 public immutable clock;

    constructor(DisputeTerms memory terms) {
        bool isZero = terms.bond == 0 || terms.challengeBond == 0 || terms.questionFee == 0 || terms.window == 0 || terms.clock == 0;
        // Whoever is right gains by challenging, even if it takes all questions.
        if (isZero || terms.bond / 2 <= (MOST_QUESTIONS + 1) * terms.questionFee) revert DisputeTermsInvalid();
        bond = terms.bond;
        challengeBond = terms.challengeBond;
        questionFee = terms.questionFee;
        window = terms.window;
        clock = terms.clock;
    }

    /// @dev Half of a lost bond goes to the winner, half to nobody for good.
    function _shareBond(address winner) internal {
        uint256 burned = bond / 2;
        balanceOf[address(0)] += burned;
        balanceOf[winner] += bond - burned;
    }
}
