// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";

import {IRecordSource, StoredRecord} from "./StoredRecord.sol";

/// @title Bytes kept for ever
/// @notice Each record is the code of an account: 200 gas a byte and 32,000 once, where storage costs about 690 a byte. The address
/// follows from the record's salt, so no word of storage names it.
/// @dev Prompts and pictures share the salts. See `PictureStore` for why no salt can be both.
abstract contract RecordStore is IRecordSource {
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

    /// @dev Stores a record under a salt that has none. Its first byte is 00, so that it cannot be called.
    function _keepRecord(bytes32 salt, bytes memory record) internal {
        assembly ("memory-safe") {
            let end := add(mload(record), 32)
            for { let i := 0 } lt(i, end) { i := add(i, 32) } { tstore(add(PENDING, i), mload(add(record, i))) }
        }
        new StoredRecord{salt: salt}();
        assembly ("memory-safe") {
            tstore(PENDING, 0)
        }
    }

    /// @dev The account whose code a record is; it has no code while there is none.
    function _recordAt(bytes32 salt) internal view returns (address) {
        return Create2.computeAddress(salt, _creationCodeHash);
    }
}
