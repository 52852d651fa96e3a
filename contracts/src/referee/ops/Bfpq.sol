// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

// Casts are of numbers that are known to fit.
// forge-lint: disable-start(unsafe-typecast)

import {Openings} from "../Openings.sol";
import {Witness} from "../Witness.sol";
import {Fixed} from "./Fixed.sol";

/// @title bfpq: exact integers to block floating point
/// @notice `openimo_core::ops::bfpq`. A leaf says exponent and peak, the least index of the largest magnitude, so one element and the peak
/// decide.
library Bfpq {
    /// @dev Bits of a quantised activation.
    int256 private constant B = 14;

    /// @dev Whether the leaf at `head` is right about number `i` of the vector, whose value is `v`, where that of the peak is `top`.
    function holds(uint256 head, uint256 i, int256 v, int256 top, int256 fv) internal pure returns (bool) {
        return holds(head, number(head, i), i, v, top, fv);
    }

    /// @dev The same of a number that lies elsewhere.
    function holds(uint256 head, int256 x, uint256 i, int256 v, int256 top, int256 fv) internal pure returns (bool) {
        uint256 p = peak(head);
        (uint256 a, uint256 b) = (Fixed.abs(v), Fixed.abs(top));
        if (a > b || (a == b && i < p)) return false;
        int256 s = shift(top);
        return exponent(head) == fv - s && x == Fixed.rsh(v, s);
    }

    /// @dev By how many bits numbers are shifted whose largest is `top`.
    function shift(int256 top) internal pure returns (int256) {
        int256 s = Fixed.bitlen(top) - B;
        return s < 0 ? int256(0) : s;
    }

    /// @dev The exponent that a leaf says.
    function exponent(uint256 head) internal pure returns (int256) {
        return Witness.int32At(head);
    }

    /// @dev Number `i` of the vector, which is in the leaf at `head`.
    function number(uint256 head, uint256 i) internal pure returns (int256) {
        unchecked {
            return Witness.int16At(head + Openings.BFP_HEAD + 2 * (i % Openings.NUMBERS));
        }
    }

    /// @dev The peak that a leaf says.
    function peak(uint256 head) internal pure returns (uint256) {
        return uint256(uint32(uint256(Witness.word(head) >> 192)));
    }
}
