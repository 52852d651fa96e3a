// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Exp2neg} from "../../../src/referee/ops/Exp2neg.sol";
import {Silu} from "../../../src/referee/ops/Silu.sol";
import {Vectors} from "./Vectors.sol";

contract SiluTest is Vectors {
    function test_Vectors() external view {
        (string memory json, uint256 cases) = load("silu");
        bytes memory exp2 = Exp2neg.table();
        for (uint256 i = 0; i < cases; i++) {
            (int256[] memory x, int256[] memory y) = (numbers(json, i, ".inputs"), numbers(json, i, ".outputs"));
            assertEq(x.length, y.length);
            for (uint256 k = 0; k < x.length; k++) {
                assertEq(Silu.element(exp2, x[k]), y[k]);
            }
        }
    }
}
