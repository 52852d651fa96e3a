// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Upsample} from "../../../src/referee/ops/Upsample.sol";
import {Vectors} from "./Vectors.sol";

contract UpsampleTest is Vectors {
    function test_Vectors() external view {
        (string memory json, uint256 cases) = load("upsample");
        for (uint256 i = 0; i < cases; i++) {
            (int256[] memory x, int256[] memory y) = (numbers(json, i, ".inputs"), numbers(json, i, ".outputs"));
            int256[] memory map = numbers(json, i, ".params");
            (uint256 width, uint256 channels) = (uint256(map[1]), uint256(map[2]));
            assertEq(y.length, 4 * x.length);
            for (uint256 k = 0; k < y.length; k++) {
                uint256 place = k / channels;
                (uint256 row, uint256 column) = (place / (2 * width), place % (2 * width));
                uint256 source = Upsample.source(row) * width + Upsample.source(column);
                assertEq(y[k], x[source * channels + k % channels]);
            }
        }
    }
}
