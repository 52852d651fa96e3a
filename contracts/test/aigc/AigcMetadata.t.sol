// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";

import {AigcMetadata} from "../../src/aigc/AigcMetadata.sol";
import {AigcToken} from "../../src/aigc/AigcToken.sol";
import {TokenImage} from "../../src/aigc/TokenImage.sol";
import {AigcTerms} from "../../src/interfaces/IAigcToken.sol";
import {AigcFixture} from "./AigcFixture.sol";

/// @dev Read back with forge's own reader of JSON.
contract AigcMetadataTest is AigcFixture {
    string private constant JSON_URI = "data:application/json;base64,";
    string private constant SVG_URI = "data:image/svg+xml;base64,";
    bytes private constant CONTENT = "Shall I compare thee";

    function test_TokenURI_HasAllFields() external {
        bytes memory prompt = request("A sonnet.");
        string memory json = _json(proven, mintProven(prompt, CONTENT));
        string[12] memory keys = [
            "name",
            "description",
            "image",
            "prompt",
            "aigc_type",
            "aigc_data",
            "proof_type",
            "model_id",
            "request_hash",
            "content_hash",
            "sampler",
            "seed"
        ];
        _assertKeys(json, keys.length);
        for (uint256 i = 0; i < keys.length; i++) {
            assertTrue(vm.keyExistsJson(json, string.concat(".", keys[i])), keys[i]);
        }
        bytes32 requestHash = keccak256(prompt);
        bytes memory digits = bytes(vm.toString(requestHash));
        assertEq(_field(json, "name"), string.concat("Tiny #", string(_slice(digits, 2, 10))));
        assertEq(_field(json, "prompt"), string(prompt));
        assertEq(_field(json, "aigc_type"), "text");
        assertEq(_field(json, "proof_type"), "validity");
        assertEq(_field(json, "model_id"), vm.toString(MODEL));
        assertEq(_field(json, "request_hash"), vm.toString(requestHash));
        assertEq(_field(json, "content_hash"), vm.toString(keccak256(CONTENT)));
        assertEq(_field(json, "seed"), vm.toString(SEED));
        assertEq(vm.parseJsonUint(json, ".sampler.beta"), 94_548);
        assertEq(vm.parseJsonUint(json, ".sampler.top_k"), 40);
        assertEq(vm.parseJsonUint(json, ".sampler.top_p"), 58_982);
    }

    function test_TokenURI_NamesTheContentByItsHash() external {
        string memory json = _json(proven, mintProven(request("A sonnet."), CONTENT));
        // CIDv1 (01), raw (55), keccak-256 (1b), 32 bytes (20), in base 16 (f).
        string memory digits = vm.replace(vm.toString(keccak256(CONTENT)), "0x", "");
        assertEq(_field(json, "aigc_data"), string.concat("ipfs://f01551b20", digits));
    }

    function test_TokenURI_WithoutContent() external {
        string memory json = _json(optimistic, mintTo(optimistic, minter, request("A sonnet.")));
        assertEq(_field(json, "aigc_data"), "");
        assertEq(_field(json, "content_hash"), "");
        assertEq(_field(json, "proof_type"), "fraud");
    }

    function test_TokenURI_OfAnImageIsTheContent() external {
        AigcTerms memory terms = termsWith(signed);
        terms.aigcType = "image";
        proven = new AigcToken(terms);
        uint256 id = mintTo(proven, minter, request("A rose."));
        assertTrue(_startsWith(_field(_json(proven, id), "image"), SVG_URI), "nothing to show yet");
        vm.prank(minter);
        proven.addAigcData(id, request("A rose."), CONTENT, prove(request("A rose."), CONTENT, minter));
        string memory json = _json(proven, id);
        assertEq(_field(json, "image"), _field(json, "aigc_data"));
        assertEq(_field(json, "aigc_type"), "image");
    }

    function test_TokenURI_HostilePrompts() external {
        string[7] memory prompts = [
            "\"",
            "\\",
            "\\\"",
            "\",\"proof_type\":\"validity\",\"x\":\"",
            "\"}</script><script>alert(1)</script>",
            unicode"Ünï — 😀\u2028",
            "line\nbreak\ttab\x00nul\x7f"
        ];
        for (uint256 i = 0; i < prompts.length; i++) {
            string memory json = _json(optimistic, mintTo(optimistic, minter, bytes(prompts[i])));
            _assertKeys(json, 10);
            assertEq(_field(json, "prompt"), prompts[i]);
            assertEq(_field(json, "proof_type"), "fraud", "not forged");
            assertFalse(vm.contains(json, "</script>"));
        }
    }

    function testFuzz_TokenURI_AnyPrompt(string memory text) external {
        string memory json = _json(optimistic, mintTo(optimistic, minter, bytes(text)));
        _assertKeys(json, 10);
        assertEq(_field(json, "prompt"), text);
        assertEq(_field(json, "proof_type"), "fraud");
    }

    function testFuzz_TokenURI_AnyBytes(bytes memory prompt) external {
        string memory json = _json(optimistic, mintTo(optimistic, minter, prompt));
        _assertKeys(json, 10);
        assertEq(_field(json, "prompt"), vm.replace(string(prompt), "a", "a"));
    }

    function testFuzz_Json_HostileCollections(string memory name, string memory kind, string memory proofType) external pure {
        string memory json = AigcMetadata.json(AigcMetadata.Parts(name, kind, proofType, MODEL, SEED, 0, "p"));
        _assertKeys(json, 10);
        assertEq(_field(json, "name"), string.concat(name, " #07070707"));
        assertEq(_field(json, "aigc_type"), kind);
        assertEq(_field(json, "proof_type"), proofType);
    }

    function test_Image_FollowsFromTheId() external {
        uint256 none = 0x80ff01 << 232;
        string memory plain = TokenImage.svg(none);
        assertTrue(vm.contains(plain, "width=\"512\" height=\"512\""));
        assertTrue(vm.contains(plain, "fill=\"#007f01\""), "dark");
        assertTrue(vm.contains(plain, "d=\"\"/></svg>"), "no square");
        assertTrue(vm.contains(TokenImage.svg(1), "d=\"M56 56h80v80h-80zM376 56h80v80h-80z\""), "a square and its mirror");
        assertTrue(vm.contains(TokenImage.svg(1 << 14), "d=\"M216 376h80v80h-80z\""), "the middle has none");
        assertEq(TokenImage.svg(1 << 15), TokenImage.svg(0));
        assertEq(TokenImage.uri(5), string.concat(SVG_URI, Base64.encode(bytes(TokenImage.svg(5)))));
    }

    /// @dev Of the ERC: 320 to 1080 pixels wide, 1.91:1 to 4:5. Nothing but shapes.
    function testFuzz_Image_IsOnlyShapes(uint256 id) external pure {
        bytes memory svg = bytes(TokenImage.svg(id));
        uint256 elements = 0;
        for (uint256 i = 0; i < svg.length; i++) {
            if (svg[i] == "<") elements++;
        }
        assertEq(elements, 4, "svg, two paths, end");
    }

    function _json(AigcToken token, uint256 id) private view returns (string memory) {
        string memory uri = token.tokenURI(id);
        assertTrue(_startsWith(uri, JSON_URI));
        bytes memory encoded = bytes(uri);
        return string(Base64.decode(string(_slice(encoded, bytes(JSON_URI).length, encoded.length))));
    }

    function _field(string memory json, string memory key) private pure returns (string memory) {
        return vm.parseJsonString(json, string.concat(".", key));
    }

    function _assertKeys(string memory json, uint256 count) private pure {
        assertEq(vm.parseJsonKeys(json, "$").length, count, json);
    }

    function _startsWith(string memory text, string memory start) private pure returns (bool) {
        return vm.indexOf(text, start) == 0;
    }

    function _slice(bytes memory text, uint256 from, uint256 to) private pure returns (bytes memory out) {
        out = new bytes(to - from);
        for (uint256 i = 0; i < out.length; i++) {
            out[i] = text[from + i];
        }
    }
}
