// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ModelPrograms} from "../referee/ModelPrograms.sol";
import {Referee} from "../referee/Referee.sol";
import {Bonds} from "./Bonds.sol";
import {RunReader} from "./RunReader.sol";
import {Run, Runs} from "./Runs.sol";

/// @title Asserted runs
/// @notice Anybody asserts with a bond what a model gives to a request; anybody else may assert another thing about the same request, or the
/// same thing, beside it. What nobody refutes within the window is final.
/// @dev Of an assertion only its hash is kept, as its number, and one word. Its bytes are in the event, and whoever needs them in a call
/// sends them again.
abstract contract Assertions is Bonds {
    /// @notice Where an assertion stands. One past its window without open challenges is final also before `settle` says so.
    enum Status {
        None,
        Asserted,
        Refuted,
        Final
    }

    /// @notice What is kept of an assertion.
    /// @param asserter Whose bond it is.
    /// @param deadline The first second in which it cannot be challenged.
    /// @param open Challenges that are not decided.
    /// @param status Where it stands.
    struct Stake {
        address asserter;
        uint48 deadline;
        uint32 open;
        Status status;
    }

    /// @notice What an assertion is about, and a digest of everything else in it.
    struct Claimed {
        address asserter;
        bytes32 modelId;
        bytes32 requestHash;
        bytes32 contentHash;
        bytes32 traceHash;
    }

    /// @notice A run was asserted with a bond.
    event Asserted(bytes32 indexed assertion, bytes32 indexed modelId, bytes32 indexed requestHash, address asserter, Run run);
    /// @notice An assertion is wrong; half of its bond is credited to who showed it.
    event Refuted(bytes32 indexed assertion, address indexed winner);
    /// @notice An assertion is final, and its bond is credited to the asserter.
    event Settled(bytes32 indexed assertion, bytes32 indexed modelId, bytes32 indexed requestHash, bytes32 contentHash);

    /// @notice The model's program is not registered.
    error ModelNotKnown(bytes32 modelId);
    /// @notice The program is not that of the model.
    error ProgramOfOtherModel(bytes32 modelId);
    /// @notice A run has too many ids or bytes to be disputed in one transaction.
    error RunTooLong(uint256 length, uint256 most);
    /// @notice The assertion is not in the state that the call is for.
    error WrongStatus(Status status);
    /// @notice The time for this call is over.
    error TooLate(uint256 deadline);
    /// @notice The time for this call has not come.
    error TooEarly(uint256 deadline);
    /// @notice The assertion has challenges that are not decided.
    error StillChallenged(uint256 open);
    /// @notice The assertion's run is well-formed.
    error WellFormed();
    /// @notice The id stands for the bytes that the run says.
    error PieceIsRight(uint256 index);

    /// @notice Most ids of a run.
    uint256 public constant MOST_IDS = 4096;
    /// @notice Most bytes of a run: nodes take transactions of up to 128 KiB, and a challenge has all of the run in one.
    uint256 public constant MOST_BYTES = 98_304;

    /// @notice Programs of models.
    ModelPrograms public immutable programs;
    /// @notice Who runs single steps again.
    Referee public immutable referee;
    /// @notice Who finds in a run what a dispute needs.
    RunReader public immutable reader;

    mapping(bytes32 assertion => Stake) private _stakes;
    mapping(bytes32 claim => bool) private _final;

    constructor(ModelPrograms programs_, Referee referee_, RunReader reader_) {
        programs = programs_;
        referee = referee_;
        reader = reader_;
    }

    /// @notice Asserts with a bond that this is what the model gives.
    /// @param asserter Whose bond it is, who answers challenges.
    /// @param run The run.
    /// @return assertion Its number.
    function assertRun(address asserter, Run calldata run) external payable returns (bytes32 assertion) {
        _pays(bond);
        if (programs.programHashOf(run.modelId) == 0) revert ModelNotKnown(run.modelId);
        _atMost(run.ids.length, 4 * MOST_IDS);
        uint256 bytes_ = run.prompt.length + run.content.length + run.ids.length + run.lengths.length;
        _atMost(bytes_ + 32 * run.boundaries.length, MOST_BYTES);
        bytes32 requestHash;
        (assertion, requestHash) = _numberOf(asserter, run);
        Stake storage s = _stakes[assertion];
        if (s.status != Status.None) revert WrongStatus(s.status);
        (s.asserter, s.deadline, s.status) = (asserter, uint48(block.timestamp) + window, Status.Asserted);
        emit Asserted(assertion, run.modelId, requestHash, asserter, run);
    }

    /// @notice Shows that a run is none that the model could give, whatever it computes: too long, too short, of another prompt. Takes no bond.
    /// @param asserter Who asserted it.
    /// @param run The run.
    /// @param program The model's program.
    function refuteForm(address asserter, Run calldata run, bytes calldata program) external {
        (bytes32 assertion, Stake storage s) = _asserted(asserter, run);
        _requireProgram(run.modelId, program);
        if (reader.isWellFormed(run, program)) revert WellFormed();
        _refute(assertion, s, msg.sender);
    }

    /// @notice Shows that an output id stands for other bytes than the run says. Takes no bond.
    /// @param asserter Who asserted it.
    /// @param run The run, which is well-formed.
    /// @param program The model's program.
    /// @param index The id's number among those of the output.
    /// @param witness The bytes of the id, opened.
    function refutePiece(address asserter, Run calldata run, bytes calldata program, uint256 index, bytes calldata witness)
        external
    {
        (bytes32 assertion, Stake storage s) = _asserted(asserter, run);
        _requireProgram(run.modelId, program);
        if (!reader.isWellFormed(run, program)) revert RunReader.NotWellFormed();
        uint256 id = Runs.idAt(run, run.promptIds + index);
        bytes32 piece = keccak256(referee.piece(program, run.modelId, id, witness));
        if (piece == keccak256(Runs.contentOf(run, index))) revert PieceIsRight(index);
        _refute(assertion, s, msg.sender);
    }

    /// @notice Makes an assertion final that nobody refuted, and gives its bond back. For anybody.
    /// @param claimed What the assertion is about.
    function settle(Claimed calldata claimed) external {
        bytes32 assertion = keccak256(abi.encode(claimed));
        Stake storage s = _stakes[assertion];
        if (s.status != Status.Asserted) revert WrongStatus(s.status);
        if (block.timestamp < s.deadline) revert TooEarly(s.deadline);
        if (s.open > 0) revert StillChallenged(s.open);
        s.status = Status.Final;
        balanceOf[s.asserter] += bond;
        _final[_claim(claimed.modelId, claimed.requestHash, claimed.contentHash)] = true;
        emit Settled(assertion, claimed.modelId, claimed.requestHash, claimed.contentHash);
    }

    /// @notice What is kept of an assertion.
    /// @param assertion Its number.
    /// @return The stake; its status is `None` if there is none.
    function stakeOf(bytes32 assertion) external view returns (Stake memory) {
        return _stakes[assertion];
    }

    /// @notice The number that the assertion of a run has, or would have.
    /// @param asserter Whose bond it is.
    /// @param run The run.
    /// @return assertion The number.
    function numberOf(address asserter, Run calldata run) external pure returns (bytes32 assertion) {
        (assertion,) = _numberOf(asserter, run);
    }

    /// @notice The number of an assertion.
    /// @param claimed What it is about.
    /// @return The number.
    function assertionOf(Claimed calldata claimed) external pure returns (bytes32) {
        return keccak256(abi.encode(claimed));
    }

    /// @notice Whether an assertion is final: settled, or beyond every challenge.
    /// @param assertion Its number.
    /// @return Whether it is.
    function isAssertionFinal(bytes32 assertion) public view returns (bool) {
        Stake storage s = _stakes[assertion];
        return s.status == Status.Final || (s.status == Status.Asserted && block.timestamp >= s.deadline && s.open == 0);
    }

    /// @dev Whether an assertion of this content is settled.
    function _isSettled(bytes32 modelId, bytes32 requestHash, bytes32 contentHash) internal view returns (bool) {
        return _final[_claim(modelId, requestHash, contentHash)];
    }

    function _stake(bytes32 assertion) internal view returns (Stake storage) {
        return _stakes[assertion];
    }

    /// @dev The assertion of a run, which is not decided.
    function _asserted(address asserter, Run calldata run) internal view returns (bytes32 assertion, Stake storage s) {
        (assertion,) = _numberOf(asserter, run);
        s = _stakes[assertion];
        if (s.status != Status.Asserted) revert WrongStatus(s.status);
        if (s.open == 0 && block.timestamp >= s.deadline) revert TooLate(s.deadline);
    }

    function _requireProgram(bytes32 modelId, bytes calldata program) internal view {
        if (programs.programHashOf(modelId) != keccak256(program)) revert ProgramOfOtherModel(modelId);
    }

    /// @dev Half of the bond is the winner's.
    function _refute(bytes32 assertion, Stake storage s, address winner) internal {
        s.status = Status.Refuted;
        _shareBond(winner);
        emit Refuted(assertion, winner);
    }

    function _numberOf(address asserter, Run calldata run) private pure returns (bytes32 assertion, bytes32 requestHash) {
        requestHash = keccak256(run.prompt);
        bytes32 traceHash = keccak256(abi.encode(run.promptIds, run.ids, run.lengths, run.boundaries));
        assertion = keccak256(abi.encode(Claimed(asserter, run.modelId, requestHash, keccak256(run.content), traceHash)));
    }

    function _claim(bytes32 modelId, bytes32 requestHash, bytes32 contentHash) private pure returns (bytes32) {
        return keccak256(abi.encode(modelId, requestHash, contentHash));
    }

    function _atMost(uint256 length, uint256 most) private pure {
        if (length > most) revert RunTooLong(length, most);
    }
}
