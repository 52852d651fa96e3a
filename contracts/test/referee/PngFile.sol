// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @notice Files of pictures as the standards say, one bit at a time.
library PngFile {
    uint256 internal constant BLOCK = 65_535;

    /// @dev The file of a picture of these colours.
    function encoded(uint256 height, uint256 width, bytes memory colours) internal pure returns (bytes memory) {
        bytes memory raw = new bytes((3 * width + 1) * height);
        for (uint256 i = 0; i < colours.length; i++) {
            raw[i + i / (3 * width) + 1] = colours[i];
        }
        bytes memory header = bytes.concat(bytes4(uint32(width)), bytes4(uint32(height)), hex"0802000000");
        bytes memory data = hex"7801";
        for (uint256 at = 0; at < raw.length; at += BLOCK) {
            uint256 n = raw.length - at < BLOCK ? raw.length - at : BLOCK;
            uint16 size = uint16((n & 255) << 8 | n >> 8);
            data = bytes.concat(
                data, at + n == raw.length ? bytes1(0x01) : bytes1(0x00), bytes2(size), bytes2(~size), part(raw, at, n)
            );
        }
        data = bytes.concat(data, bytes4(uint32(adler32(raw))));
        return bytes.concat(hex"89504e470d0a1a0a", chunk("IHDR", header), chunk("IDAT", data), chunk("IEND", ""));
    }

    function chunk(bytes memory kind, bytes memory data) internal pure returns (bytes memory) {
        bytes memory all = bytes.concat(kind, data);
        return bytes.concat(bytes4(uint32(data.length)), all, bytes4(uint32(crc32(all))));
    }

    function crc32(bytes memory data) internal pure returns (uint256 c) {
        unchecked {
            c = 0xffffffff;
            for (uint256 i = 0; i < data.length; i++) {
                c ^= uint8(data[i]);
                for (uint256 bit = 0; bit < 8; bit++) {
                    c = c & 1 == 1 ? (c >> 1) ^ 0xedb88320 : c >> 1;
                }
            }
            c ^= 0xffffffff;
        }
    }

    function adler32(bytes memory data) internal pure returns (uint256) {
        unchecked {
            (uint256 a, uint256 b) = (1, 0);
            for (uint256 i = 0; i < data.length; i++) {
                a = (a + uint8(data[i])) % 65_521;
                b = (b + a) % 65_521;
            }
            return b << 16 | a;
        }
    }

    function part(bytes memory data, uint256 at, uint256 n) internal pure returns (bytes memory out) {
        out = new bytes(n);
        assembly ("memory-safe") {
            mcopy(add(out, 32), add(add(data, 32), at), n)
        }
    }
}
