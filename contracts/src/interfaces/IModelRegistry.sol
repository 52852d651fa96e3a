// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @title Registry of models
/// @notice Where a model's file can be had, what a use of it costs, and which revenue token the fees go to.
/// @dev Nobody can be kept from registering a stranger's model: its id is a hash of public bytes, and whoever has them can deploy a
/// token bound to the same id. So being first means nothing here. A record belongs to the pair of model id and owner, there is no
/// "the record of a model" to be asked for, and a stranger's registration neither blocks nor changes anybody else's. Whoever
/// follows a record has the owner's or the revenue token's address from where the trust comes from: the offering, the collection,
/// the author's page. Files need no trust, since they are checked against the id.
///
/// Records only grow. Owner and revenue token stay as they were registered; URIs are added and never removed; a fee is announced
/// `FEE_NOTICE` blocks before it holds, and its history stays. A fixed fee could not follow the price of gas; one that changed at
/// once could be raised between a user's reading it and paying it.
interface IModelRegistry {
    /// @notice A model was registered.
    event ModelRegistered(bytes32 indexed modelId, address indexed owner, address indexed revenueToken);
    /// @notice A place was added where the model's file can be had.
    event ModelUriAdded(bytes32 indexed modelId, address indexed owner, uint256 index, string uri);
    /// @notice A use costs `fee` wei from `fromBlock` on.
    event ModelFeeAnnounced(bytes32 indexed modelId, address indexed owner, uint256 fee, uint256 fromBlock);

    /// @notice The caller has registered this model before.
    error ModelAlreadyRegistered(bytes32 modelId, address owner);
    /// @notice This owner has not registered this model, or, for a fee, had not at that block.
    error ModelNotRegistered(bytes32 modelId, address owner);
    /// @notice The revenue token has no code or belongs to another model.
    error ModelTokenOfOtherModel(address revenueToken, bytes32 modelId);
    /// @notice A URI has 1 to `MAX_URI` bytes.
    error ModelUriLength(uint256 length);

    /// @notice Registers a model for the caller, who owns the record for good.
    /// @param modelId The model.
    /// @param revenueToken The token that is paid fees; its `modelId()` must be this model.
    /// @param fee Wei for a use, from this block on.
    /// @param uri A place where the file can be had.
    function register(bytes32 modelId, address revenueToken, uint208 fee, string calldata uri) external;

    /// @notice Adds a place to the caller's record.
    /// @param modelId The model.
    /// @param uri A place where the file can be had.
    function addUri(bytes32 modelId, string calldata uri) external;

    /// @notice Announces the fee of the caller's record from `FEE_NOTICE` blocks on.
    /// @param modelId The model.
    /// @param fee Wei for a use.
    /// @return fromBlock The first block in which it holds.
    function announceFee(bytes32 modelId, uint208 fee) external returns (uint256 fromBlock);

    /// @notice The token that is paid a record's fees.
    /// @param modelId The model.
    /// @param owner Who registered it.
    /// @return The token.
    function revenueTokenOf(bytes32 modelId, address owner) external view returns (address);

    /// @notice How many places a record has.
    /// @param modelId The model.
    /// @param owner Who registered it.
    /// @return The number.
    function uriCount(bytes32 modelId, address owner) external view returns (uint256);

    /// @notice A place where the file can be had.
    /// @param modelId The model.
    /// @param owner Who registered it.
    /// @param index Its number, from 0.
    /// @return The URI.
    function uriOf(bytes32 modelId, address owner, uint256 index) external view returns (string memory);

    /// @notice Wei for a use now.
    /// @param modelId The model.
    /// @param owner Who registered it.
    /// @return The fee.
    function feeOf(bytes32 modelId, address owner) external view returns (uint256);

    /// @notice Wei for a use in a block. It is settled for every block up to `FEE_NOTICE - 1` from now.
    /// @param modelId The model.
    /// @param owner Who registered it.
    /// @param blockNumber The block.
    /// @return The fee.
    function feeAt(bytes32 modelId, address owner, uint48 blockNumber) external view returns (uint256);
}
