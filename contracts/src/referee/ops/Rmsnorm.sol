// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

// Casts are of numbers that are known to fit.
// forge-lint: disable-start(unsafe-typecast)

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {Openings} from "../Openings.sol";
import {Witness} from "../Witness.sol";
import {Bfpq} from "./Bfpq.sol";
import {Fixed} from "./Fixed.sol";

/// @title rmsnorm: normalise a vector by its root mean square
/// @notice `openimo_core::ops::rmsnorm`. The sum needs every element, so a step is the whole vector: elements, exponent and peak.
library Rmsnorm {
    /// @dev Whether the vector at `out` is that of the `n` integers at `x` with the weights at `g`.
    function holds(uint256 x, uint256 g, uint256 n, uint256 eps, uint256 out) internal pure returns (bool) {
        (uint256 v, int256 fv, uint256 peak) = _normalised(x, g, n, eps);
        unchecked {
            int256 top;
            assembly ("memory-safe") {
                top := mload(add(v, mul(32, peak)))
            }
            int256 s = Bfpq.shift(top);
            for (uint256 i = 0; i < n; i += Openings.NUMBERS) {
                if (Bfpq.exponent(out) != fv - s || Bfpq.peak(out) != peak) return false;
                uint256 count = n - i < Openings.NUMBERS ? n - i : Openings.NUMBERS;
                if (!_areRounded(v + 32 * i, count, uint256(s), out + Openings.BFP_HEAD)) return false;
                out += Openings.BFP_LEAF;
            }
            return true;
        }
    }

    /// @dev Whether the `n` numbers at `out` are those at `v` in memory, divided by 2^s and rounded.
    function _areRounded(uint256 v, uint256 n, uint256 s, uint256 out) private pure returns (bool areEqual) {
        assembly ("memory-safe") {
            let half := shr(1, shl(s, 1))
            let different := 0
            for { let end := add(v, mul(32, n)) } lt(v, end) { v := add(v, 32) } {
                different := or(different, xor(sar(s, add(mload(v), half)), sar(240, calldataload(out))))
                out := add(out, 2)
            }
            areEqual := iszero(different)
        }
    }

    /// @dev Where N is in memory before it is quantised, a word a number; its fraction bits and its peak.
    function _normalised(uint256 x, uint256 g, uint256 n, uint256 eps) private pure returns (uint256 v, int256 fv, uint256 peak) {
        unchecked {
            int256 t = Fixed.bitlen(_magnitudes(x, n)) - 24;
            if (t < 0) t = 0;
            uint256 sum;
            (v, sum) = _scaled(x, n, uint256(t));
            sum += eps >> uint256(2 * t);
            int256 j = (Fixed.bitlen(int256(sum)) - 31) >> 1;
            uint256 m = j >= 0 ? sum >> uint256(2 * j) : sum << uint256(-2 * j);
            peak = _weighted(v, g, n, Math.sqrt((1 << 62) / m));
            fv = 31 + j + Witness.int16LeAt(g + 2 * n);
        }
    }

    /// @dev All magnitudes or-ed, which has the bit length of the largest.
    function _magnitudes(uint256 x, uint256 n) private pure returns (int256 all) {
        assembly ("memory-safe") {
            for { let end := add(x, mul(4, n)) } lt(x, end) { x := add(x, 4) } {
                let a := sar(224, calldataload(x))
                let sign := sar(255, a)
                all := or(all, sub(xor(a, sign), sign))
            }
        }
    }

    /// @dev The integers divided by 2^t and rounded, in memory, and the sum of their squares.
    function _scaled(uint256 x, uint256 n, uint256 t) private pure returns (uint256 v, uint256 sum) {
        assembly ("memory-safe") {
            v := mload(0x40)
            let half := shr(1, shl(t, 1))
            let end := add(v, mul(32, n))
            mstore(0x40, end)
            for { let p := v } lt(p, end) { p := add(p, 32) } {
                let a := sar(t, add(sar(224, calldataload(x)), half))
                mstore(p, a)
                sum := add(sum, mul(a, a))
                x := add(x, 4)
            }
        }
    }

    /// @dev Multiplies the numbers at `v` by `r` and their weights; returns the peak.
    function _weighted(uint256 v, uint256 g, uint256 n, uint256 r) private pure returns (uint256 peak) {
        assembly ("memory-safe") {
            let largest := 0
            for { let i := 0 } lt(i, n) { i := add(i, 1) } {
                let w := calldataload(g)
                let a := mul(mul(mload(v), r), signextend(1, or(byte(0, w), shl(8, byte(1, w)))))
                mstore(v, a)
                let sign := sar(255, a)
                a := sub(xor(a, sign), sign)
                if gt(a, largest) {
                    largest := a
                    peak := i
                }
                v := add(v, 32)
                g := add(g, 2)
            }
        }
    }
}
