// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @title Creator of a stored record
interface IRecordSource {
    /// @notice The record that is being stored.
    /// @return The bytes; empty at any other time.
    function pendingRecord() external view returns (bytes memory);
}

/// @title Bytes kept as the code of an account
/// @notice The constructor asks its creator for the bytes and leaves them as code. So the creation code, and with it the address, is
/// the same whatever the bytes are, and nobody needs to remember the address.
contract StoredRecord {
    constructor() {
        bytes memory record = IRecordSource(msg.sender).pendingRecord();
        assembly ("memory-safe") {
            return(add(record, 32), mload(record))
        }
    }
}
