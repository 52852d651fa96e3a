// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @title Onchain AI oracle, as receivers call it
/// @notice Functions, events and identifiers are those of ORA's OAO, so a receiver that was written for it changes an address and a model's
/// number.
interface IAIOracle {
    /// @notice A request was made.
    event AICallbackRequest(
        address indexed account,
        uint256 indexed requestId,
        uint256 modelId,
        bytes input,
        address callbackContract,
        uint64 gasLimit,
        bytes callbackData
    );
    /// @notice A result was handed to the receiver, if there is one.
    event AICallbackResult(address indexed account, uint256 indexed requestId, address invoker, bytes output);

    /// @notice Asks a model.
    /// @param modelId The model's number with this oracle.
    /// @param input The canonical request.
    /// @param callbackContract Who is called with the result; zero for nobody.
    /// @param gasLimit Gas of that call.
    /// @param callbackData What it is called with besides.
    /// @return requestId The request's number.
    function requestCallback(
        uint256 modelId,
        bytes calldata input,
        address callbackContract,
        uint64 gasLimit,
        bytes calldata callbackData
    ) external payable returns (uint256 requestId);

    /// @notice What a request costs now.
    /// @param modelId The model's number with this oracle.
    /// @param gasLimit Gas of the call back.
    /// @return Wei.
    function estimateFee(uint256 modelId, uint256 gasLimit) external view returns (uint256);

    /// @notice Whether a request has a result that stays.
    /// @param requestId The request.
    /// @return Whether it has; never without a result.
    function isFinalized(uint256 requestId) external view returns (bool);

    /// @notice Pays a model's fees to its revenue token. For anybody.
    /// @param modelId The model's number with this oracle.
    function claimModelRevenue(uint256 modelId) external;
}

/// @title Receiver of results
interface IAIOracleCallback {
    /// @notice Takes a result.
    /// @param requestId The request.
    /// @param output The content that the model gave.
    /// @param callbackData What the request had for this call.
    function aiOracleCallback(uint256 requestId, bytes calldata output, bytes calldata callbackData) external;
}
