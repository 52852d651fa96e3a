// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Bytes} from "@openzeppelin/contracts/utils/Bytes.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {RecordStore} from "./RecordStore.sol";

/// @title What a token keeps for ever
/// @notice Minter, block, the content's hash at the mint and the prompt, as one record whose salt is the token's id.
/// @dev Layout: 00 ‖ minter, 20 ‖ block, 5 ‖ content hash, 32 ‖ prompt.
abstract contract PromptStore is RecordStore {
    /// @notice What is kept of a mint.
    struct Record {
        address minter;
        uint40 blockNumber;
        bytes32 contentHash;
        bytes prompt;
    }

    /// @notice The longest prompt: an account's code is at most 24,576 bytes (EIP-170).
    uint256 public constant MAX_PROMPT = 24_576 - HEADER;

    /// @dev Bytes before the prompt.
    uint256 private constant HEADER = 58;

    /// @dev Stores a record under an id that has none.
    function _store(uint256 id, address minter, bytes32 contentHash, bytes calldata prompt) internal {
        bytes5 blockNumber = bytes5(SafeCast.toUint40(block.number));
        _keepRecord(bytes32(id), bytes.concat(hex"00", bytes20(minter), blockNumber, contentHash, prompt));
    }

    /// @dev Reads a record.
    function _load(uint256 id) internal view returns (Record memory record) {
        bytes memory code = _recordAt(bytes32(id)).code;
        record.minter = address(bytes20(Bytes.slice(code, 1, 21)));
        record.blockNumber = uint40(bytes5(Bytes.slice(code, 21, 26)));
        record.contentHash = bytes32(Bytes.slice(code, 26, HEADER));
        record.prompt = Bytes.splice(code, HEADER);
    }
}
