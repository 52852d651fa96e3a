// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

// Casts are of numbers that are known to fit.
// forge-lint: disable-start(unsafe-typecast)

import {Exp2neg} from "./Exp2neg.sol";
import {Fixed} from "./Fixed.sol";

/// @title silu: the activation between two convolutions
/// @notice `openimo_core::ops::silu`, which swiglu multiplies.
library Silu {
    /// @dev `round(log2(e)·2^30)`.
    int256 private constant LOG2_E_Q30 = 1_549_082_005;

    /// @dev One value, Q16.
    function element(bytes memory exp2, int256 g) internal pure returns (int256) {
        unchecked {
            uint256 y = uint256(Fixed.rsh(int256(Fixed.abs(g)) * LOG2_E_Q30, 30));
            int256 sigma = int256(1 << 47) / ((1 << 23) + Exp2neg.at(exp2, y, 23));
            if (g < 0) sigma = (1 << 24) - sigma;
            return Fixed.rsh(g * sigma, 24);
        }
    }
}
