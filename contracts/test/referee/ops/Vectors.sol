// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Test} from "forge-std/Test.sol";

/// @notice The cases that the reference writes and every room must reproduce.
abstract contract Vectors is Test {
    /// @dev The file of an operator, and how many cases it has.
    function load(string memory op) internal view returns (string memory json, uint256 cases) {
        json = vm.readFile(string.concat("../vectors/ops/", op, ".json"));
        while (vm.keyExistsJson(json, string.concat(path(cases), ".case"))) cases++;
        assertGt(cases, 0);
    }

    function path(uint256 i) internal pure returns (string memory) {
        return string.concat(".cases[", vm.toString(i), "]");
    }

    function numbers(string memory json, uint256 i, string memory key) internal pure returns (int256[] memory) {
        return vm.parseJsonIntArray(json, string.concat(path(i), key));
    }
}
