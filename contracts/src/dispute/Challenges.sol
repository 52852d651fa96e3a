// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

// Casts take the head of bytes.
// forge-lint: disable-start(unsafe-typecast)

import {Merkle} from "../referee/Merkle.sol";
import {PictureSteps} from "../referee/PictureSteps.sol";
import {Part, Steps} from "../referee/Steps.sol";
import {Witness} from "../referee/Witness.sol";
import {Assertions} from "./Assertions.sol";
import {Place, Run, Stage} from "./Runs.sol";

/// @title Disputes of asserted runs
/// @notice Whoever ran the model and has another boundary, or another id, names the place; the asserter commits to the tensors of that part;
/// then the referee runs one step of it that does not hold. That is three transactions after the assertion, where the asserter's tensors
/// can be had. Where they are withheld, the challenger asks for steps: an answer has the digests beside what it opens, so a question leads
/// at least one level down the tree of the first tensor that differs, until the wrong number is open or the asserter is silent.
/// @dev Challenges of one assertion run side by side and know nothing of each other. Whoever does not move in time loses. After an assertion
/// is refuted, the others fetch their bonds. An asserter with a right run has an answer to every question, and no step of it fails.
abstract contract Challenges is Assertions {
    /// @notice Who has to move.
    enum Turn {
        Closed,
        Reveal,
        Challenger,
        Defend
    }

    /// @notice A challenge.
    /// @param assertion What is challenged.
    /// @param committed The digest of what is known of the part, of all of it after `reveal`.
    /// @param challenger Who challenges.
    /// @param deadline The first second in which the move is late.
    /// @param questions Questions so far.
    /// @param turn Whose move it is.
    /// @param step The step that the asserter has to show, its kind and numbers.
    struct Challenge {
        bytes32 assertion;
        bytes32 committed;
        address challenger;
        uint48 deadline;
        uint8 questions;
        Turn turn;
        bytes13 step;
    }

    /// @notice A part of a run was challenged; the asserter is to reveal its tensors.
    event Challenged(uint256 indexed challenge, bytes32 indexed assertion, address indexed challenger, Place place);
    /// @notice The asserter committed to the tensors of a part.
    event Revealed(uint256 indexed challenge, Part part, bytes siblings);
    /// @notice The asserter is to show that a step holds.
    event Asked(uint256 indexed challenge, bytes13 step);
    /// @notice A step holds, and here is what it opens.
    event Defended(uint256 indexed challenge, bytes witness);
    /// @notice A challenge is decided, or was about what is refuted already.
    event Closed(uint256 indexed challenge, address indexed winner);

    /// @notice The challenge waits for another move, or for none.
    error WrongTurn(Turn turn);
    /// @notice The caller is not the one whose move this is.
    error NotYourMove(address mover);
    /// @notice What is sent is not what was committed to.
    error NotCommittedTo();
    /// @notice The part has another number of tensors.
    error WrongTensorCount(uint256 tensors, uint256 expected);
    /// @notice What the part ends in is not what the boundary has at the position.
    error NotInBoundary();
    /// @notice The witness is of another step.
    error OtherStep(bytes13 step);
    /// @notice The step holds.
    error StepHolds();
    /// @notice The step does not hold.
    error StepDoesNotHold();
    /// @notice The challenge has no questions left.
    error NoMoreQuestions();
    /// @notice The assertion is not refuted.
    error NotRefuted();

    /// @notice How many challenges there were.
    uint256 public challengeCount;

    mapping(uint256 id => Challenge) private _challenges;

    /// @notice Challenges a part of a run, with a bond and the fee of the first answer. The asserter has to reveal its tensors.
    /// @dev Nothing wrong has to be known there; but whoever cannot show a step that does not hold loses the bond.
    /// @param asserter Who asserted it.
    /// @param run The run.
    /// @param program The model's program.
    /// @param place The part.
    /// @return id The challenge.
    function challenge(address asserter, Run calldata run, bytes calldata program, Place calldata place)
        external
        payable
        returns (uint256 id)
    {
        _pays(challengeBond + questionFee);
        (bytes32 assertion, Stake storage s) = _asserted(asserter, run);
        if (block.timestamp >= s.deadline) revert TooLate(s.deadline);
        s.open += 1;
        id = ++challengeCount;
        Challenge storage c = _challenges[id];
        (c.assertion, c.challenger) = (assertion, msg.sender);
        _locate(id, c, run, program, place);
    }

    /// @notice Challenges another part instead: what was revealed has shown that the wrong number is elsewhere. Costs the fee of an answer.
    /// @param id The challenge.
    /// @param asserter Who asserted the run.
    /// @param run The run.
    /// @param program The model's program.
    /// @param place The part.
    function relocate(uint256 id, address asserter, Run calldata run, bytes calldata program, Place calldata place)
        external
        payable
    {
        _pays(questionFee);
        (Challenge storage c,) = _move(id, Turn.Challenger);
        (bytes32 assertion,) = _asserted(asserter, run);
        if (assertion != c.assertion) revert NotCommittedTo();
        _count(c);
        _locate(id, c, run, program, place);
    }

    /// @notice Commits to the tensors of the challenged part.
    /// @param id The challenge.
    /// @param stage What the part does.
    /// @param part Everything that is known of it, and the roots of its tensors.
    /// @param end The root of the boundary that the part ends in; zero for a choice, and for a picture the digest of its file.
    /// @param siblings The digests beside the part's last tensor in that boundary, lowest first.
    function reveal(uint256 id, Stage stage, Part calldata part, bytes32 end, bytes calldata siblings) external {
        (Challenge storage c, Stake storage s) = _move(id, Turn.Reveal);
        Part memory known = part;
        known.tensors = new bytes32[](0);
        if (keccak256(abi.encode(stage, known, end)) != c.committed) revert NotCommittedTo();
        uint256 expected = stage == Stage.Embedding ? 1 : stage == Stage.Layer ? 19 : part.sampler.beta > 0 ? 4 : 2;
        if (stage == Stage.Picture) expected = PictureSteps.count(part.layer);
        if (part.tensors.length != expected) revert WrongTensorCount(part.tensors.length, expected);
        if (stage != Stage.Choice) {
            Witness.Cursor memory w = Witness.open(siblings);
            // The last tensor of a picture is its file, and the content itself.
            uint256 width = stage == Stage.Picture ? 1 : part.positions;
            if (Merkle.root(w, part.tensors[expected - 1], part.position, width) != end) revert NotInBoundary();
            Witness.close(w);
        }
        c.committed = keccak256(abi.encode(part));
        _answered(c, s);
        emit Revealed(id, part, siblings);
    }

    /// @notice Asks the asserter to show a step. Costs the fee of an answer.
    /// @param id The challenge.
    /// @param step The step: kind u8, then three numbers u32 big-endian.
    function ask(uint256 id, bytes13 step) external payable {
        _pays(questionFee);
        (Challenge storage c,) = _move(id, Turn.Challenger);
        _count(c);
        (c.step, c.turn, c.deadline) = (step, Turn.Defend, _next());
        emit Asked(id, step);
    }

    /// @notice Shows that the step which was asked for holds. Of a step that the part does not have, the step alone is the witness.
    /// @param id The challenge.
    /// @param program The model's program.
    /// @param part The part.
    /// @param witness The step's witness.
    function defend(uint256 id, bytes calldata program, Part calldata part, bytes calldata witness) external {
        (Challenge storage c, Stake storage s) = _move(id, Turn.Defend);
        if (bytes13(witness) != c.step) revert OtherStep(bytes13(witness));
        _requirePart(c, program, part);
        try referee.holds(program, part, witness) returns (bool holds) {
            if (!holds) revert StepDoesNotHold();
        } catch (bytes memory why) {
            // A step that the part does not have: all of a part's own are found before anything is opened.
            if (bytes4(why) != Steps.NoSuchStep.selector && bytes4(why) != Steps.WrongTensors.selector) revert StepDoesNotHold();
        }
        _answered(c, s);
        emit Defended(id, witness);
    }

    /// @notice Refutes the assertion by a step that does not hold. For anybody; the challenger wins.
    /// @param id The challenge, whose part was revealed.
    /// @param program The model's program.
    /// @param part The part.
    /// @param witness The step's witness.
    function prove(uint256 id, bytes calldata program, Part calldata part, bytes calldata witness) external {
        Challenge storage c = _challenges[id];
        Stake storage s = _open(c);
        if (c.turn == Turn.Reveal) revert WrongTurn(c.turn);
        if (block.timestamp >= c.deadline) revert TooLate(c.deadline);
        _requirePart(c, program, part);
        if (referee.holds(program, part, witness)) revert StepHolds();
        _win(id, c, s);
    }

    /// @notice Decides a challenge whose mover was late. For anybody.
    /// @param id The challenge.
    function timeout(uint256 id) external {
        Challenge storage c = _challenges[id];
        Stake storage s = _open(c);
        if (block.timestamp < c.deadline) revert TooEarly(c.deadline);
        if (c.turn != Turn.Challenger) return _win(id, c, s);
        c.turn = Turn.Closed;
        s.open -= 1;
        balanceOf[s.asserter] += challengeBond;
        emit Closed(id, s.asserter);
    }

    /// @notice Gives a challenge's bond back after the assertion was refuted by somebody else. For anybody.
    /// @param id The challenge.
    function reclaim(uint256 id) external {
        Challenge storage c = _challenges[id];
        if (c.turn == Turn.Closed) revert WrongTurn(c.turn);
        if (_stake(c.assertion).status != Status.Refuted) revert NotRefuted();
        _repay(id, c);
    }

    /// @notice A challenge.
    /// @param id Its number, from 1.
    /// @return The challenge.
    function challengeOf(uint256 id) external view returns (Challenge memory) {
        return _challenges[id];
    }

    function _locate(uint256 id, Challenge storage c, Run calldata run, bytes calldata program, Place calldata place) private {
        _requireProgram(run.modelId, program);
        c.committed = reader.known(run, program, place);
        (c.turn, c.deadline) = (Turn.Reveal, _next());
        emit Challenged(id, c.assertion, c.challenger, place);
    }

    function _requirePart(Challenge storage c, bytes calldata program, Part calldata part) private view {
        if (keccak256(abi.encode(part)) != c.committed) revert NotCommittedTo();
        _requireProgram(part.modelId, program);
    }

    /// @dev A challenge in which it is this turn, and the caller's move, in time.
    function _move(uint256 id, Turn turn) private view returns (Challenge storage c, Stake storage s) {
        c = _challenges[id];
        s = _open(c);
        if (c.turn != turn) revert WrongTurn(c.turn);
        address mover = turn == Turn.Challenger ? c.challenger : s.asserter;
        if (msg.sender != mover) revert NotYourMove(mover);
        if (block.timestamp >= c.deadline) revert TooLate(c.deadline);
    }

    /// @dev A challenge that is not decided.
    function _open(Challenge storage c) private view returns (Stake storage s) {
        s = _stake(c.assertion);
        if (c.turn == Turn.Closed) revert WrongTurn(c.turn);
        if (s.status != Status.Asserted) revert WrongStatus(s.status);
    }

    function _count(Challenge storage c) private {
        if (c.questions >= MOST_QUESTIONS) revert NoMoreQuestions();
        c.questions += 1;
    }

    function _answered(Challenge storage c, Stake storage s) private {
        (c.turn, c.deadline) = (Turn.Challenger, _next());
        balanceOf[s.asserter] += questionFee;
    }

    function _win(uint256 id, Challenge storage c, Stake storage s) private {
        _refute(c.assertion, s, c.challenger);
        _repay(id, c);
    }

    /// @dev The challenger's bond, and the fee of an answer that did not come.
    function _repay(uint256 id, Challenge storage c) private {
        balanceOf[c.challenger] += c.turn == Turn.Challenger ? challengeBond : challengeBond + questionFee;
        c.turn = Turn.Closed;
        emit Closed(id, c.challenger);
    }

    function _next() private view returns (uint48) {
        return uint48(block.timestamp) + clock;
    }
}
