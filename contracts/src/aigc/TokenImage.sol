// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";
import {Bytes} from "@openzeppelin/contracts/utils/Bytes.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";

/// @title Picture of a token whose content is not a picture
/// @notice A pattern of five by five squares, mirrored, that follows from the token's id alone: no byte of a stranger is in it.
library TokenImage {
    /// @dev A data URI of an SVG, 512 pixels square.
    function uri(uint256 id) internal pure returns (string memory) {
        return string.concat("data:image/svg+xml;base64,", Base64.encode(bytes(svg(id))));
    }

    /// @dev The 15 lowest bits are the squares of the left three columns; the 24 highest give the colour, dark enough for white.
    function svg(uint256 id) internal pure returns (string memory) {
        string memory squares = "";
        for (uint256 bit = 0; bit < 15; bit++) {
            if ((id >> bit) & 1 == 0) continue;
            (uint256 column, uint256 row) = (bit / 5, bit % 5);
            squares = string.concat(squares, _square(column, row));
            if (column < 2) squares = string.concat(squares, _square(4 - column, row));
        }
        return string.concat(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 512 512\" width=\"512\" height=\"512\">",
            "<path fill=\"#",
            string(Bytes.slice(bytes(Strings.toHexString((id >> 232) & 0x7f7f7f, 3)), 2)),
            "\" d=\"M0 0h512v512H0z\"/><path fill=\"#fff\" d=\"",
            squares,
            "\"/></svg>"
        );
    }

    function _square(uint256 column, uint256 row) private pure returns (string memory) {
        return string.concat("M", Strings.toString(56 + 80 * column), " ", Strings.toString(56 + 80 * row), "h80v80h-80z");
    }
}
