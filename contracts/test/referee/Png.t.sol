// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Test} from "forge-std/Test.sol";
import {console} from "forge-std/console.sol";

import {Png} from "../../src/referee/Png.sol";
import {PngFile} from "./PngFile.sol";

/// @dev Judged by an encoder that follows the standards, one bit at a time.
contract PngTest is Test {
    function isFile(bytes calldata file, uint256 height, uint256 width) external pure returns (bool) {
        return Png.isFile(file, height, width);
    }

    function test_FilesAreFilesOfTheirSizeAlone() external view {
        uint256[2][5] memory sizes = [[uint256(1), 1], [uint256(2), 1], [uint256(1), 2], [uint256(8), 12], [uint256(5), 7]];
        for (uint256 i = 0; i < sizes.length; i++) {
            (uint256 height, uint256 width) = (sizes[i][0], sizes[i][1]);
            bytes memory file = PngFile.encoded(height, width, _colours(height, width));
            assertEq(file.length, Png.length(height, width));
            assertTrue(this.isFile(file, height, width));
            assertFalse(this.isFile(file, height + 1, width));
            if (height != width) assertFalse(this.isFile(file, width, height));
        }
    }

    function test_EveryByteCounts() external view {
        bytes memory file = PngFile.encoded(3, 2, _colours(3, 2));
        for (uint256 i = 0; i < file.length; i++) {
            file[i] ^= bytes1(uint8(1 << (i % 8)));
            assertFalse(this.isFile(file, 3, 2), "a byte is another");
            file[i] ^= bytes1(uint8(1 << (i % 8)));
        }
        assertFalse(this.isFile(bytes.concat(file, hex"00"), 3, 2));
        assertFalse(this.isFile(PngFile.part(file, 0, file.length - 1), 3, 2));
        assertFalse(this.isFile("", 3, 2));
    }

    /// @dev With both sums right, so that the line's filter alone is another.
    function test_LinesHaveNoFilter() external view {
        bytes memory raw = hex"00010203000405060007080900";
        for (uint256 line = 0; line < 3; line++) {
            bytes memory other = bytes.concat(PngFile.part(raw, 0, 12));
            other[4 * line] = 0x01;
            bytes memory data = bytes.concat(hex"7801010c00f3ff", other, bytes4(uint32(PngFile.adler32(other))));
            bytes memory header = bytes.concat(bytes4(uint32(1)), bytes4(uint32(3)), hex"0802000000");
            bytes memory file = bytes.concat(
                hex"89504e470d0a1a0a", PngFile.chunk("IHDR", header), PngFile.chunk("IDAT", data), PngFile.chunk("IEND", "")
            );
            assertEq(file.length, Png.length(3, 1));
            assertFalse(this.isFile(file, 3, 1));
        }
    }

    /// @dev More than one block; and of each byte of the colours the place.
    function test_Blocks() external view {
        (uint256 height, uint256 width) = (148, 149);
        bytes memory colours = _colours(height, width);
        bytes memory file = PngFile.encoded(height, width, colours);
        assertTrue(this.isFile(file, height, width));
        for (uint256 i = 0; i < colours.length; i += i > 65_000 && i < 65_600 ? 1 : 97) {
            assertEq(file[Png.place(i, width)], colours[i]);
        }
        uint256 second = 43 + 5 + 65_535;
        for (uint256 i = second; i < second + 5; i++) {
            file[i] ^= 0x01;
            assertFalse(this.isFile(file, height, width));
            file[i] ^= 0x01;
        }
    }

    function test_Gas() external view {
        uint256[2] memory sides = [uint256(48), 148];
        for (uint256 i = 0; i < sides.length; i++) {
            bytes memory file = PngFile.encoded(sides[i], sides[i], _colours(sides[i], sides[i]));
            assertTrue(this.isFile(file, sides[i], sides[i]));
            uint256 gas = vm.lastCallGas().gasTotalUsed;
            console.log("the form of a file of %s bytes: %s gas", file.length, gas);
            assertLt(gas, 150 * file.length + 100_000);
        }
    }

    function _colours(uint256 height, uint256 width) private pure returns (bytes memory colours) {
        colours = new bytes(3 * height * width);
        for (uint256 i = 0; i < colours.length; i += 32) {
            bytes32 random = keccak256(abi.encode(height, width, i));
            for (uint256 k = 0; k < 32 && i + k < colours.length; k++) {
                colours[i + k] = random[k];
            }
        }
    }
}
