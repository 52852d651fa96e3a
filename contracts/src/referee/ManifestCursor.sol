// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @title Reading the manifest of a model
/// @notice A manifest is canonical JSON (RFC 8785) with known keys, so it is read by expecting each of them in order. Whatever is written in
/// another way is refused.
library ManifestCursor {
    /// @notice Where in the text the next byte is.
    struct Cursor {
        bytes text;
        uint256 at;
    }

    /// @notice The text is another than what a manifest has at this byte.
    error ManifestUnexpected(uint256 at);

    /// @dev Digits of the largest integer that JSON carries exactly.
    uint256 private constant MOST_DIGITS = 16;

    /// @dev Goes past `part`, which comes next.
    function expect(Cursor memory c, bytes memory part) internal pure {
        if (!accept(c, part)) revert ManifestUnexpected(c.at);
    }

    /// @dev Goes past `part` if it comes next.
    function accept(Cursor memory c, bytes memory part) internal pure returns (bool) {
        (bytes memory text, uint256 at) = (c.text, c.at);
        if (part.length > text.length - at) return false;
        bool isThere;
        assembly ("memory-safe") {
            let n := mload(part)
            isThere := eq(keccak256(add(add(text, 32), at), n), keccak256(add(part, 32), n))
        }
        if (isThere) c.at = at + part.length;
        return isThere;
    }

    /// @dev The integer that comes next: as JSON writes it, without leading zeros.
    function number(Cursor memory c) internal pure returns (uint256 value) {
        uint256 first = c.at;
        uint256 at = first;
        bytes memory text = c.text;
        while (at < text.length && at - first < MOST_DIGITS) {
            uint8 digit = uint8(text[at]);
            if (digit < 48 || digit > 57) break;
            value = 10 * value + (digit - 48);
            at++;
        }
        if (at == first || (text[first] == "0" && at - first > 1)) revert ManifestUnexpected(first);
        c.at = at;
    }

    /// @dev After a key, the integer that comes next, which has at most 32 bits.
    function number32(Cursor memory c, bytes memory key) internal pure returns (bytes4) {
        expect(c, key);
        uint256 at = c.at;
        uint256 value = number(c);
        if (value > type(uint32).max) revert ManifestUnexpected(at);
        // forge-lint: disable-next-line(unsafe-typecast)
        return bytes4(uint32(value));
    }

    /// @dev After a key, the integer that comes next, which has at most 8 bits.
    function number8(Cursor memory c, bytes memory key) internal pure returns (bytes1) {
        uint256 at = c.at;
        uint32 value = uint32(number32(c, key));
        if (value > type(uint8).max) revert ManifestUnexpected(at);
        // forge-lint: disable-next-line(unsafe-typecast)
        return bytes1(uint8(value));
    }

    /// @dev After a key, `true` or `false`.
    function boolean(Cursor memory c, bytes memory key) internal pure returns (bool) {
        expect(c, key);
        if (accept(c, "true")) return true;
        expect(c, "false");
        return false;
    }

    /// @dev Goes past a string.
    function skipText(Cursor memory c) internal pure {
        expect(c, "\"");
        bytes memory text = c.text;
        uint256 at = c.at;
        while (at < text.length && text[at] != "\"") {
            at += text[at] == "\\" ? 2 : 1;
        }
        c.at = at < text.length ? at : text.length;
        expect(c, "\"");
    }
}
