// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

// Casts are of numbers that are known to fit, and shifts of one by what is not known before.
// forge-lint: disable-start(unsafe-typecast, incorrect-shift)

import {Openings} from "../Openings.sol";
import {Witness} from "../Witness.sol";
import {Fixed} from "./Fixed.sol";

/// @title linear: a matrix row times a vector
/// @notice `openimo_core::ops::linear`. Sixteen columns at a time: eight numbers of the vector and eight weights lie in the lanes of two words, 32
/// bits each and in opposite orders, so that the top lane of their product is the sum of their products. Both are made unsigned before,
/// and no lane exceeds 8·2^16·2^8 < 2^32.
library Linear {
    /// @dev Low half of every lane.
    uint256 private constant HALVES = 0x0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff;
    /// @dev One in every lane: the top lane of a product with it is the sum of all.
    uint256 private constant ONES = 0x0000000100000001000000010000000100000001000000010000000100000001;
    /// @dev Top bit of each of sixteen numbers.
    uint256 private constant SIGNS = 0x8000800080008000800080008000800080008000800080008000800080008000;
    /// @dev What is added to a number of the vector.
    int256 private constant OFFSET = 1 << 15;

    /// @notice Where the parts of a leaf of weights are.
    struct Leaf {
        uint256 bits;
        uint256 block;
        uint256 scales;
        uint256 offsets;
        uint256 low;
        uint256 high;
    }

    /// @dev One output element, of the row at `w` and the vector at `x`, both with all their leaves. The vector's exponent is `e`.
    function element(Openings.Spec memory s, uint256 w, uint256 x, uint256 columns, int256 e, int256 fo)
        internal
        pure
        returns (int256 y)
    {
        unchecked {
            int256 acc = 0;
            uint256 at = w;
            for (uint256 first = 0; first < columns; first += Openings.COLUMNS) {
                uint256 n = columns - first < Openings.COLUMNS ? columns - first : Openings.COLUMNS;
                acc += _dot(leaf(s, at, n), n, x + first / Openings.NUMBERS * Openings.BFP_LEAF);
                at += Openings.leafLength(s, n);
            }
            y = finish(s, w, acc, e, fo);
        }
    }

    /// @dev The accumulator of the row at `w`, scaled, rounded once, saturated, and the bias added.
    function finish(Openings.Spec memory s, uint256 w, int256 acc, int256 e, int256 fo) internal pure returns (int256 y) {
        unchecked {
            y = Fixed.rss(acc * int256(Witness.uint16LeAt(w)), e + Witness.int16LeAt(w + 2) - fo);
            if (s.hasBias) y = Fixed.sat32(y + Witness.int32LeAt(w + 4));
        }
    }

    /// @dev The dot product over the block of columns from `k` on of a leaf of weights, with numbers at `x`.
    function ofBlock(Leaf memory l, uint256 k, uint256 x) internal pure returns (int256 acc) {
        unchecked {
            uint256 at = 2 * (k / l.block);
            (uint256 products, uint256 sumX, uint256 sumQ) = _block(l, k, l.block, x);
            int256 all = int256(sumX) - OFFSET * int256(l.block);
            acc = Witness.int16LeAt(l.scales + at) * (int256(products) - OFFSET * int256(sumQ) - int256(1 << (l.bits - 1)) * all);
            if (l.offsets != 0) acc += Witness.int16LeAt(l.offsets + at) * all;
        }
    }

    /// @dev The weight of column `k` of a leaf of `columns` of them.
    function weight(Openings.Spec memory s, uint256 at, uint256 columns, uint256 k) internal pure returns (int256) {
        unchecked {
            Leaf memory l = leaf(s, at, columns);
            (uint256 even, uint256 odd) = _lanes(l, k / 16 * 16);
            uint256 stored = ((k & 1 == 0 ? even : odd) >> (32 * (k % 16 / 2))) & 0xffffffff;
            int256 d = Witness.int16LeAt(l.scales + 2 * (k / l.block));
            int256 m = s.hasM ? Witness.int16LeAt(l.offsets + 2 * (k / l.block)) : int256(0);
            return d * (int256(stored) - int256(1 << (l.bits - 1))) + m;
        }
    }

    /// @dev The parts of the leaf of `columns` weights at `at`.
    function leaf(Openings.Spec memory s, uint256 at, uint256 columns) internal pure returns (Leaf memory l) {
        unchecked {
            uint256 scales = at + (s.hasBias ? 8 : 4);
            uint256 offsets = scales + 2 * (columns / s.block);
            uint256 low = s.hasM ? 2 * offsets - scales : offsets;
            return Leaf(s.bits, s.block, scales, s.hasM ? offsets : 0, low, low + columns / 2);
        }
    }

    /// @dev The dot product over a leaf of weights.
    function _dot(Leaf memory l, uint256 columns, uint256 x) private pure returns (int256 acc) {
        unchecked {
            uint256 scale = l.scales;
            uint256 offset = l.offsets;
            uint256 size = l.block;
            int256 zero = int256(1 << (l.bits - 1));
            for (uint256 k = 0; k < columns; k += size) {
                // A block lies in one leaf of the vector.
                uint256 numbers = x + (k >> 10) * Openings.BFP_LEAF + Openings.BFP_HEAD + 2 * (k & 1023);
                (uint256 products, uint256 sumX, uint256 sumQ) = _block(l, k, size, numbers);
                int256 all = int256(sumX) - OFFSET * int256(size);
                acc += Witness.int16LeAt(scale) * (int256(products) - OFFSET * int256(sumQ) - zero * all);
                scale += 2;
                if (offset != 0) {
                    acc += Witness.int16LeAt(offset) * all;
                    offset += 2;
                }
            }
        }
    }

    /// @dev Over the columns of a block from `k` on, with numbers at `x`: the sums of products, of numbers and of weights, all as they are stored.
    function _block(Leaf memory l, uint256 k, uint256 size, uint256 x)
        private
        pure
        returns (uint256 products, uint256 sumX, uint256 sumQ)
    {
        unchecked {
            for (uint256 end = k + size; k < end; k += 16) {
                (uint256 even, uint256 odd) = _lanes(l, k);
                uint256 numbers = Witness.word(x) ^ SIGNS;
                uint256 first = (numbers >> 16) & HALVES;
                numbers &= HALVES;
                products += ((first * even) >> 224) + ((numbers * odd) >> 224);
                sumX += ((first + numbers) * ONES) >> 224;
                sumQ += ((even + odd) * ONES) >> 224;
                x += 32;
            }
        }
    }

    /// @dev The stored weights of columns `k` to `k + 15`: those of even columns with the first in the lowest lane, and those of odd ones.
    function _lanes(Leaf memory l, uint256 k) private pure returns (uint256 even, uint256 odd) {
        unchecked {
            uint256 bits = l.bits;
            if (bits == 8) {
                uint256 w = Witness.word(l.low + k) >> 128;
                even = _halves((w >> 8) & 0x00ff00ff00ff00ff00ff00ff00ff00ff);
                odd = _halves(w & 0x00ff00ff00ff00ff00ff00ff00ff00ff);
                return (even, odd);
            }
            uint256 low = Witness.word(l.low + (k >> 1)) >> 192;
            even = _bytes(low & 0x0f0f0f0f0f0f0f0f);
            odd = _bytes((low >> 4) & 0x0f0f0f0f0f0f0f0f);
            if (bits == 4) return (even, odd);
            if (bits == 5) {
                uint256 h = Witness.uint16LeAt(l.high + (k >> 3));
                even |= _bits(h & 0x5555);
                odd |= _bits((h >> 1) & 0x5555);
            } else {
                uint256 h = Witness.word(l.high + (k >> 2)) >> 224;
                even |= _pairs(h & 0x33333333);
                odd |= _pairs((h >> 2) & 0x33333333);
            }
        }
    }

    /// @dev Eight bytes into lanes, the highest into the lowest.
    function _bytes(uint256 w) private pure returns (uint256) {
        w = ((w << 128) | (w >> 32)) & 0x000000000000000000000000ffffffff000000000000000000000000ffffffff;
        w = ((w << 64) | (w >> 16)) & 0x000000000000ffff000000000000ffff000000000000ffff000000000000ffff;
        return ((w << 32) | (w >> 8)) & 0x000000ff000000ff000000ff000000ff000000ff000000ff000000ff000000ff;
    }

    /// @dev Eight numbers of 16 bits into lanes, the highest into the lowest.
    function _halves(uint256 w) private pure returns (uint256) {
        w = ((w << 128) | (w >> 64)) & 0x0000000000000000ffffffffffffffff0000000000000000ffffffffffffffff;
        w = ((w << 64) | (w >> 32)) & 0x00000000ffffffff00000000ffffffff00000000ffffffff00000000ffffffff;
        return ((w << 32) | (w >> 16)) & HALVES;
    }

    /// @dev Eight bits, two apart, into bit 4 of lanes, the lowest into the lowest.
    function _bits(uint256 w) private pure returns (uint256) {
        w = (w | (w << 120)) & 0x0000000000000000000000000000005500000000000000000000000000000055;
        w = (w | (w << 60)) & 0x0000000000000005000000000000000500000000000000050000000000000005;
        return ((w | (w << 30)) & ONES) << 4;
    }

    /// @dev Eight pairs of bits, two in each half of four bytes of which the first comes first, into bits 4 and 5 of lanes, in order.
    function _pairs(uint256 w) private pure returns (uint256) {
        w = ((w << 128) | (w >> 16)) & 0x0000000000000000000000000000ffff0000000000000000000000000000ffff;
        w = ((w << 64) | (w >> 8)) & 0x00000000000000ff00000000000000ff00000000000000ff00000000000000ff;
        return ((w | (w << 28)) & 0x0000000300000003000000030000000300000003000000030000000300000003) << 4;
    }
}
