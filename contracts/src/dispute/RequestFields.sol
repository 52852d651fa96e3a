// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

// Casts are of numbers that are known to fit.
// forge-lint: disable-start(unsafe-typecast)

import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";

import {RequestTail} from "../aigc/RequestTail.sol";
import {Sample} from "../referee/ops/Sample.sol";
import {Words} from "./Words.sol";

/// @title What a canonical request asks for
/// @notice Keys are sorted (RFC 8785), so `max_tokens` comes first, and `prompt_hash`, sampler and seed last.
/// @dev What lies between them, the text, is not read: a run is judged by the ids that the request names by their hash.
library RequestFields {
    /// @notice The fields.
    struct Fields {
        uint256 maxTokens;
        bytes32 promptHash;
        Sample.Sampler sampler;
    }

    /// @dev Most ids of an output.
    uint256 private constant MOST_OUTPUT = 1 << 17;
    uint256 private constant MOST_BETA = 1 << 31;
    uint256 private constant MOST_TOP_P = 1 << 16;
    uint256 private constant MOST_DIGITS = 6;
    bytes private constant HEAD = "{\"max_tokens\":";

    /// @dev The fields of a request, and whether it has them, within their limits.
    function read(bytes memory request) internal pure returns (bool found, Fields memory f) {
        RequestTail.Places memory at;
        (found, at) = RequestTail.places(request);
        if (!found) return (false, f);
        uint256 end = RequestTail.before(request, at.sampler, "\"");
        uint256 start = RequestTail.wordBefore(request, end);
        if (RequestTail.before(request, start, ",\"prompt_hash\":\"") == RequestTail.NOT_FOUND) return (false, f);
        f.promptHash = bytes32(Words.hex64(request, start + 2));
        f.sampler.seed = bytes32(Words.hex64(request, at.seed + 2));
        uint256 beta = _number(request, at.beta, at.topK - bytes(",\"top_k\":").length);
        uint256 topK = _number(request, at.topK, at.topP - bytes(",\"top_p\":").length);
        uint256 topP = _number(request, at.topP, at.close);
        f.maxTokens = _maxTokens(request);
        if (beta >= MOST_BETA || topK > type(uint32).max || topP == 0 || topP > MOST_TOP_P) return (false, f);
        if (f.maxTokens == 0 || f.maxTokens > MOST_OUTPUT) return (false, f);
        (f.sampler.beta, f.sampler.topK, f.sampler.topP) = (uint32(beta), uint32(topK), uint32(topP));
    }

    /// @dev Zero if it is not there.
    function _maxTokens(bytes memory request) private pure returns (uint256) {
        uint256 from = HEAD.length;
        uint256 to = from;
        while (to < request.length && to <= from + MOST_DIGITS && request[to] != ",") to++;
        if (RequestTail.before(request, from, HEAD) == RequestTail.NOT_FOUND || to == from || request[from] == "0") return 0;
        (bool isNumber, uint256 value) = Strings.tryParseUint(string(request), from, to);
        return isNumber && request[to] == "," ? value : 0;
    }

    function _number(bytes memory request, uint256 from, uint256 to) private pure returns (uint256) {
        return Strings.parseUint(string(request), from, to);
    }
}
