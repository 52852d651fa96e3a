// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {CommitReveal} from "../aigc/CommitReveal.sol";
import {Assertions} from "../dispute/Assertions.sol";
import {Credits} from "../dispute/Credits.sol";
import {OptimisticVerifier} from "../dispute/OptimisticVerifier.sol";
import {Run} from "../dispute/Runs.sol";
import {IAIOracle, IAIOracleCallback} from "../interfaces/IAIOracle.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {OracleModels} from "./OracleModels.sol";

/// @title Oracle whose answers can be disputed
/// @notice A request holds its fees. Anybody answers it by an assertion with a bond; the first answer that is final is paid. Nobody owns the
/// oracle, lists nodes or sets prices.
/// @dev Answers are committed to before they are shown, so a copied one comes too late. A lie is in nobody's way: others answer beside it. A
/// request is kept as a digest; its bytes are in `Requested`.
contract AIOracle is OracleModels, CommitReveal, Credits {
    /// @notice Where a request stands.
    enum Status {
        None,
        Open,
        Final,
        Refunded
    }

    /// @notice When the receiver is called.
    enum Callback {
        WhenFinal,
        AtOnceAndWhenChanged
    }

    /// @notice A request.
    /// @param modelId The model's number.
    /// @param inputHash keccak256 of the canonical request.
    /// @param account Who asked, and has refunds.
    /// @param callbackContract Who is called; zero for nobody.
    /// @param gasLimit Gas of a call.
    /// @param callback When it is called.
    /// @param callbackHash keccak256 of what it is called with besides.
    /// @param modelFee Wei for the model's revenue token.
    /// @param gasFee Wei for a call.
    /// @param expiry The first second in which it can be refunded.
    struct Request {
        uint256 modelId;
        bytes32 inputHash;
        address account;
        address callbackContract;
        uint64 gasLimit;
        Callback callback;
        bytes32 callbackHash;
        uint128 modelFee;
        uint128 gasFee;
        uint48 expiry;
    }

    /// @notice What is kept of a request.
    /// @param digest keccak256 of the request.
    /// @param reward Wei for the answer.
    /// @param answers How many there are.
    /// @param isCalled Whether a call at once was made.
    /// @param status Where it stands.
    struct Kept {
        bytes32 digest;
        uint128 reward;
        uint8 answers;
        bool isCalled;
        Status status;
    }

    /// @notice A request was made, with everything that later calls need of it.
    event Requested(uint256 indexed requestId, Request request);
    /// @notice The reward of a request was raised.
    event RewardAdded(uint256 indexed requestId, uint256 amount);
    /// @notice A request has an answer, which is not final.
    event Answered(uint256 indexed requestId, uint256 indexed index, bytes32 indexed assertion, address answerer);
    /// @notice A request has its result.
    event Finalized(uint256 indexed requestId, bytes32 indexed contentHash, address indexed answerer, uint256 reward);
    /// @notice A receiver did not take a result; anybody can hand it over again.
    event CallbackFailed(uint256 indexed requestId, address indexed callbackContract);
    /// @notice A request was not served in time.
    event Refunded(uint256 indexed requestId, address indexed account, uint256 amount);

    /// @notice The payment is less than the fee.
    error FeeTooLow(uint256 paid, uint256 fee);
    /// @notice The request is not in the state that the call is for.
    error RequestStatus(Status status);
    /// @notice The request's time for answers is over.
    error RequestExpired(uint256 expiry);
    /// @notice What is sent is not what was asked.
    error OtherRequest(uint256 requestId);
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
    /// @notice Gas that is paid for a call besides the receiver's.
    uint256 public constant CALL_OVERHEAD = 100_000;
    /// @notice Seconds in which a request can be answered for the first time.
    uint48 public constant LIFETIME = 1 days;

    /// @notice Who judges answers.
    OptimisticVerifier public immutable verifier;
    /// @notice Wei of an answer at least.
    uint256 public immutable answerFee;
    /// @notice Wei of a unit of gas of a call back.
    uint256 public immutable callbackGasPrice;

    /// @notice How many requests there were.
    uint256 public requestCount;
    /// @notice What is kept of a request.
    mapping(uint256 requestId => Kept) public kept;
    /// @notice The content that a request's receiver has taken; zero if none.
    mapping(uint256 requestId => bytes32 contentHash) public handed;
    /// @notice The result of a request; zero before it is final.
    mapping(uint256 requestId => bytes32 contentHash) public resultOf;

    mapping(uint256 requestId => mapping(uint256 index => bytes32 assertion)) private _answers;

    constructor(OptimisticVerifier verifier_, IModelRegistry registry_, uint256 answerFee_, uint256 callbackGasPrice_)
        OracleModels(registry_)
        CommitReveal(1, 300)
    {
        verifier = verifier_;
        answerFee = answerFee_;
        callbackGasPrice = callbackGasPrice_;
    }

    /// @inheritdoc IAIOracle
    function requestCallback(
        uint256 modelId,
        bytes calldata input,
        address callbackContract,
        uint64 gasLimit,
        bytes calldata callbackData
    ) external payable returns (uint256) {
        uint256 fee = estimateFee(modelId, gasLimit);
        if (msg.value < fee) revert FeeTooLow(msg.value, fee);
        _giveBack(msg.value - fee);
        return _request(modelId, input, Receiver(callbackContract, gasLimit, Callback.WhenFinal), callbackData);
    }

    /// @notice Asks a model, and has the receiver called at once with each answer's result, before anybody had time to refute it, and again if
    /// the final one is another. While `isFinalized` is false the result is provisional. Costs a second call.
    /// @param modelId The model's number.
    /// @param input The canonical request.
    /// @param callbackContract Who is called.
    /// @param gasLimit Gas of each call.
    /// @param callbackData What it is called with besides.
    /// @return The request's number.
    function requestEarlyCallback(
        uint256 modelId,
        bytes calldata input,
        address callbackContract,
        uint64 gasLimit,
        bytes calldata callbackData
    ) external payable returns (uint256) {
        uint256 fee = estimateFee(modelId, gasLimit) + _gasFee(gasLimit);
        if (msg.value < fee) revert FeeTooLow(msg.value, fee);
        _giveBack(msg.value - fee);
        return _request(modelId, input, Receiver(callbackContract, gasLimit, Callback.AtOnceAndWhenChanged), callbackData);
    }

    /// @notice Asks a model several things.
    /// @param modelId The model's number.
    /// @param inputs The canonical requests.
    /// @param callbackContract Who is called with each result; zero for nobody.
    /// @param gasLimit Gas of each call.
    /// @param callbackData What each is called with besides.
    /// @return requestIds Their numbers.
    function requestBatch(
        uint256 modelId,
        bytes[] calldata inputs,
        address callbackContract,
        uint64 gasLimit,
        bytes calldata callbackData
    ) external payable returns (uint256[] memory requestIds) {
        uint256 fee = inputs.length * estimateFee(modelId, gasLimit);
        if (msg.value < fee) revert FeeTooLow(msg.value, fee);
        _giveBack(msg.value - fee);
        requestIds = new uint256[](inputs.length);
        for (uint256 i = 0; i < inputs.length; i++) {
            requestIds[i] = _request(modelId, inputs[i], Receiver(callbackContract, gasLimit, Callback.WhenFinal), callbackData);
        }
    }

    /// @notice Raises what the answer of an open request is paid.
    /// @param requestId The request.
    function addReward(uint256 requestId) external payable {
        Kept storage k = _open(requestId);
        k.reward += SafeCast.toUint128(msg.value);
        emit RewardAdded(requestId, msg.value);
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

    /// @inheritdoc IAIOracle
    function estimateFee(uint256 modelId, uint256 gasLimit) public view returns (uint256) {
        return _modelFee(modelId) + answerFee + _gasFee(gasLimit);
    }

    /// @inheritdoc IAIOracle
    function isFinalized(uint256 requestId) external view returns (bool) {
        return kept[requestId].status == Status.Final;
    }

    /// @notice An answer of a request.
    /// @param requestId The request.
    /// @param index Its number, from 0.
    /// @return The assertion's number; zero if there is none.
    function answerOf(uint256 requestId, uint256 index) external view returns (bytes32) {
        return _answers[requestId][index];
    }

    /// @notice Who is called, and when.
    struct Receiver {
        address callbackContract;
        uint64 gasLimit;
        Callback callback;
    }

    function _request(uint256 modelId, bytes calldata input, Receiver memory to, bytes calldata callbackData)
        private
        returns (uint256 requestId)
    {
        requestId = ++requestCount;
        Request memory r = Request({
            modelId: modelId,
            inputHash: keccak256(input),
            account: msg.sender,
            callbackContract: to.callbackContract,
            gasLimit: to.gasLimit,
            callback: to.callback,
            callbackHash: keccak256(callbackData),
            modelFee: SafeCast.toUint128(_modelFee(modelId)),
            gasFee: SafeCast.toUint128(_gasFee(to.gasLimit)),
            expiry: SafeCast.toUint48(block.timestamp) + LIFETIME
        });
        kept[requestId] = Kept(keccak256(abi.encode(r)), SafeCast.toUint128(answerFee), 0, false, Status.Open);
        emit AICallbackRequest(msg.sender, requestId, modelId, input, to.callbackContract, to.gasLimit, callbackData);
        emit Requested(requestId, r);
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

    /// @dev Paid at once where that works with little gas, else credited.
    function _pay(address to, uint256 amount) private {
        bool isPaid;
        assembly ("memory-safe") {
            isPaid := call(10000, to, amount, 0, 0, 0, 0)
        }
        if (!isPaid) balanceOf[to] += amount;
    }

    function _giveBack(uint256 amount) private {
        if (amount > 0) _pay(msg.sender, amount);
    }

    function _open(uint256 requestId) private view returns (Kept storage k) {
        k = kept[requestId];
        if (k.status != Status.Open) revert RequestStatus(k.status);
    }

    function _known(uint256 requestId, Request calldata request) private view returns (Kept storage k) {
        k = _open(requestId);
        if (keccak256(abi.encode(request)) != k.digest) revert OtherRequest(requestId);
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

    function _gasFee(uint256 gasLimit) private view returns (uint256) {
        return callbackGasPrice * (gasLimit + CALL_OVERHEAD);
    }
}
