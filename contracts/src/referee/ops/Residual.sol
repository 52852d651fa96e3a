// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Fixed} from "./Fixed.sol";

/// @title residual: add to the residual stream
/// @notice `openimo_core::ops::residual`.
library Residual {
    /// @dev One element.
    function element(int256 x, int256 y) internal pure returns (int256) {
        return Fixed.sat32(x + y);
    }
}
