// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

// Casts are of numbers that are known to fit, and shifts of one by what is not known before.
// forge-lint: disable-start(unsafe-typecast, incorrect-shift)

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title Fixed-point helpers
/// @notice The only places where a value is rounded or saturated; the same as `openimo_core::ops::fixed`, on the same domains.
library Fixed {
    /// @dev Largest magnitude of a stored 32-bit result.
    int256 internal constant I32_MAX = 2_147_483_647;
    /// @dev Fraction bits of the operators' results.
    int256 internal constant F = 16;

    /// @dev Bit length of a magnitude.
    function bitlen(int256 v) internal pure returns (int256) {
        uint256 a = abs(v);
        return a == 0 ? int256(0) : int256(Math.log2(a)) + 1;
    }

    /// @dev The magnitude of a number that is not the least.
    function abs(int256 v) internal pure returns (uint256) {
        unchecked {
            return uint256(v < 0 ? -v : v);
        }
    }

    /// @dev `floor(v / 2^s + 1/2)`; `v` as it is for `s <= 0`, and 0 from 63 on.
    function rsh(int256 v, int256 s) internal pure returns (int256) {
        unchecked {
            if (s <= 0) return v;
            if (s > 62) return 0;
            return (v + int256(1 << uint256(s - 1))) >> uint256(s);
        }
    }

    /// @dev Saturates to ±(2^31 − 1).
    function sat32(int256 v) internal pure returns (int256) {
        return v > I32_MAX ? I32_MAX : v < -I32_MAX ? -I32_MAX : v;
    }

    /// @dev `v · 2^(−s)`, rounded half up and saturated.
    function rss(int256 v, int256 s) internal pure returns (int256) {
        unchecked {
            if (s >= 0) return sat32(rsh(v, s));
            // What is not 0 saturates at 31.
            return sat32(v * int256(1 << uint256(s < -31 ? int256(31) : -s)));
        }
    }
}
