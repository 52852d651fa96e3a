// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// @title Money of disputes
/// @notice Every wei here is a bond or a fee of something that is open, or somebody's `balanceOf`. Money is credited, and fetched by its owner.
abstract contract Bonds is ReentrancyGuardTransient {
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

    /// @notice A balance was paid out.
    event Withdrawn(address indexed account, address indexed to, uint256 amount);

    /// @notice A term is zero, or the bond is too small to pay for a dispute.
    error DisputeTermsInvalid();
    /// @notice The payment is another than what the call costs.
    error WrongPayment(uint256 paid, uint256 expected);
    /// @notice The caller has no balance.
    error NothingToWithdraw(address account);

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

    /// @notice What an account can withdraw.
    mapping(address account => uint256 amount) public balanceOf;

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

    /// @notice Pays the caller's balance out.
    /// @param to Who is paid: an account that cannot take ETH names another.
    function withdraw(address payable to) external nonReentrant {
        uint256 amount = balanceOf[msg.sender];
        if (amount == 0) revert NothingToWithdraw(msg.sender);
        balanceOf[msg.sender] = 0;
        emit Withdrawn(msg.sender, to, amount);
        Address.sendValue(to, amount);
    }

    function _pays(uint256 amount) internal view {
        if (msg.value != amount) revert WrongPayment(msg.value, amount);
    }

    /// @dev Half of a lost bond goes to the winner, half to nobody for good.
    function _shareBond(address winner) internal {
        uint256 burned = bond / 2;
        balanceOf[address(0)] += burned;
        balanceOf[winner] += bond - burned;
    }
}
