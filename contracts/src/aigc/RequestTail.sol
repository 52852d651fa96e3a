// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Bytes} from "@openzeppelin/contracts/utils/Bytes.sol";

/// @title Sampler and seed of a canonical request
/// @notice RFC 8785 sorts keys, so every request of version 1 ends in the same way:
/// `,"sampler":{"beta":N,"top_k":N,"top_p":N},"seed":"0x` and 64 hex digits and `","v":1}`.
/// @dev Read backwards from the last byte. In JSON this end cannot lie inside of a string, where each quote has a backslash before it,
/// which the comma before `"seed"` rules out; so a text that pretends to be fields is not taken for them. Whether the bytes before it
/// are a canonical request is checked by verifiers off chain; bytes that do not end like one have neither sampler nor seed.
library RequestTail {
    /// @dev No place.
    uint256 internal constant NOT_FOUND = type(uint256).max;
    /// @dev Digits of the largest u32.
    uint256 private constant MOST_DIGITS = 10;
    /// @dev `0x` and 64 digits.
    uint256 private constant WORD_LENGTH = 66;

    /// @notice Where in a request its last fields are: each number from here to the next key, the seed from its `0x` to `seedEnd`.
    struct Places {
        uint256 sampler;
        uint256 open;
        uint256 beta;
        uint256 topK;
        uint256 topP;
        uint256 close;
        uint256 seed;
        uint256 seedEnd;
    }

    /// @dev The sampler as it is written there, a JSON object, and the seed, without quotes; both empty if the end is another.
    function parse(bytes memory request) internal pure returns (string memory sampler, string memory seed) {
        (bool found, Places memory at) = places(request);
        if (!found) return ("", "");
        return (string(Bytes.slice(request, at.open, at.close + 1)), string(Bytes.slice(request, at.seed, at.seedEnd)));
    }

    /// @dev Where the fields are, and whether they are there.
    function places(bytes memory request) internal pure returns (bool found, Places memory at) {
        at.seedEnd = before(request, request.length, "\",\"v\":1}");
        at.seed = wordBefore(request, at.seedEnd);
        at.close = before(request, at.seed, "},\"seed\":\"");
        at.topP = _numberBefore(request, at.close);
        at.topK = _numberBefore(request, before(request, at.topP, ",\"top_p\":"));
        at.beta = _numberBefore(request, before(request, at.topK, ",\"top_k\":"));
        at.open = before(request, at.beta, "{\"beta\":");
        at.sampler = before(request, at.open, ",\"sampler\":");
        found = at.sampler != NOT_FOUND;
    }

    /// @dev Where `part` starts that ends at `end`.
    function before(bytes memory text, uint256 end, bytes memory part) internal pure returns (uint256 start) {
        if (end == NOT_FOUND || end < part.length) return NOT_FOUND;
        start = end - part.length;
        for (uint256 i = 0; i < part.length; i++) {
            if (text[start + i] != part[i]) return NOT_FOUND;
        }
    }

    /// @dev Where the integer starts that ends at `end`: as JSON writes it, without leading zeros.
    function _numberBefore(bytes memory text, uint256 end) private pure returns (uint256 start) {
        if (end == NOT_FOUND) return NOT_FOUND;
        start = end;
        while (start > 0 && text[start - 1] >= "0" && text[start - 1] <= "9") {
            start--;
            if (end - start > MOST_DIGITS) return NOT_FOUND;
        }
        if (start == end || (text[start] == "0" && end - start > 1)) return NOT_FOUND;
    }

    /// @dev Where 32 bytes in hex start that end at `end`, with their `0x`.
    function wordBefore(bytes memory text, uint256 end) internal pure returns (uint256 start) {
        if (end == NOT_FOUND || end < WORD_LENGTH) return NOT_FOUND;
        start = end - WORD_LENGTH;
        if (text[start] != "0" || text[start + 1] != "x") return NOT_FOUND;
        for (uint256 i = start + 2; i < end; i++) {
            bytes1 c = text[i];
            if (!((c >= "0" && c <= "9") || (c >= "a" && c <= "f"))) return NOT_FOUND;
        }
    }
}
