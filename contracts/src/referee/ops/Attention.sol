// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

// Casts are of numbers that are known to fit.
// forge-lint: disable-start(unsafe-typecast)

import {Openings} from "../Openings.sol";
import {Witness} from "../Witness.sol";
import {Bfpq} from "./Bfpq.sol";
import {Exp2neg} from "./Exp2neg.sol";
import {Fixed} from "./Fixed.sol";

/// @title attention: one head over the visible positions
/// @notice `openimo_core::ops::attention`: a score, the sums of a chunk of positions, or an output element.
library Attention {
    /// @dev Positions of a chunk.
    uint256 internal constant CHUNK = 32;
    /// @dev Bytes of a leaf of sums before those of the columns.
    uint256 internal constant SUMS_HEAD = 16;
    /// @dev Fraction bits of a weight.
    int256 private constant PB = 16;

    /// @notice The sums of a head up to a chunk, of one column.
    struct Sums {
        int256 top;
        int256 low;
        int256 total;
        int256 column;
    }

    /// @dev The base-2 logit of the query and key heads whose leaves are at `q` and `k`.
    function score(uint256 q, uint256 k, uint256 size, uint256 scoreC, int256 scoreExponent) internal pure returns (int256) {
        unchecked {
            int256 s = 0;
            for (uint256 i = Openings.BFP_HEAD; i < Openings.BFP_HEAD + 2 * size; i += 2) {
                s += Witness.int16At(q + i) * Witness.int16At(k + i);
            }
            return Fixed.rss(s * int256(scoreC), Bfpq.exponent(q) + Bfpq.exponent(k) + scoreExponent - 16);
        }
    }

    /// @dev The sums of a leaf.
    function sums(uint256 at, uint256 column) internal pure returns (Sums memory) {
        unchecked {
            int256 n = Witness.int64At(at + SUMS_HEAD + 8 * column);
            return Sums(Witness.int32At(at), Witness.int32At(at + 4), Witness.int64At(at + 8), n);
        }
    }

    /// @notice A chunk of positions: where scores and value heads of `size` numbers are, and the column that is summed.
    struct Chunk {
        uint256 positions;
        uint256 scores;
        uint256 values;
        uint256 size;
        uint256 column;
    }

    /// @dev Whether the sums `now_` follow from those before them by a chunk; `last` are the head's own.
    function holds(Sums memory before, Sums memory now_, Sums memory last, Chunk memory c) internal pure returns (bool) {
        bytes memory exp2 = Exp2neg.table();
        unchecked {
            for (uint256 t = 0; t < c.positions; t++) {
                int256 z = Witness.int32At(c.scores + 4 * t);
                uint256 head = c.values + t * (Openings.BFP_HEAD + 2 * c.size);
                int256 ev = Bfpq.exponent(head);
                if (z > last.top) return false;
                if (z > before.top) before.top = z;
                if (ev < before.low) before.low = ev;
                int256 p = Exp2neg.at(exp2, uint256(last.top - z), PB);
                if (p > 65_535) p = 65_535;
                before.total += p;
                before.column += Fixed.rsh(p, ev - last.low) * Bfpq.number(head, c.column);
            }
        }
        return before.top == now_.top && before.low == now_.low && before.total == now_.total && before.column == now_.column;
    }

    /// @dev An output element; not one where the sums are none of a head.
    function element(Sums memory last) internal pure returns (bool isOne, int256 y) {
        if (last.total <= 0) return (false, 0);
        unchecked {
            int256 rho = int256(1 << 46) / last.total;
            return (true, Fixed.rss(last.column * rho, 46 + last.low - Fixed.F));
        }
    }
}
