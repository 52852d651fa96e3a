// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

// Casts are of numbers that are known to fit.
// forge-lint: disable-start(unsafe-typecast)

import {Tables} from "../Tables.sol";
import {Witness} from "../Witness.sol";

/// @title rope: rotary position embedding of a head
/// @notice `openimo_core::ops::rope`.
library Rope {
    /// @dev The table in memory, for [`rotated`].
    function table() internal pure returns (bytes memory) {
        return Tables.COS;
    }

    /// @dev A head before it is rotated.
    /// @param cosines The table.
    /// @param base Where its integers are.
    /// @param size How many there are.
    /// @param position Its position.
    /// @param increments Where those of the phases are.
    /// @param adjacent Whether neighbours rotate together.
    struct Turn {
        bytes cosines;
        uint256 base;
        uint256 size;
        uint256 position;
        uint256 increments;
        bool adjacent;
    }

    /// @dev Element `i` of a head, rotated.
    function rotated(Turn memory t, uint256 i) internal pure returns (int256) {
        unchecked {
            uint256 pair = t.adjacent ? i / 2 : i % (t.size / 2);
            (uint256 ia, uint256 ib) = t.adjacent ? (2 * pair, 2 * pair + 1) : (pair, pair + t.size / 2);
            uint256 phase = uint32(t.position * (Witness.word(t.increments + 4 * pair) >> 224));
            (int256 c, int256 s) = (cosine(t.cosines, phase), cosine(t.cosines, uint32(phase - (1 << 30))));
            (int256 a, int256 b) = (Witness.int32At(t.base + 4 * ia), Witness.int32At(t.base + 4 * ib));
            return i == ia ? a * c - b * s : a * s + b * c;
        }
    }

    /// @dev Cosine of a 32-bit phase in turns, Q15.
    function cosine(bytes memory t, uint256 phase) internal pure returns (int256) {
        unchecked {
            uint256 i = phase >> 22;
            int256 f = int256((phase >> 12) & 1023);
            return (_entry(t, i) * (1024 - f) + _entry(t, i + 1) * f + 512) >> 10;
        }
    }

    /// @dev An entry of the full turn, of which the table has the first quarter.
    function _entry(bytes memory t, uint256 i) private pure returns (int256) {
        unchecked {
            i &= 1023;
            if (i <= 256) return _quarter(t, i);
            if (i <= 512) return -_quarter(t, 512 - i);
            if (i <= 768) return -_quarter(t, i - 512);
            return _quarter(t, 1024 - i);
        }
    }

    function _quarter(bytes memory t, uint256 i) private pure returns (int256 e) {
        assembly ("memory-safe") {
            e := shr(240, mload(add(add(t, 32), mul(i, 2))))
        }
    }
}
