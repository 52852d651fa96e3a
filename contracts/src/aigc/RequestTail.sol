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
    uint256 private constant NOT_FOUND = type(uint256).max;
    /// @dev Digits of the largest u32.
    uint256 private constant MOST_DIGITS = 10;
    /// @dev `0x` and 64 digits.
    uint256 private constant SEED_LENGTH = 66;

    /// @dev The sampler as it is written there, a JSON object, and the seed, without quotes; both empty if the end is another.
    function parse(bytes memory request) internal pure returns (string memory sampler, string memory seed) {
        uint256 seedEnd = _before(request, request.length, "\",\"v\":1}");
        uint256 seedStart = _seedBefore(request, seedEnd);
        uint256 close = _before(request, seedStart, "},\"seed\":\"");
        uint256 at = _numberBefore(request, close);
        at = _numberBefore(request, _before(request, at, ",\"top_p\":"));
        at = _numberBefore(request, _before(request, at, ",\"top_k\":"));
        uint256 open = _before(request, at, "{\"beta\":");
        if (_before(request, open, ",\"sampler\":") == NOT_FOUND) return ("", "");
        return (string(Bytes.slice(request, open, close + 1)), string(Bytes.slice(request, seedStart, seedEnd)));
    }

    /// @dev Where `part` starts that ends at `end`.
    function _before(bytes memory text, uint256 end, bytes memory part) private pure returns (uint256 start) {
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

    /// @dev Where the seed starts that ends at `end`.
    function _seedBefore(bytes memory text, uint256 end) private pure returns (uint256 start) {
        if (end == NOT_FOUND || end < SEED_LENGTH) return NOT_FOUND;
        start = end - SEED_LENGTH;
        if (text[start] != "0" || text[start + 1] != "x") return NOT_FOUND;
        for (uint256 i = start + 2; i < end; i++) {
            bytes1 c = text[i];
            if (!((c >= "0" && c <= "9") || (c >= "a" && c <= "f"))) return NOT_FOUND;
        }
    }
}
