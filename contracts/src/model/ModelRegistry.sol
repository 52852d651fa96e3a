// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";

import {IModelBound} from "../interfaces/IModelBound.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";

/// @title Registry of models
/// @dev It holds no money and has no owner of its own.
contract ModelRegistry is IModelRegistry {
    using Checkpoints for Checkpoints.Trace208;

    struct Record {
        address revenueToken;
        string[] uris;
        Checkpoints.Trace208 fees;
    }

    /// @notice Blocks between the announcement of a fee and its beginning.
    uint48 public constant FEE_NOTICE = 7200;
    /// @notice Most bytes of a URI.
    uint256 public constant MAX_URI = 2048;

    mapping(bytes32 modelId => mapping(address owner => Record)) private _records;

    /// @inheritdoc IModelRegistry
    function register(bytes32 modelId, address revenueToken, uint208 fee, string calldata uri) external {
        Record storage record = _records[modelId][msg.sender];
        if (record.revenueToken != address(0)) revert ModelAlreadyRegistered(modelId, msg.sender);
        if (revenueToken.code.length == 0 || IModelBound(revenueToken).modelId() != modelId) {
            revert ModelTokenOfOtherModel(revenueToken, modelId);
        }
        record.revenueToken = revenueToken;
        emit ModelRegistered(modelId, msg.sender, revenueToken);
        _announceFee(modelId, record, fee, SafeCast.toUint48(block.number));
        _addUri(modelId, record, uri);
    }

    /// @inheritdoc IModelRegistry
    function addUri(bytes32 modelId, string calldata uri) external {
        _addUri(modelId, _record(modelId, msg.sender), uri);
    }

    /// @inheritdoc IModelRegistry
    function announceFee(bytes32 modelId, uint208 fee) external returns (uint256) {
        uint48 fromBlock = SafeCast.toUint48(block.number) + FEE_NOTICE;
        _announceFee(modelId, _record(modelId, msg.sender), fee, fromBlock);
        return fromBlock;
    }

    /// @inheritdoc IModelRegistry
    function revenueTokenOf(bytes32 modelId, address owner) external view returns (address) {
        return _record(modelId, owner).revenueToken;
    }

    /// @inheritdoc IModelRegistry
    function uriCount(bytes32 modelId, address owner) external view returns (uint256) {
        return _record(modelId, owner).uris.length;
    }

    /// @inheritdoc IModelRegistry
    function uriOf(bytes32 modelId, address owner, uint256 index) external view returns (string memory) {
        return _record(modelId, owner).uris[index];
    }

    /// @inheritdoc IModelRegistry
    function feeOf(bytes32 modelId, address owner) external view returns (uint256) {
        return feeAt(modelId, owner, SafeCast.toUint48(block.number));
    }

    /// @inheritdoc IModelRegistry
    function feeAt(bytes32 modelId, address owner, uint48 blockNumber) public view returns (uint256) {
        Record storage record = _record(modelId, owner);
        if (blockNumber < record.fees.at(0)._key) revert ModelNotRegistered(modelId, owner);
        return record.fees.upperLookupRecent(blockNumber);
    }

    function _announceFee(bytes32 modelId, Record storage record, uint208 fee, uint48 fromBlock) private {
        record.fees.push(fromBlock, fee);
        emit ModelFeeAnnounced(modelId, msg.sender, fee, fromBlock);
    }

    function _addUri(bytes32 modelId, Record storage record, string calldata uri) private {
        uint256 length = bytes(uri).length;
        if (length == 0 || length > MAX_URI) revert ModelUriLength(length);
        emit ModelUriAdded(modelId, msg.sender, record.uris.length, uri);
        record.uris.push(uri);
    }

    function _record(bytes32 modelId, address owner) private view returns (Record storage record) {
        record = _records[modelId][owner];
        if (record.revenueToken == address(0)) revert ModelNotRegistered(modelId, owner);
    }
}
