// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Test} from "forge-std/Test.sol";

import {JsonText} from "../../src/aigc/JsonText.sol";

/// @dev Judged by forge's own reader of JSON and its own reading of malformed UTF-8, which are serde_json and Rust's
/// `from_utf8_lossy`.
contract JsonTextTest is Test {
    function test_Escape_Literals() external pure {
        assertEq(JsonText.escape(""), "");
        assertEq(JsonText.escape("plain text, 'quoted' once/"), "plain text, 'quoted' once/");
        assertEq(JsonText.escape("\""), "\\\"");
        assertEq(JsonText.escape("\\"), "\\\\");
        assertEq(JsonText.escape("\\u0022"), "\\\\u0022");
        assertEq(JsonText.escape(hex"00080a0d1f7f"), "\\u0000\\u0008\\u000a\\u000d\\u001f\\u007f");
        assertEq(JsonText.escape("</script>&"), "\\u003c/script\\u003e\\u0026");
        assertEq(JsonText.escape(bytes(unicode"é€😀")), unicode"é€😀");
    }

    /// @dev The examples of the Unicode standard, chapter 3: one U+FFFD for each maximal part.
    function test_Escape_MalformedParts() external pure {
        _assertMalformed(hex"c080", 2); // overlong
        _assertMalformed(hex"c1bf", 2);
        _assertMalformed(hex"e08080", 3);
        _assertMalformed(hex"e09fbf", 3);
        _assertMalformed(hex"f08fbfbf", 4);
        _assertMalformed(hex"eda080", 3); // a surrogate
        _assertMalformed(hex"edbfbf", 3);
        _assertMalformed(hex"f4908080", 4); // above U+10FFFF
        _assertMalformed(hex"f5", 1);
        _assertMalformed(hex"ff", 1);
        _assertMalformed(hex"80", 1);
        _assertMalformed(hex"e180", 1); // cut
        _assertMalformed(hex"f09180", 1);
        _assertMalformed(hex"c3", 1);
        assertEq(JsonText.escape(hex"e18022"), unicode"�\\\"", "a quote is not swallowed");
        assertEq(JsonText.escape(hex"f0908041"), unicode"�A");
        assertEq(JsonText.escape(hex"ee8080f48fbfbfed9fbf"), string(hex"ee8080f48fbfbfed9fbf"), "the last of each row");
    }

    function testFuzz_Escape_ReadsBackAsTheText(string memory text) external pure {
        assertEq(_readBack(bytes(text)), text);
    }

    function testFuzz_Escape_OfAnyBytes(bytes memory text) external pure {
        assertEq(_readBack(text), _lossy(text));
    }

    /// @dev Mostly bytes that matter to UTF-8: leads and continuations.
    function testFuzz_Escape_OfBytesAboveAscii(bytes memory text) external pure {
        for (uint256 i = 0; i < text.length; i++) {
            if (uint8(text[i]) & 3 != 0) text[i] |= 0x80;
        }
        assertEq(_readBack(text), _lossy(text));
    }

    function testFuzz_Escape_IsInert(bytes memory text) external pure {
        bytes memory out = bytes(JsonText.escape(text));
        for (uint256 i = 0; i < out.length; i++) {
            bytes1 c = out[i];
            assertTrue(c >= 0x20 && c != 0x7f && c != "<" && c != ">" && c != "&");
            if (c == "\\") {
                assertTrue(out[i + 1] == "u" || out[i + 1] == "\\" || out[i + 1] == "\"");
                i++;
            } else {
                assertTrue(c != "\"");
            }
        }
    }

    function _assertMalformed(bytes memory text, uint256 parts) private pure {
        string memory want = "";
        for (uint256 i = 0; i < parts; i++) {
            want = string.concat(want, unicode"�");
        }
        assertEq(JsonText.escape(text), want, vm.toString(text));
    }

    function _readBack(bytes memory text) private pure returns (string memory) {
        return vm.parseJsonString(string.concat("{\"x\":\"", JsonText.escape(text), "\"}"), ".x");
    }

    /// @dev Strings are read leniently on their way into a cheat code, which here changes nothing else.
    function _lossy(bytes memory text) private pure returns (string memory) {
        return vm.replace(string(text), "a", "a");
    }
}
