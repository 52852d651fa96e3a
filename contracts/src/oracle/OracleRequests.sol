// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {Credits} from "../dispute/Credits.sol";
import {IAIOracle} from "../interfaces/IAIOracle.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {OracleModels} from "./OracleModels.sol";

/// @title Requests to models
/// @notice A request holds its fees. It is kept as a digest; its bytes are in `Requested`, and later calls bring them again.
abstract contract OracleRequests is OracleModels, Credits {
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

    /// @notice The payment is less than the fee.
    error FeeTooLow(uint256 paid, uint256 fee);
    /// @notice The call back has more gas or data than could be handed over in one transaction.
    error CallbackTooLarge(uint256 gasLimit, uint256 length);
    /// @notice The request is not in the state that the call is for.
    error RequestStatus(Status status);
    /// @notice What is sent is not what was asked.
    error OtherRequest(uint256 requestId);

    /// @notice Gas that is paid for a call besides the receiver's.
    uint256 public constant CALL_OVERHEAD = 100_000;
    /// @notice Most gas of a call back: a result must be possible to hand over.
    uint256 public constant MOST_CALLBACK_GAS = 5_000_000;
    /// @notice Most bytes that a receiver is called with besides the result.
    uint256 public constant MOST_CALLBACK_DATA = 4096;
    /// @notice Seconds in which a request can be answered for the first time.
    uint48 public constant LIFETIME = 1 days;

    /// @notice Wei of an answer at least.
    uint256 public immutable answerFee;
    /// @notice Wei of a unit of gas of a call back.
    uint256 public immutable callbackGasPrice;

    /// @notice How many requests there were.
    uint256 public requestCount;
    /// @notice What is kept of a request.
    mapping(uint256 requestId => Kept) public kept;

    constructor(IModelRegistry registry_, uint256 answerFee_, uint256 callbackGasPrice_) OracleModels(registry_) {
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
        _charge(estimateFee(modelId, gasLimit));
        return _request(modelId, input, Receiver(callbackContract, gasLimit, Callback.WhenFinal), callbackData);
    }

    /// @notice Asks a model, and has the receiver called at once with the first answer, before anybody had time to refute it, and again if the
    /// final one is another. While `isFinalized` is false the result is provisional. Costs a second call.
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
        _charge(estimateFee(modelId, gasLimit) + _gasFee(gasLimit));
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
        _charge(inputs.length * estimateFee(modelId, gasLimit));
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

    /// @inheritdoc IAIOracle
    function estimateFee(uint256 modelId, uint256 gasLimit) public view returns (uint256) {
        return _modelFee(modelId) + answerFee + _gasFee(gasLimit);
    }

    /// @inheritdoc IAIOracle
    function isFinalized(uint256 requestId) external view returns (bool) {
        return kept[requestId].status == Status.Final;
    }

    /// @dev Paid at once where that works with little gas, else credited.
    function _pay(address to, uint256 amount) internal {
        bool isPaid;
        assembly ("memory-safe") {
            isPaid := call(10000, to, amount, 0, 0, 0, 0)
        }
        if (!isPaid) balanceOf[to] += amount;
    }

    /// @dev What is paid too much goes back.
    function _charge(uint256 fee) private {
        if (msg.value < fee) revert FeeTooLow(msg.value, fee);
        if (msg.value > fee) _pay(msg.sender, msg.value - fee);
    }

    function _open(uint256 requestId) private view returns (Kept storage k) {
        k = kept[requestId];
        if (k.status != Status.Open) revert RequestStatus(k.status);
    }

    function _known(uint256 requestId, Request calldata request) internal view returns (Kept storage k) {
        k = _open(requestId);
        if (keccak256(abi.encode(request)) != k.digest) revert OtherRequest(requestId);
    }

    function _gasFee(uint256 gasLimit) private view returns (uint256) {
        return callbackGasPrice * (gasLimit + CALL_OVERHEAD);
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
        if (to.gasLimit > MOST_CALLBACK_GAS || callbackData.length > MOST_CALLBACK_DATA) {
            revert CallbackTooLarge(to.gasLimit, callbackData.length);
        }
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
}
