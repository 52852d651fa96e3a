// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @title Reading many short numbers at once
/// @notice Big-endian numbers that lie one after another, a word of them at a time, each in a lane of its own.
library Words {
    /// @dev All but the top bit of each of eight numbers of 32 bits.
    uint256 private constant BELOW_TOP = 0x7fffffff7fffffff7fffffff7fffffff7fffffff7fffffff7fffffff7fffffff;
    /// @dev Low half of each of eight lanes of 32 bits.
    uint256 private constant HALVES = 0x0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff;
    /// @dev Low half of each of four lanes of 64 bits.
    uint256 private constant LANES = 0x00000000ffffffff00000000ffffffff00000000ffffffff00000000ffffffff;
    /// @dev One in each of eight lanes.
    uint256 private constant ONES = 0x0000000100000001000000010000000100000001000000010000000100000001;
    /// @dev Low half of each byte.
    uint256 private constant NIBBLES = 0x0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f;
    /// @dev One in each byte.
    uint256 private constant BYTES = 0x0101010101010101010101010101010101010101010101010101010101010101;

    /// @dev Whether `value` is among the `n` numbers of 32 bits at this place of the call's data.
    function has32(uint256 at, uint256 n, uint256 value) internal pure returns (bool found) {
        assembly ("memory-safe") {
            let all := mul(value, ONES)
            let below := BELOW_TOP
            for { let end := add(at, shl(2, n)) } lt(at, end) { at := add(at, 32) } {
                // Zero where they are equal; ones in the lanes behind the last number.
                let d := or(xor(calldataload(at), all), shr(shl(3, sub(end, at)), not(0)))
                // The top bit of a lane is not set if the lane is zero: below it, all others carry into it.
                found := or(found, not(or(or(add(and(d, below), below), d), below)))
            }
            found := iszero(iszero(found))
        }
    }

    /// @dev The sum of numbers of 16 bits, fewer than 2^19.
    function sum16(bytes calldata numbers) internal pure returns (uint256 sum) {
        assembly ("memory-safe") {
            let at := numbers.offset
            for { let end := add(at, numbers.length) } lt(at, end) { at := add(at, 32) } {
                // Without what is behind the last number.
                let w := and(calldataload(at), not(shr(shl(3, sub(end, at)), not(0))))
                sum := add(sum, add(and(w, HALVES), and(shr(16, w), HALVES)))
            }
            sum := add(and(sum, LANES), and(shr(32, sum), LANES))
            sum := add(sum, shr(128, sum))
            sum := and(add(sum, shr(64, sum)), 0xffffffffffffffff)
        }
    }

    /// @dev The 32 bytes that 64 digits say, lower-case hex, from index `at` of a text on.
    function hex64(bytes memory text, uint256 at) internal pure returns (uint256 value) {
        uint256 low;
        assembly ("memory-safe") {
            value := mload(add(add(text, 32), at))
            low := mload(add(add(text, 64), at))
        }
        return (_hex32(value) << 128) | _hex32(low);
    }

    /// @dev The 16 bytes that 32 digits say.
    function _hex32(uint256 digits) private pure returns (uint256 v) {
        unchecked {
            // A letter has bit 6 set, and `a` ends in 1.
            v = (digits & NIBBLES) + 9 * ((digits >> 6) & BYTES);
            v = (v | (v >> 4)) & 0x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff;
            v = (v | (v >> 8)) & HALVES;
            v = (v | (v >> 16)) & LANES;
            v = (v | (v >> 32)) & 0x0000000000000000ffffffffffffffff0000000000000000ffffffffffffffff;
            v = (v | (v >> 64)) & type(uint128).max;
        }
    }
}
