// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

// Casts are of numbers that are known to fit.
// forge-lint: disable-start(unsafe-typecast)

import {Checksums} from "./Checksums.sol";
import {Witness} from "./Witness.sol";

/// @title The file of a picture
/// @notice PNG in the one form of `openimo_core::picture`: eight bits a colour, no filter, stored blocks of DEFLATE, no other chunk. So a picture
/// has one file, and each byte of its colours stands at a place that follows from the width.
library Png {
    using Checksums for Checksums.Adler;

    /// @dev Bytes before the first block.
    uint256 private constant HEAD = 43;
    /// @dev Where the type of the second chunk is: the chunk's checksum is from there on.
    uint256 private constant IDAT = 37;
    /// @dev Longest stored block, and bytes before each.
    uint256 private constant BLOCK = 65_535;
    uint256 private constant BLOCK_HEAD = 5;
    bytes private constant END = hex"0000000049454e44ae426082";

    /// @dev Bytes of the file of a picture.
    function length(uint256 height, uint256 width) internal pure returns (uint256) {
        uint256 raw = (3 * width + 1) * height;
        return HEAD + BLOCK_HEAD * _blocks(raw) + raw + 8 + END.length;
    }

    /// @dev Where byte `i` of a picture's colours is in its file: behind the filter bytes of the lines, and the heads of the blocks.
    function place(uint256 i, uint256 width) internal pure returns (uint256) {
        return _place(i + i / (3 * width) + 1);
    }

    /// @dev Whether bytes are the file of a picture of this size, whatever its colours are.
    function isFile(bytes calldata file, uint256 height, uint256 width) internal pure returns (bool) {
        if (file.length != length(height, width)) return false;
        uint256 raw = (3 * width + 1) * height;
        uint256 at;
        assembly ("memory-safe") {
            at := file.offset
        }
        // Behind the data are its checksum, that of the chunk, and the end.
        uint256 sums = file.length - END.length - 8;
        bytes memory head =
            bytes.concat(hex"89504e470d0a1a0a0000000d49484452", bytes4(uint32(width)), bytes4(uint32(height)), hex"0802000000");
        bytes memory data =
            bytes.concat(bytes4(uint32(Checksums.crc32(at + 12, 17))), bytes4(uint32(sums + 4 - IDAT - 4)), "IDAT", hex"7801");
        if (keccak256(file[:HEAD]) != keccak256(bytes.concat(head, data))) return false;
        if (keccak256(file[sums + 8:]) != keccak256(END) || !_linesBegin(at, raw, 3 * width + 1)) return false;
        (bool areBlocks, uint256 adler) = _data(at, raw);
        return areBlocks && _uint32(at + sums) == adler && _uint32(at + sums + 4) == Checksums.crc32(at + IDAT, sums + 4 - IDAT);
    }

    /// @dev Whether every line has no filter.
    function _linesBegin(uint256 at, uint256 raw, uint256 line) private pure returns (bool) {
        for (uint256 i = 0; i < raw; i += line) {
            if (Witness.word(at + _place(i)) >> 248 != 0) return false;
        }
        return true;
    }

    /// @dev Whether the data is in blocks as it must be, and its checksum.
    function _data(uint256 at, uint256 raw) private pure returns (bool, uint256) {
        Checksums.Adler memory sum = Checksums.Adler(1, 0);
        at += HEAD;
        for (uint256 left = raw; left > 0;) {
            uint256 n = left < BLOCK ? left : BLOCK;
            left -= n;
            uint256 size = ((n & 255) << 8) | (n >> 8);
            uint256 head = (uint256(left == 0 ? 1 : 0) << 32) | (size << 16) | (size ^ 0xffff);
            if (Witness.word(at) >> 216 != head) return (false, 0);
            sum.add(at + BLOCK_HEAD, n);
            at += BLOCK_HEAD + n;
        }
        return (true, sum.value());
    }

    /// @dev Where byte `i` of the data is.
    function _place(uint256 i) private pure returns (uint256) {
        return HEAD + BLOCK_HEAD * (i / BLOCK + 1) + i;
    }

    function _blocks(uint256 raw) private pure returns (uint256) {
        return (raw + BLOCK - 1) / BLOCK;
    }

    function _uint32(uint256 at) private pure returns (uint256) {
        return Witness.word(at) >> 224;
    }
}
