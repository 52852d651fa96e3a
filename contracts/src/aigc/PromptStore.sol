// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Bytes} from "@openzeppelin/contracts/utils/Bytes.sol";
import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IRecordSource, StoredRecord} from "./StoredRecord.sol";

/// @title What a token keeps for ever
/// @notice Minter, block, the content's hash at the mint and the prompt, as the code of an account: 200 gas a byte and 32,000 once,
/// where storage costs about 690 a byte. The address follows from the token's id, so no word of storage names it.
/// @dev Layout: 00 (so that it cannot be called) ‖ minter, 20 ‖ block, 5 ‖ content hash, 32 ‖ prompt.
abstract contract PromptStore is IRecordSource {
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
    /// @dev keccak256("openimo/pending-record/1"): where the length and then the bytes are while a record is being stored.
    uint256 private constant PENDING = 0x41ae73f295bb724ab721711b53f6087c2bec9df220bde756c61acfe60b6e2794;

    bytes32 private immutable _creationCodeHash = keccak256(type(StoredRecord).creationCode);

    /// @inheritdoc IRecordSource
    function pendingRecord() external view returns (bytes memory record) {
        assembly ("memory-safe") {
            record := mload(0x40)
            let end := add(tload(PENDING), 32)
            for { let i := 0 } lt(i, end) { i := add(i, 32) } { mstore(add(record, i), tload(add(PENDING, i))) }
            mstore(0x40, add(record, and(add(end, 31), not(31))))
        }
    }

    /// @dev Stores a record under an id that has none.
    function _store(uint256 id, address minter, bytes32 contentHash, bytes calldata prompt) internal {
        bytes5 blockNumber = bytes5(SafeCast.toUint40(block.number));
        bytes memory record = bytes.concat(hex"00", bytes20(minter), blockNumber, contentHash, prompt);
        assembly ("memory-safe") {
            let end := add(mload(record), 32)
            for { let i := 0 } lt(i, end) { i := add(i, 32) } { tstore(add(PENDING, i), mload(add(record, i))) }
        }
        new StoredRecord{salt: bytes32(id)}();
        assembly ("memory-safe") {
            tstore(PENDING, 0)
        }
    }

    /// @dev Reads a record.
    function _load(uint256 id) internal view returns (Record memory record) {
        bytes memory code = Create2.computeAddress(bytes32(id), _creationCodeHash).code;
        record.minter = address(bytes20(Bytes.slice(code, 1, 21)));
        record.blockNumber = uint40(bytes5(Bytes.slice(code, 21, 26)));
        record.contentHash = bytes32(Bytes.slice(code, 26, HEADER));
        record.prompt = Bytes.splice(code, HEADER);
    }
}
