// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {CommitReveal} from "../aigc/CommitReveal.sol";
import {Assertions} from "../dispute/Assertions.sol";
import {OptimisticVerifier} from "../dispute/OptimisticVerifier.sol";
import {Run} from "../dispute/Runs.sol";
import {IAIOracleCallback} from "../interfaces/IAIOracle.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {OracleRequests} from "./OracleRequests.sol";

/// @title Oracle whose answers can be disputed
/// @notice A request holds its fees. Anybody answers it by an assertion with a bond; the first answer that is final is paid. Nobody owns the
/// oracle, lists nodes or sets prices.
/// @dev Answers are committed to before they are shown, so a copied one comes too late. A lie is in nobody's way: others answer beside it.
contract AIOracle is OracleRequests, CommitReveal {
    /// @notice A request has an answer, which is not final.
    event Answered(uint256 indexed requestId, uint256 indexed index, bytes32 indexed assertion, address answerer);
    /// @notice A request has its result.
    event Finalized(uint256 indexed requestId, bytes32 indexed contentHash, address indexed answerer, uint256 reward);
    /// @notice A receiver did not take a result; anybody can hand it over again.
    event CallbackFailed(uint256 indexed requestId, address indexed callbackContract);
    /// @notice A request was not served in time.
    event Refunded(uint256 indexed requestId, address indexed account, uint256 amount);

    /// @notice The request's time for answers is over.
    error RequestExpired(uint256 expiry);
    /// @notice The run is of another model, or answers another request.
    error OtherAnswer(uint256 requestId);
    /// @notice All places for answers are taken by some that are not refuted.
    error NoPlaceForAnswer(uint256 requestId);
    /// @notice The answer is not final, or one before it is.
    error AnswerNotFinal(uint256 index);
    /// @notice The request has not expired, or an answer is pending.
    error NotExpired(uint256 expiry);
    /// @notice The call does not leave the receiver its gas.
    error GasTooLow(uint256 gas, uint256 needed);
    /// @notice The receiver has taken this result.
    error AlreadyHanded(uint256 requestId);

    /// @notice Most answers of a request that are not refuted.
    uint8 public constant MOST_ANSWERS = 16;
    /// @notice Who judges answers.
    OptimisticVerifier public immutable verifier;
    /// @notice The content that a request's receiver has taken; zero if none.
    mapping(uint256 requestId => bytes32 contentHash) public handed;
    /// @notice The result of a request; zero before it is final.
    mapping(uint256 requestId => bytes32 contentHash) public resultOf;

    mapping(uint256 requestId => mapping(uint256 index => bytes32 assertion)) private _answers;

    constructor(OptimisticVerifier verifier_, IModelRegistry registry_, uint256 answerFee_, uint256 callbackGasPrice_)
        OracleRequests(registry_, answerFee_, callbackGasPrice_)
        CommitReveal(1, 300)
    {
        verifier = verifier_;
    }

    /// @notice Answers a request by an assertion, with the verifier's bond. The caller has committed to `(requestId, assertion)` before.
    /// @param requestId The request.
    /// @param request The request.
    /// @param run The run.
    /// @param callbackData What the receiver is called with besides; may be empty if it is not called now.
    /// @param salt The commitment's salt.
    function answer(uint256 requestId, Request calldata request, Run calldata run, bytes calldata callbackData, bytes32 salt)
        external
        payable
        nonReentrant
    {
        Kept storage k = _known(requestId, request);
        if (block.timestamp >= request.expiry) revert RequestExpired(request.expiry);
        if (listingOf(request.modelId).modelId != run.modelId || keccak256(run.prompt) != request.inputHash) {
            revert OtherAnswer(requestId);
        }
        bytes32 assertion = _assert(run);
        _reveal(bytes32(requestId), assertion, salt);
        uint256 index = _place(requestId, k);
        _answers[requestId][index] = assertion;
        emit Answered(requestId, index, assertion, msg.sender);
        if (request.callback == Callback.AtOnceAndWhenChanged && !k.isCalled) {
            k.isCalled = true;
            balanceOf[msg.sender] += request.gasFee;
            _hand(requestId, request, run.content, callbackData);
        }
    }

    /// @notice Makes the first answer that is final the result: its bond is settled, the answerer and the model's fees are credited, the
    /// receiver is called. For anybody, who is paid for the call.
    /// @param requestId The request.
    /// @param request The request.
    /// @param index Which answer.
    /// @param claimed What it is about.
    /// @param output The content.
    /// @param callbackData What the receiver is called with besides.
    function finalize(
        uint256 requestId,
        Request calldata request,
        uint256 index,
        Assertions.Claimed calldata claimed,
        bytes calldata output,
        bytes calldata callbackData
    ) external nonReentrant {
        Kept storage k = _known(requestId, request);
        bytes32 contentHash = keccak256(output);
        _requireFirstFinal(requestId, k, index, claimed, contentHash);
        uint256 reward = k.reward;
        (k.status, k.reward) = (Status.Final, 0);
        resultOf[requestId] = contentHash;
        balanceOf[claimed.asserter] += reward;
        balanceOf[msg.sender] += request.gasFee;
        revenueOf[request.modelId] += request.modelFee;
        emit Finalized(requestId, contentHash, claimed.asserter, reward);
        if (handed[requestId] != contentHash) _hand(requestId, request, output, callbackData);
    }

    /// @notice Hands a result to a receiver that did not take it. For anybody, at his own expense.
    /// @param requestId The request, which is final.
    /// @param request The request.
    /// @param output The result.
    /// @param callbackData What the receiver is called with besides.
    function handOver(uint256 requestId, Request calldata request, bytes calldata output, bytes calldata callbackData)
        external
        nonReentrant
    {
        Kept storage k = kept[requestId];
        if (k.status != Status.Final) revert RequestStatus(k.status);
        if (keccak256(abi.encode(request)) != k.digest) revert OtherRequest(requestId);
        if (keccak256(output) != resultOf[requestId]) revert OtherAnswer(requestId);
        if (handed[requestId] == resultOf[requestId]) revert AlreadyHanded(requestId);
        _hand(requestId, request, output, callbackData);
    }

    /// @notice Gives back what a request paid that nobody served in time. For anybody.
    /// @param requestId The request.
    /// @param request The request.
    function refund(uint256 requestId, Request calldata request) external nonReentrant {
        Kept storage k = _known(requestId, request);
        if (block.timestamp < request.expiry || _pending(requestId, k)) revert NotExpired(request.expiry);
        uint256 amount = uint256(k.reward) + request.modelFee + request.gasFee;
        if (request.callback == Callback.AtOnceAndWhenChanged && !k.isCalled) amount += request.gasFee;
        (k.status, k.reward) = (Status.Refunded, 0);
        emit Refunded(requestId, request.account, amount);
        _pay(request.account, amount);
    }

    /// @notice An answer of a request.
    /// @param requestId The request.
    /// @param index Its number, from 0.
    /// @return The assertion's number; zero if there is none.
    function answerOf(uint256 requestId, uint256 index) external view returns (bytes32) {
        return _answers[requestId][index];
    }

    /// @dev Asserts a run, unless the caller has already, for another request with the same words.
    function _assert(Run calldata run) private returns (bytes32 assertion) {
        assertion = verifier.numberOf(msg.sender, run);
        Assertions.Status status = verifier.stakeOf(assertion).status;
        bool isThere = status == Assertions.Status.Asserted || status == Assertions.Status.Final;
        if (!isThere) return verifier.assertRun{value: msg.value}(msg.sender, run);
        _pays(0);
    }

    /// @dev The first place of an answer that is free, or whose answer is refuted.
    function _place(uint256 requestId, Kept storage k) private returns (uint256 index) {
        for (index = 0; index < k.answers; index++) {
            if (_isRefuted(_answers[requestId][index])) return index;
        }
        if (index == MOST_ANSWERS) revert NoPlaceForAnswer(requestId);
        k.answers += 1;
    }

    function _requireFirstFinal(
        uint256 requestId,
        Kept storage k,
        uint256 index,
        Assertions.Claimed calldata claimed,
        bytes32 contentHash
    ) private {
        bytes32 assertion = verifier.assertionOf(claimed);
        if (index >= k.answers || _answers[requestId][index] != assertion || contentHash != claimed.contentHash) {
            revert OtherAnswer(requestId);
        }
        for (uint256 i = 0; i < index; i++) {
            if (verifier.isAssertionFinal(_answers[requestId][i])) revert AnswerNotFinal(i);
        }
        if (!verifier.isAssertionFinal(assertion)) revert AnswerNotFinal(index);
        if (verifier.stakeOf(assertion).status == Assertions.Status.Asserted) verifier.settle(claimed);
    }

    /// @dev A receiver that fails, or wastes its gas, is in nobody's way. What it returns is not read.
    function _hand(uint256 requestId, Request calldata request, bytes calldata output, bytes calldata callbackData) private {
        if (keccak256(callbackData) != request.callbackHash) revert OtherRequest(requestId);
        emit AICallbackResult(request.account, requestId, msg.sender, output);
        (address to, uint256 limit) = (request.callbackContract, request.gasLimit);
        handed[requestId] = keccak256(output);
        if (to == address(0)) return;
        bytes memory message = abi.encodeCall(IAIOracleCallback.aiOracleCallback, (requestId, output, callbackData));
        // A 64th of the gas stays here (EIP-150).
        uint256 needed = limit + limit / 63 + 10_000;
        if (gasleft() < needed) revert GasTooLow(gasleft(), needed);
        bool isTaken;
        assembly ("memory-safe") {
            isTaken := call(limit, to, 0, add(message, 32), mload(message), 0, 0)
        }
        if (isTaken) return;
        handed[requestId] = 0;
        emit CallbackFailed(requestId, to);
    }

    /// @dev Whether an answer may still become final.
    function _pending(uint256 requestId, Kept storage k) private view returns (bool) {
        for (uint256 i = 0; i < k.answers; i++) {
            if (!_isRefuted(_answers[requestId][i])) return true;
        }
        return false;
    }

    function _isRefuted(bytes32 assertion) private view returns (bool) {
        return verifier.stakeOf(assertion).status == Assertions.Status.Refuted;
    }
}
