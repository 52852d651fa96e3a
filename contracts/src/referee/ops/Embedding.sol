// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

// Casts are of numbers that are known to fit.
// forge-lint: disable-start(unsafe-typecast)

import {Openings} from "../Openings.sol";
import {Witness} from "../Witness.sol";
import {Fixed} from "./Fixed.sol";
import {Linear} from "./Linear.sol";

/// @title embedding: the row of a vocabulary entry
/// @notice `openimo_core::ops::embedding`.
library Embedding {
    /// @dev Column `k` of the leaf of `columns` weights at `at`.
    function element(Openings.Spec memory s, uint256 at, uint256 columns, uint256 k, int256 residualBits)
        internal
        pure
        returns (int256)
    {
        int256 w = Linear.weight(s, at, columns, k);
        return Fixed.rss(w * int256(Witness.uint16LeAt(at)), Witness.int16LeAt(at + 2) - residualBits);
    }
}
