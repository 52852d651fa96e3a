// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Program, Programs} from "./Program.sol";
import {Witness} from "./Witness.sol";

/// @notice Rows, columns, and values of a place.
struct Map {
    uint256 height;
    uint256 width;
    uint256 channels;
}

/// @title The decoder of a model that draws
/// @notice `openimo_core::model::image`. Of a program that has one.
library Pictures {
    /// @dev Bytes before the first convolution, and of each.
    uint256 private constant HEAD = 20;
    uint256 private constant CONVOLUTION = 5;

    /// @dev The map of the codes.
    function grid(Program memory p) internal pure returns (Map memory) {
        return Map(_uint32(p.stopIds), _uint32(p.stopIds + 4), _uint32(p.stopIds + 16));
    }

    /// @dev The id of the first code, and how many there are.
    function codes(Program memory p) internal pure returns (uint256 first, uint256 count) {
        return (_uint32(p.stopIds + 8), _uint32(p.stopIds + 12));
    }

    /// @dev Number of the codebook among the matrices; those of the convolutions follow.
    function codebook(Program memory p) internal pure returns (uint256) {
        return p.sections - Programs.FIRST_MATRIX - 1 - p.convolutions;
    }

    /// @dev The map that convolution `conv` is made of, before it is doubled; for the number of convolutions, what the last one gives.
    function before(Program memory p, uint256 conv) internal pure returns (Map memory m) {
        m = grid(p);
        for (uint256 i = 0; i < conv; i++) {
            if (isDoubled(p, i)) (m.height, m.width) = (2 * m.height, 2 * m.width);
            m.channels = _uint32(_convolution(p, i));
        }
    }

    /// @dev Whether the map is doubled before convolution `conv`.
    function isDoubled(Program memory p, uint256 conv) internal pure returns (bool) {
        return Witness.word(_convolution(p, conv) + 4) >> 248 != 0;
    }

    /// @dev Values of a map.
    function length(Map memory m) internal pure returns (uint256) {
        return m.height * m.width * m.channels;
    }

    function _convolution(Program memory p, uint256 conv) private pure returns (uint256) {
        return p.stopIds + HEAD + CONVOLUTION * conv;
    }

    function _uint32(uint256 at) private pure returns (uint256) {
        return Witness.word(at) >> 224;
    }
}
