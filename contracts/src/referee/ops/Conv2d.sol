// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Openings} from "../Openings.sol";
import {Linear} from "./Linear.sol";

/// @title conv2d: a convolution of 3x3 with zero padding
/// @notice `openimo_core::ops::conv2d`: a row of linear on the unfolded neighbourhood. A place has a multiple of a block's columns, since nine of
/// them have, so a block lies in one place; one outside the map adds nothing.
library Conv2d {
    /// @dev Places of a neighbourhood.
    uint256 internal constant PLACES = 9;

    /// @notice A neighbourhood: where the numbers of each place are, row by row, 0 outside the map; their exponent; and how many a place has.
    struct Neighbourhood {
        uint256[PLACES] at;
        int256 e;
        uint256 channels;
    }

    /// @dev One output element, of the row at `w` with all its leaves.
    function element(Openings.Spec memory s, uint256 w, Neighbourhood memory n, int256 fo) internal pure returns (int256) {
        unchecked {
            uint256 columns = PLACES * n.channels;
            int256 acc = 0;
            uint256 at = w;
            for (uint256 first = 0; first < columns; first += Openings.COLUMNS) {
                uint256 count = columns - first < Openings.COLUMNS ? columns - first : Openings.COLUMNS;
                acc += _dot(Linear.leaf(s, at, count), first, count, n);
                at += Openings.leafLength(s, count);
            }
            return Linear.finish(s, w, acc, n.e, fo);
        }
    }

    /// @dev The dot product over a leaf of weights, whose first column is `first`.
    function _dot(Linear.Leaf memory l, uint256 first, uint256 count, Neighbourhood memory n) private pure returns (int256 acc) {
        unchecked {
            for (uint256 k = 0; k < count; k += l.block) {
                (uint256 place, uint256 channel) = ((first + k) / n.channels, (first + k) % n.channels);
                uint256 x = n.at[place];
                if (x != 0) acc += Linear.ofBlock(l, k, x + 2 * channel);
            }
        }
    }
}
