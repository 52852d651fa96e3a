// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Silu} from "./Silu.sol";

/// @title swiglu: SiLU of the gate times the up projection
/// @notice `openimo_core::ops::swiglu`.
library Swiglu {
    /// @dev One gated value before it is quantised, Q32.
    function product(bytes memory exp2, int256 g, int256 u) internal pure returns (int256) {
        unchecked {
            return Silu.element(exp2, g) * u;
        }
    }
}
