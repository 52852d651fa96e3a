// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @title upsample: a map twice as high and twice as wide
/// @notice `openimo_core::ops::upsample`. A doubled map is never committed: whoever reads it reads the map at half of the place.
library Upsample {
    /// @dev The row or column that row or column `i` of a doubled map repeats.
    function source(uint256 i) internal pure returns (uint256) {
        return i >> 1;
    }
}
