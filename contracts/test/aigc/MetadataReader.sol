// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";

import {AigcToken} from "../../src/aigc/AigcToken.sol";
import {AigcFixture} from "./AigcFixture.sol";

/// @notice Metadata read back with forge's own reader of JSON.
abstract contract MetadataReader is AigcFixture {
    string internal constant JSON_URI = "data:application/json;base64,";
    string internal constant SVG_URI = "data:image/svg+xml;base64,";
    string internal constant PNG_URI = "data:image/png;base64,";

    function metadataOf(AigcToken token, uint256 id) internal view returns (string memory) {
        return string(decode(token.tokenURI(id), JSON_URI));
    }

    /// @notice The bytes of a data URI that starts in this way.
    function decode(string memory uri, string memory start) internal pure returns (bytes memory) {
        assertTrue(startsWith(uri, start), uri);
        return Base64.decode(string(slice(bytes(uri), bytes(start).length, bytes(uri).length)));
    }

    /// @notice The address that names content by its hash: CIDv1 (01), raw (55), keccak-256 (1b), 32 bytes (20), in base 16 (f).
    function ipfsUri(bytes memory content) internal pure returns (string memory) {
        return string.concat("ipfs://f01551b20", vm.replace(vm.toString(keccak256(content)), "0x", ""));
    }

    function field(string memory json, string memory key) internal pure returns (string memory) {
        return vm.parseJsonString(json, string.concat(".", key));
    }

    function assertKeys(string memory json, uint256 count) internal pure {
        assertEq(vm.parseJsonKeys(json, "$").length, count, json);
    }

    function startsWith(string memory text, string memory start) internal pure returns (bool) {
        return vm.indexOf(text, start) == 0;
    }

    function slice(bytes memory text, uint256 from, uint256 to) internal pure returns (bytes memory out) {
        out = new bytes(to - from);
        for (uint256 i = 0; i < out.length; i++) {
            out[i] = text[from + i];
        }
    }
}
