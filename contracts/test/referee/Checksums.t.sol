// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Test} from "forge-std/Test.sol";

import {Checksums} from "../../src/referee/Checksums.sol";
import {PngFile} from "./PngFile.sol";

/// @dev Judged by the definitions, one bit or byte at a time, with other bytes before and after in the call's data.
contract ChecksumsTest is Test {
    using Checksums for Checksums.Adler;

    function crc32(bytes calldata all, uint256 from, uint256 n) external pure returns (uint256) {
        return Checksums.crc32(_at(all) + from, n);
    }

    function adler32(bytes calldata all, uint256 from, uint256 n, uint256 cut) external pure returns (uint256) {
        Checksums.Adler memory sum = Checksums.Adler(1, 0);
        sum.add(_at(all) + from, cut);
        sum.add(_at(all) + from + cut, n - cut);
        return sum.value();
    }

    function test_KnownSums() external view {
        assertEq(this.crc32("IEND", 0, 4), 0xae426082);
        assertEq(this.crc32("123456789", 0, 9), 0xcbf43926);
        assertEq(this.crc32("", 0, 0), 0);
        assertEq(this.adler32("Wikipedia", 0, 9, 4), 0x11e60398);
        assertEq(this.adler32("", 0, 0, 0), 1);
    }

    function testFuzz_AreThoseOfTheDefinition(bytes calldata all, uint256 from, uint256 n, uint256 cut) external view {
        from = bound(from, 0, all.length);
        n = bound(n, 0, all.length - from);
        bytes memory part = all[from:from + n];
        assertEq(this.crc32(all, from, n), PngFile.crc32(part));
        assertEq(this.adler32(all, from, n, bound(cut, 0, n)), PngFile.adler32(part));
    }

    /// @dev The largest bytes fill every lane.
    function test_LargestBytes() external view {
        bytes memory all = new bytes(5000);
        for (uint256 i = 0; i < all.length; i++) {
            all[i] = 0xff;
        }
        for (uint256 n = 4960; n <= 5000; n++) {
            bytes memory part = PngFile.part(all, 0, n);
            assertEq(this.adler32(all, 0, n, n / 3), PngFile.adler32(part));
        }
        assertEq(this.crc32(all, 0, 5000), PngFile.crc32(all));
    }

    function _at(bytes calldata all) private pure returns (uint256 at) {
        assembly ("memory-safe") {
            at := all.offset
        }
    }
}
