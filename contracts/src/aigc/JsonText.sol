// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @title Bytes of strangers inside of JSON strings
/// @notice Whatever goes in, what comes out is valid UTF-8 that closes no string, opens no field and is no markup.
/// @dev Besides quotes, backslash and control characters, which OpenZeppelin's `escapeJSON` escapes too, `<`, `>` and `&` are written
/// as escapes, so that a page which pastes metadata into a script or into HTML is not entered through them, and each malformed part of
/// UTF-8 becomes U+FFFD: one for each maximal part, as Unicode recommends and Rust's `from_utf8_lossy` has it.
library JsonText {
    bytes16 private constant HEX = "0123456789abcdef";

    /// @dev The inside of a JSON string, without quotes, that reads as `text`.
    function escape(bytes memory text) internal pure returns (string memory) {
        // The longest escape, \u00xx, is six bytes for one.
        bytes memory out = new bytes(text.length * 6);
        uint256 n = 0;
        for (uint256 i = 0; i < text.length;) {
            uint8 c = uint8(text[i]);
            if (c < 0x80) {
                n = _ascii(out, n, c);
                i++;
                continue;
            }
            (uint256 taken, bool valid) = _sequence(text, i);
            if (valid) {
                for (uint256 k = 0; k < taken; k++) {
                    out[n++] = text[i + k];
                }
            } else {
                n = _append(out, n, hex"efbfbd");
            }
            i += taken;
        }
        assembly ("memory-safe") {
            // What is kept is shorter than what was reserved.
            mstore(out, n)
        }
        return string(out);
    }

    function _ascii(bytes memory out, uint256 n, uint8 c) private pure returns (uint256) {
        if (c == 0x22) return _append(out, n, "\\\"");
        if (c == 0x5c) return _append(out, n, "\\\\");
        if (c < 0x20 || c == 0x7f || c == 0x3c || c == 0x3e || c == 0x26) {
            return _append(out, n, bytes.concat("\\u00", HEX[c >> 4], HEX[c & 0x0f]));
        }
        out[n] = bytes1(c);
        return n + 1;
    }

    function _append(bytes memory out, uint256 n, bytes memory part) private pure returns (uint256) {
        for (uint256 k = 0; k < part.length; k++) {
            out[n + k] = part[k];
        }
        return n + part.length;
    }

    /// @dev The sequence that starts with the byte at `i`, which is not ASCII: its length if it is well-formed (table 3-7 of the
    /// Unicode standard), otherwise the length of its longest beginning that could have become one, at least 1.
    function _sequence(bytes memory text, uint256 i) private pure returns (uint256 taken, bool valid) {
        uint8 lead = uint8(text[i]);
        if (lead < 0xc2 || lead > 0xf4) return (1, false);
        uint256 length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
        // No overlong forms, no surrogates, nothing above U+10FFFF.
        uint8 low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
        uint8 high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
        for (taken = 1; taken < length; taken++) {
            if (i + taken == text.length) return (taken, false);
            uint8 c = uint8(text[i + taken]);
            if (c < low || c > high) return (taken, false);
            (low, high) = (0x80, 0xbf);
        }
        return (length, true);
    }
}
