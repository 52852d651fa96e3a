// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

// Casts are of numbers that are known to fit.
// forge-lint: disable-start(unsafe-typecast)

import {Tables} from "../Tables.sol";
import {Fixed} from "./Fixed.sol";

/// @title exp2neg: a negative power of two
/// @notice `openimo_core::ops::exp2neg`.
library Exp2neg {
    /// @dev The table in memory, for [`at`].
    function table() internal pure returns (bytes memory) {
        return Tables.EXP2;
    }

    /// @dev `2^(−y/2^16)` with `q` fraction bits; `y` is below 2^32.
    function at(bytes memory t, uint256 y, int256 q) internal pure returns (int256) {
        unchecked {
            uint256 n = y >> 16;
            if (n > 31) n = 31;
            uint256 u = y & 255;
            uint256 i = (y >> 8) & 255;
            uint256 e = (_entry(t, i) * (256 - u) + _entry(t, i + 1) * u + 128) >> 8;
            return Fixed.rsh(int256(e), int256(n) + 23 - q);
        }
    }

    function _entry(bytes memory t, uint256 i) private pure returns (uint256 e) {
        assembly ("memory-safe") {
            e := shr(232, mload(add(add(t, 32), mul(i, 3))))
        }
    }
}
