// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

// Casts are of numbers that are known to fit.
// forge-lint: disable-start(unsafe-typecast)

import {Fixed} from "./Fixed.sol";

/// @title pixel: values of about −1 to 1 as bytes of colour
/// @notice `openimo_core::ops::pixel`.
library Pixel {
    int256 private constant ONE = 1 << 16;

    /// @dev The byte of one value, Q16.
    function element(int256 x) internal pure returns (uint256) {
        unchecked {
            int256 cut = x > ONE ? ONE : x < -ONE ? -ONE : x;
            return uint256(Fixed.rsh((cut + ONE) * 255, 17));
        }
    }
}
