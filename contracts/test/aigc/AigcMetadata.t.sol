// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";

import {AigcMetadata} from "../../src/aigc/AigcMetadata.sol";
import {TokenImage} from "../../src/aigc/TokenImage.sol";
import {MetadataReader} from "./MetadataReader.sol";

contract AigcMetadataTest is MetadataReader {
    bytes private constant CONTENT = "Shall I compare thee";

    function test_TokenURI_HasAllFields() external {
        bytes memory prompt = request("A sonnet.");
        string memory json = metadataOf(proven, mintProven(prompt, CONTENT));
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
        assertKeys(json, keys.length);
        for (uint256 i = 0; i < keys.length; i++) {
            assertTrue(vm.keyExistsJson(json, string.concat(".", keys[i])), keys[i]);
        }
        bytes32 requestHash = keccak256(prompt);
        bytes memory digits = bytes(vm.toString(requestHash));
        assertEq(field(json, "name"), string.concat("Tiny #", string(slice(digits, 2, 10))));
        assertEq(field(json, "prompt"), string(prompt));
        assertEq(field(json, "aigc_type"), "text");
        assertEq(field(json, "proof_type"), "validity");
        assertEq(field(json, "model_id"), vm.toString(MODEL));
        assertEq(field(json, "request_hash"), vm.toString(requestHash));
        assertEq(field(json, "content_hash"), vm.toString(keccak256(CONTENT)));
        assertEq(field(json, "seed"), vm.toString(SEED));
        assertEq(vm.parseJsonUint(json, ".sampler.beta"), 94_548);
        assertEq(vm.parseJsonUint(json, ".sampler.top_k"), 40);
        assertEq(vm.parseJsonUint(json, ".sampler.top_p"), 58_982);
    }

    function test_TokenURI_NamesTheContentByItsHash() external {
        string memory json = metadataOf(proven, mintProven(request("A sonnet."), CONTENT));
        assertEq(field(json, "aigc_data"), ipfsUri(CONTENT));
    }

    function test_TokenURI_WithoutContent() external {
        string memory json = metadataOf(optimistic, mintTo(optimistic, minter, request("A sonnet.")));
        assertEq(field(json, "aigc_data"), "");
        assertEq(field(json, "content_hash"), "");
        assertEq(field(json, "proof_type"), "fraud");
    }

    function test_TokenURI_OfAnImageIsTheContent() external {
        proven = imagesWith(signed);
        uint256 id = mintTo(proven, minter, request("A rose."));
        assertTrue(startsWith(field(metadataOf(proven, id), "image"), SVG_URI), "nothing to show yet");
        vm.prank(minter);
        proven.addAigcData(id, request("A rose."), CONTENT, prove(request("A rose."), CONTENT, minter));
        string memory json = metadataOf(proven, id);
        assertEq(field(json, "aigc_data"), ipfsUri(CONTENT));
        assertEq(field(json, "image"), field(json, "aigc_data"));
        assertEq(field(json, "aigc_type"), "image");
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
            string memory json = metadataOf(optimistic, mintTo(optimistic, minter, bytes(prompts[i])));
            assertKeys(json, 10);
            assertEq(field(json, "prompt"), prompts[i]);
            assertEq(field(json, "proof_type"), "fraud", "not forged");
            assertFalse(vm.contains(json, "</script>"));
        }
    }

    function testFuzz_TokenURI_AnyPrompt(string memory text) external {
        string memory json = metadataOf(optimistic, mintTo(optimistic, minter, bytes(text)));
        assertKeys(json, 10);
        assertEq(field(json, "prompt"), text);
        assertEq(field(json, "proof_type"), "fraud");
    }

    function testFuzz_TokenURI_AnyBytes(bytes memory prompt) external {
        string memory json = metadataOf(optimistic, mintTo(optimistic, minter, prompt));
        assertKeys(json, 10);
        assertEq(field(json, "prompt"), vm.replace(string(prompt), "a", "a"));
    }

    function testFuzz_Json_HostileCollections(string memory name, string memory kind, string memory proofType) external pure {
        string memory json = AigcMetadata.json(AigcMetadata.Parts(name, kind, proofType, MODEL, SEED, 0, "p", ""));
        assertKeys(json, 10);
        assertEq(field(json, "name"), string.concat(name, " #07070707"));
        assertEq(field(json, "aigc_type"), kind);
        assertEq(field(json, "proof_type"), proofType);
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
}
