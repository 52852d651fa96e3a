// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

// Casts are of numbers that are known to fit.
// forge-lint: disable-start(unsafe-typecast)

import {Openings} from "../Openings.sol";
import {Witness} from "../Witness.sol";
import {Bfpq} from "./Bfpq.sol";
import {Fixed} from "./Fixed.sol";

/// @title rmsnorm: normalise a vector by its root mean square
/// @notice `openimo_core::ops::rmsnorm`. The sum needs every element, so a step is the whole vector: elements, exponent and peak.
/// @dev Eight columns at a time: as many integers fill a word, in lanes of 32 bits. A vector has a multiple of 16, as blocks of weights have.
/// The root is a factor of all numbers, so the peak is the peak of the products before it; and it need not be searched, only compared.
library Rmsnorm {
    /// @dev One in every lane.
    uint256 private constant ONES = 0x0000000100000001000000010000000100000001000000010000000100000001;
    /// @dev Two lanes with one between them.
    uint256 private constant PAIR = 0x00000000ffffffff00000000ffffffff;
    /// @dev Low byte of each of sixteen numbers.
    uint256 private constant LOW = 0x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff;
    /// @dev Top bit of each of eight numbers.
    uint256 private constant OFFSETS = 0x80008000800080008000800080008000;

    /// @dev Whether the vector at `out` is that of the `n` integers at `x` with the weights at `g`.
    function holds(uint256 x, uint256 g, uint256 n, uint256 eps, uint256 out) internal pure returns (bool) {
        uint256 peak = Bfpq.peak(out);
        if (peak >= n) return false;
        (uint256 v, uint256 r, int256 fv) = _root(x, n, eps);
        unchecked {
            fv += Witness.int16LeAt(g + 2 * n);
            uint256 top = Fixed.abs(_product(v, g, peak));
            int256 s = Bfpq.shift(int256(top * r));
            if (!_say(out, n, fv - s, peak) || !_isFirst(v, g, peak, top)) return false;
            return _areRounded(v, g, n, out, peak, top, r << uint256(64 - s));
        }
    }

    /// @dev The integers before they are multiplied, in memory, the root that is one factor, and the fraction bits that it leaves.
    function _root(uint256 x, uint256 n, uint256 eps) private pure returns (uint256 v, uint256 r, int256 fv) {
        unchecked {
            int256 t = Fixed.bitlen(int256(_magnitudes(x, n))) - 24;
            if (t < 0) t = 0;
            uint256 sum;
            (v, sum) = _scaled(x, n, uint256(t));
            sum += eps >> uint256(2 * t);
            int256 j = (Fixed.bitlen(int256(sum)) - 31) >> 1;
            uint256 m = j >= 0 ? sum >> uint256(2 * j) : sum << uint256(-2 * j);
            return (v, _sqrt((1 << 62) / m), 31 + j);
        }
    }

    /// @dev The largest number whose square is at most `a`, which is at most 2^32: Newton's steps come down to it from any larger one.
    function _sqrt(uint256 a) private pure returns (uint256 r) {
        unchecked {
            uint256 next = 1 << 16;
            do {
                r = next;
                next = (r + a / r) >> 1;
            } while (next < r);
        }
    }

    /// @dev All magnitudes or-ed, which has the bit length of the largest.
    function _magnitudes(uint256 x, uint256 n) private pure returns (uint256 all) {
        assembly ("memory-safe") {
            for { let end := add(x, shl(2, n)) } lt(x, end) { x := add(x, 32) } {
                let a := calldataload(x)
                let negative := and(shr(31, a), ONES)
                all := or(all, add(xor(a, sub(shl(32, negative), negative)), negative))
            }
            all := or(all, shr(128, all))
            all := or(all, shr(64, all))
            all := and(or(all, shr(32, all)), 0xffffffff)
        }
    }

    /// @dev The integers divided by 2^t and rounded, in memory as they were in the call's data, and the sum of their squares.
    function _scaled(uint256 x, uint256 n, uint256 t) private pure returns (uint256 v, uint256 sum) {
        assembly ("memory-safe") {
            v := mload(0x40)
            mstore(0x40, add(v, shl(2, n)))
            let to := v
            let ones := ONES
            let half := mul(ones, shr(1, shl(t, 1)))
            let fits := mul(ones, shr(t, 0xffffffff))
            for { let end := add(x, shl(2, n)) } lt(x, end) { x := add(x, 32) } {
                let a := calldataload(x)
                let negative := and(shr(31, a), ones)
                let all := sub(shl(32, negative), negative)
                // A magnitude is that of the complement and one for a negative number; half up is one less for it, where there are halves.
                a := and(shr(t, add(xor(a, all), or(mul(negative, iszero(t)), half))), fits)
                // The square of a pair is three sums of 64 bits: a square, twice the product, the other square.
                let p := and(a, PAIR)
                sum := add(sum, mul(p, p))
                p := and(shr(32, a), PAIR)
                sum := add(sum, mul(p, p))
                p := and(shr(128, a), PAIR)
                sum := add(sum, mul(p, p))
                p := and(shr(160, a), PAIR)
                sum := add(sum, mul(p, p))
                // The signs again; a top bit in every lane is there to borrow from.
                p := shl(31, ones)
                mstore(to, xor(sub(add(a, p), shl(1, and(a, all))), p))
                to := add(to, 32)
            }
            sum := add(shr(128, sum), and(sum, 0xffffffffffffffff))
        }
    }

    /// @dev Number `i` at `v` in memory, times its weight.
    function _product(uint256 v, uint256 g, uint256 i) private pure returns (int256 p) {
        unchecked {
            assembly ("memory-safe") {
                p := sar(224, mload(add(v, shl(2, i))))
            }
            p *= Witness.int16LeAt(g + 2 * i);
        }
    }

    /// @dev Whether every leaf at `out` says this exponent and peak.
    function _say(uint256 out, uint256 n, int256 e, uint256 peak) private pure returns (bool) {
        unchecked {
            for (uint256 leaves = Openings.bfpLeaves(n); leaves > 0; leaves--) {
                if (Bfpq.exponent(out) != e || Bfpq.peak(out) != peak) return false;
                out += Openings.BFP_LEAF;
            }
            return true;
        }
    }

    /// @dev Whether the products just before the peak's, those in its word, are smaller: it has the least index of all.
    function _isFirst(uint256 v, uint256 g, uint256 peak, uint256 top) private pure returns (bool) {
        unchecked {
            // No number is smaller than zero, which `_areRounded` rests on.
            if (top == 0) return peak == 0;
            for (uint256 i = peak & ~uint256(7); i < peak; i++) {
                if (Fixed.abs(_product(v, g, i)) >= top) return false;
            }
            return true;
        }
    }

    /// @dev Whether the numbers at `out` are the products, times `r` and rounded; and whether none is larger than the peak's, nor as large in the
    /// words before.
    function _areRounded(uint256 v, uint256 g, uint256 n, uint256 out, uint256 peak, uint256 top, uint256 r)
        private
        pure
        returns (bool)
    {
        unchecked {
            uint256 different = 0;
            uint256 word = peak & ~uint256(7);
            for (uint256 i = 0; i < n;) {
                uint256 at = out + 2 * i + Openings.BFP_HEAD * (i / Openings.NUMBERS + 1);
                // Up to the end of a leaf, or to the peak.
                uint256 to = (i / Openings.NUMBERS + 1) * Openings.NUMBERS;
                if (to > n) to = n;
                if (i < word && word < to) to = word;
                different |= _differences(v + 4 * i, g + 2 * i, at, to - i, i < word ? top - 1 : top, r);
                i = to;
            }
            return different == 0;
        }
    }

    /// @dev Not zero if one of the `n` products has a larger magnitude than `most`, or if one, times `r / 2^64` and rounded, is not that at `out`.
    function _differences(uint256 v, uint256 g, uint256 out, uint256 n, uint256 most, uint256 r)
        private
        pure
        returns (uint256 different)
    {
        assembly ("memory-safe") {
            let span := shl(1, most)
            // One half with 64 bits after the point, and what makes a rounded number of 16 bits unsigned.
            let half := shl(63, 0x10001)
            for { let end := add(out, shl(1, n)) } lt(out, end) { out := add(out, 16) } {
                // Eight rounded numbers as the digits of one: all are of 16 bits, as none is larger than the peak's.
                let all := 0
                let low := LOW
                let w := calldataload(g)
                w := or(shl(8, and(w, low)), and(shr(8, w), low))
                for { let last := add(v, 32) } lt(v, last) { v := add(v, 16) } {
                    let x := mload(v)
                    let p := mul(sar(224, x), sar(240, w))
                    different := or(different, gt(add(p, most), span))
                    all := add(shl(16, all), sar(64, add(mul(p, r), half)))
                    p := mul(sar(224, shl(32, x)), sar(240, shl(16, w)))
                    different := or(different, gt(add(p, most), span))
                    all := add(shl(16, all), sar(64, add(mul(p, r), half)))
                    p := mul(sar(224, shl(64, x)), sar(240, shl(32, w)))
                    different := or(different, gt(add(p, most), span))
                    all := add(shl(16, all), sar(64, add(mul(p, r), half)))
                    p := mul(sar(224, shl(96, x)), sar(240, shl(48, w)))
                    different := or(different, gt(add(p, most), span))
                    all := add(shl(16, all), sar(64, add(mul(p, r), half)))
                    w := shl(64, w)
                }
                different := or(different, xor(all, xor(shr(128, calldataload(out)), OFFSETS)))
                g := add(g, 16)
            }
        }
    }
}
