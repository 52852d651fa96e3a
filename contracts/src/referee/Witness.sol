// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

// Casts are of numbers that are known to fit.
// forge-lint: disable-start(unsafe-typecast)

/// @title Reading a witness
/// @notice A witness has no lengths: all are known from the model and the step. It is read from its first byte to its last, each once, so no
/// two witnesses say the same.
library Witness {
    /// @notice Where the next byte is in the call's data, and where the witness ends.
    struct Cursor {
        uint256 at;
        uint256 end;
    }

    /// @notice The witness ends before what the step reads.
    error WitnessTooShort();
    /// @notice The witness goes on after what the step reads.
    error WitnessTooLong();

    /// @dev A cursor at the beginning.
    function open(bytes calldata witness) internal pure returns (Cursor memory c) {
        assembly ("memory-safe") {
            mstore(c, witness.offset)
            mstore(add(c, 32), add(witness.offset, witness.length))
        }
    }

    /// @dev Where the next `length` bytes are, which are then behind the cursor.
    function take(Cursor memory c, uint256 length) internal pure returns (uint256 at) {
        at = c.at;
        if (length > c.end - at) revert WitnessTooShort();
        unchecked {
            c.at = at + length;
        }
    }

    /// @dev Everything has been read.
    function close(Cursor memory c) internal pure {
        if (c.at != c.end) revert WitnessTooLong();
    }

    /// @dev The next digest.
    function digest(Cursor memory c) internal pure returns (bytes32) {
        return bytes32(word(take(c, 32)));
    }

    /// @dev The next 32 bits, big-endian.
    function uint32At(Cursor memory c) internal pure returns (uint256) {
        return word(take(c, 4)) >> 224;
    }

    /// @dev 32 bytes of the call's data.
    function word(uint256 at) internal pure returns (uint256 w) {
        assembly ("memory-safe") {
            w := calldataload(at)
        }
    }

    /// @dev A signed number of 16 bits, big-endian.
    function int16At(uint256 at) internal pure returns (int256) {
        return int256(word(at)) >> 240;
    }

    /// @dev A signed number of 32 bits, big-endian.
    function int32At(uint256 at) internal pure returns (int256) {
        return int256(word(at)) >> 224;
    }

    /// @dev A signed number of 64 bits, big-endian.
    function int64At(uint256 at) internal pure returns (int256) {
        return int256(word(at)) >> 192;
    }

    /// @dev An unsigned number of 16 bits, little-endian.
    function uint16LeAt(uint256 at) internal pure returns (uint256) {
        uint256 w = word(at);
        return (w >> 248) | ((w >> 232) & 0xff00);
    }

    /// @dev A signed number of 16 bits, little-endian.
    function int16LeAt(uint256 at) internal pure returns (int256) {
        return int256(uint16LeAt(at) << 240) >> 240;
    }

    /// @dev A signed number of 32 bits, little-endian.
    function int32LeAt(uint256 at) internal pure returns (int256) {
        return int256((uint16LeAt(at) | (uint16LeAt(at + 2) << 16)) << 224) >> 224;
    }
}
