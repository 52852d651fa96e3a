// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Pixel} from "../../../src/referee/ops/Pixel.sol";
import {Vectors} from "./Vectors.sol";

contract PixelTest is Vectors {
    function test_Vectors() external view {
        (string memory json, uint256 cases) = load("pixel");
        for (uint256 i = 0; i < cases; i++) {
            (int256[] memory x, int256[] memory y) = (numbers(json, i, ".inputs"), numbers(json, i, ".outputs"));
            assertEq(x.length, y.length);
            for (uint256 k = 0; k < x.length; k++) {
                assertEq(int256(Pixel.element(x[k])), y[k]);
            }
        }
    }

    function testFuzz_IsAByte(int32 x) external pure {
        assertLt(Pixel.element(x), 256);
    }
}
