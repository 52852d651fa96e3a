// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @title Checksums of a PNG file
/// @notice CRC-32 of a chunk, and Adler-32 of what is in it, over bytes of the call's data.
library Checksums {
    /// @dev The polynomial of CRC-32, its lowest power in the highest bit.
    uint256 private constant POLYNOMIAL = 0xedb88320;
    uint256 private constant MODULUS = 65_521;
    /// @dev Low byte of each of sixteen lanes of 16 bits.
    uint256 private constant BYTES = 0x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff;
    /// @dev One in every lane: the top lane of a product with it is the sum of all.
    uint256 private constant ONES = 0x0001000100010001000100010001000100010001000100010001000100010001;
    /// @dev 15 in the lowest lane to 0 in the top one: the top lane of a product with it is the sum of each lane times its number.
    uint256 private constant NUMBERS = 0x0000000100020003000400050006000700080009000a000b000c000d000e000f;

    /// @notice Adler-32 under way: the sum of the bytes and one, and the sum of those sums, neither of them reduced.
    struct Adler {
        uint256 a;
        uint256 b;
    }

    /// @dev Goes on over `n` bytes at `at`, fewer than 2^40 in all: a word at a time, its bytes in the lanes of two.
    function add(Adler memory s, uint256 at, uint256 n) internal pure {
        unchecked {
            (uint256 a, uint256 b) = (s.a, s.b);
            for (uint256 end = at + n; at < end; at += 32) {
                uint256 count = end - at < 32 ? end - at : 32;
                uint256 w;
                assembly ("memory-safe") {
                    // Without what is behind the last byte.
                    w := and(calldataload(at), not(shr(shl(3, count), not(0))))
                }
                uint256 upper = (w >> 8) & BYTES;
                w = (w & BYTES) + upper;
                // In lane j of the upper ones lies the byte that counts 2j + 2 times, of the lower ones that which counts 2j + 1 times.
                uint256 sum = (w * ONES) >> 240;
                uint256 sums = sum + ((upper * ONES) >> 240) + 2 * ((w * NUMBERS) >> 240);
                b += count * a + sums - (32 - count) * sum;
                a += sum;
            }
            (s.a, s.b) = (a, b);
        }
    }

    /// @dev The checksum.
    function value(Adler memory s) internal pure returns (uint256) {
        return ((s.b % MODULUS) << 16) | (s.a % MODULUS);
    }

    /// @dev CRC-32 of `n` bytes at `at`, as PNG writes it: big-endian. The register is kept with its bytes in the opposite order, so that four
    /// bytes of data are added to it as they lie there.
    function crc32(uint256 at, uint256 n) internal pure returns (uint256 c) {
        uint256[] memory t = _tables();
        assembly ("memory-safe") {
            let t0 := add(t, 32)
            let t1 := add(t0, 0x2000)
            let t2 := add(t1, 0x2000)
            let t3 := add(t2, 0x2000)
            let end := add(at, n)
            c := 0xffffffff
            for { let first := add(at, and(n, 3)) } lt(at, first) { at := add(at, 1) } {
                let x := xor(shr(24, c), byte(0, calldataload(at)))
                c := xor(and(shl(8, c), 0xffffffff), mload(add(t0, shl(5, x))))
            }
            for {} lt(at, end) { at := add(at, 4) } {
                c := xor(c, shr(224, calldataload(at)))
                c := xor(
                    xor(mload(add(t3, and(shr(19, c), 0x1fe0))), mload(add(t2, and(shr(11, c), 0x1fe0)))),
                    xor(mload(add(t1, and(shr(3, c), 0x1fe0))), mload(add(t0, and(shl(5, c), 0x1fe0))))
                )
            }
        }
        return _swapped(c ^ 0xffffffff);
    }

    /// @dev What each byte does to the register with none to three bytes after it, 256 words each.
    function _tables() private pure returns (uint256[] memory t) {
        t = new uint256[](1024);
        uint256 power = POLYNOMIAL;
        for (uint256 i = 128; i > 0; i >>= 1) {
            uint256 one = _swapped(power);
            assembly ("memory-safe") {
                let base := add(t, 32)
                // A byte does what its bits do.
                for { let j := 0 } lt(j, 256) { j := add(j, shl(1, i)) } {
                    let from := add(base, shl(5, j))
                    mstore(add(from, shl(5, i)), xor(one, mload(from)))
                }
            }
            power = (power >> 1) ^ (power & 1 == 1 ? POLYNOMIAL : 0);
        }
        assembly ("memory-safe") {
            let base := add(t, 32)
            let end := add(base, 0x6000)
            for { let from := base } lt(from, end) { from := add(from, 32) } {
                let x := mload(from)
                mstore(add(from, 0x2000), xor(and(shl(8, x), 0xffffffff), mload(add(base, and(shr(19, x), 0x1fe0)))))
            }
        }
    }

    /// @dev Four bytes in the opposite order.
    function _swapped(uint256 v) private pure returns (uint256) {
        return ((v & 0xff) << 24) | ((v & 0xff00) << 8) | ((v >> 8) & 0xff00) | (v >> 24);
    }
}
