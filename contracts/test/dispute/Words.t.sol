// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {Test} from "forge-std/Test.sol";

import {Words} from "../../src/dispute/Words.sol";

/// @dev Judged by loops over single numbers, with other bytes before and after them in the call's data.
contract WordsTest is Test {
    function has32(bytes calldata numbers, bytes calldata, uint256 value) external pure returns (bool) {
        uint256 at;
        assembly ("memory-safe") {
            at := numbers.offset
        }
        return Words.has32(at, numbers.length / 4, value);
    }

    function sum16(bytes calldata all, uint256 from, uint256 to) external pure returns (uint256) {
        return Words.sum16(all[from:to]);
    }

    /// @dev Numbers that differ in one bit from what is looked for, and are next to it.
    function testFuzz_Has32(uint32 value, uint8 count, uint256 seed) external view {
        uint256 n = count % 40;
        bytes memory numbers;
        bool expected = false;
        for (uint256 i = 0; i < n; i++) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            uint32 number =
                random % 64 == 0 ? value : random % 3 == 0 ? uint32(random >> 8) : value ^ uint32(1 << ((random >> 8) % 32));
            expected = expected || number == value;
            numbers = bytes.concat(numbers, bytes4(number));
        }
        // What is behind is not among them.
        assertEq(this.has32(numbers, abi.encode(value), value), expected);
        assertEq(this.has32(bytes.concat(numbers, bytes4(value)), "", value), true);
        assertEq(this.has32("", abi.encode(value), value), false);
    }

    function test_Has32_EveryPlace() external view {
        uint32[5] memory values = [uint32(0), 1, 0x7fffffff, 0x80000000, type(uint32).max];
        for (uint256 k = 0; k < values.length; k++) {
            for (uint256 n = 1; n < 20; n++) {
                bytes memory numbers;
                for (uint256 i = 0; i < n; i++) {
                    numbers = bytes.concat(numbers, bytes4(~values[k]));
                }
                assertFalse(this.has32(numbers, abi.encode(values[k]), values[k]));
                for (uint256 i = 0; i < n; i++) {
                    bytes memory one = bytes.concat(numbers);
                    for (uint256 b = 0; b < 4; b++) {
                        one[4 * i + b] = bytes4(values[k])[b];
                    }
                    assertTrue(this.has32(one, "", values[k]));
                }
            }
        }
    }

    function testFuzz_Sum16(bytes calldata all, uint256 from, uint256 to) external view {
        from = bound(from, 0, all.length);
        to = from + (bound(to, from, all.length) - from) / 2 * 2;
        uint256 expected = 0;
        for (uint256 i = from; i < to; i += 2) {
            expected += uint16(bytes2(all[i:i + 2]));
        }
        assertEq(this.sum16(all, from, to), expected);
    }

    /// @dev As many of the largest as carry into every lane's high half.
    function test_Sum16_Largest() external view {
        bytes memory all = new bytes(20_000);
        for (uint256 i = 0; i < all.length; i++) {
            all[i] = 0xff;
        }
        for (uint256 n = 9900; n <= 10_000; n++) {
            assertEq(this.sum16(all, 0, 2 * n), 65_535 * n);
        }
    }

    function testFuzz_Hex64(uint256 value, bytes calldata before) external pure {
        bytes memory text = bytes.concat(before, bytes(Strings.toHexString(value, 32)), "zz");
        assertEq(Words.hex64(text, before.length + 2), value);
    }
}
