// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Test} from "forge-std/Test.sol";

import {RequestTail} from "../../src/aigc/RequestTail.sol";

contract RequestTailTest is Test {
    string private constant HEAD = "{\"max_tokens\":12,\"prompt\":\"x\",\"prompt_hash\":\"0x00\"";
    string private constant SEED = "0x00000000000000000000000000000000000000000000000000000000000000af";

    /// @dev Requests as the reference writes them: of stored bundles.
    function test_Parse_StoredRequests() external view {
        string[3] memory names = ["request.limits", "request.prompt_ids", "request.sampler"];
        for (uint256 i = 0; i < names.length; i++) {
            string memory bundle = vm.readFile(string.concat("../vectors/bundles/", names[i], ".json"));
            string memory request = vm.parseJsonString(bundle, ".request");
            (string memory sampler, string memory seed) = RequestTail.parse(bytes(request));
            assertEq(seed, vm.parseJsonString(request, ".seed"), names[i]);
            assertEq(vm.parseJsonUint(sampler, ".beta"), vm.parseJsonUint(request, ".sampler.beta"));
            assertEq(vm.parseJsonUint(sampler, ".top_k"), vm.parseJsonUint(request, ".sampler.top_k"));
            assertEq(vm.parseJsonUint(sampler, ".top_p"), vm.parseJsonUint(request, ".sampler.top_p"));
        }
    }

    function testFuzz_Parse_EverySampler(uint32 beta, uint32 topK, uint32 topP, bytes32 seed) external pure {
        string memory object = _sampler(vm.toString(uint256(beta)), vm.toString(uint256(topK)), vm.toString(uint256(topP)));
        _assertParses(string.concat(HEAD, _tail(object, vm.toString(seed), "1")), object, vm.toString(seed));
    }

    function test_Parse_NothingElse() external pure {
        string memory fine = _sampler("1", "0", "65536");
        _assertParses(string.concat(HEAD, _tail(fine, SEED, "1")), fine, SEED);
        _assertNothing("");
        _assertNothing("\",\"v\":1}");
        _assertNothing("Write a poem.");
        _assertNothing(string.concat(HEAD, _tail(fine, SEED, "2")));
        _assertNothing(string.concat(HEAD, _tail(fine, SEED, "1"), "\n"));
        _assertNothing(string.concat(HEAD, _tail(fine, "0x00", "1")));
        _assertNothing(string.concat(HEAD, _tail(fine, vm.replace(SEED, "af", "AF"), "1")));
        _assertNothing(string.concat(HEAD, _tail(fine, vm.replace(SEED, "af", "\\n"), "1")));
        _assertNothing(string.concat(HEAD, _tail(fine, vm.replace(SEED, "0x", "00"), "1")));
        _assertNothing(string.concat(HEAD, _tail(fine, vm.replace(SEED, "0x", "x0"), "1")));
        _assertNothing(string.concat(HEAD, _tail(_sampler("", "0", "1"), SEED, "1")));
        _assertNothing(string.concat(HEAD, _tail(_sampler("01", "0", "1"), SEED, "1")));
        _assertNothing(string.concat(HEAD, _tail(_sampler("1", "-1", "1"), SEED, "1")));
        _assertNothing(string.concat(HEAD, _tail(_sampler("1", "1.5", "1"), SEED, "1")));
        _assertNothing(string.concat(HEAD, _tail(_sampler("1", "0", "99999999999"), SEED, "1")));
        _assertNothing(string.concat(HEAD, _tail(vm.replace(fine, "top_k", "top_q"), SEED, "1")));
        _assertNothing(string.concat(HEAD, vm.replace(_tail(fine, SEED, "1"), "sampler", "sampled")));
    }

    /// @dev Cut anywhere at its beginning, the end is read while all of it is there.
    function test_Parse_CutAnywhere() external pure {
        string memory fine = _sampler("1", "0", "65536");
        bytes memory end = bytes(_tail(fine, SEED, "1"));
        for (uint256 cut = 0; cut <= end.length; cut++) {
            bytes memory rest = new bytes(end.length - cut);
            for (uint256 i = 0; i < rest.length; i++) {
                rest[i] = end[cut + i];
            }
            _assertParses(string(rest), cut == 0 ? fine : "", cut == 0 ? SEED : "");
        }
    }

    /// @dev A prompt whose text is such an end, quotes escaped as they must be in JSON, is not taken for one.
    function test_Parse_TheTextOfAPrompt() external pure {
        string memory forged = vm.replace(_tail(_sampler("7", "7", "7"), SEED, "1"), "\"", "\\\"");
        _assertNothing(string.concat("{\"prompt\":\"", forged, "\"}"));
        string memory fine = _sampler("1", "0", "65536");
        string memory request = string.concat("{\"max_tokens\":1,\"prompt\":\"", forged, "\",\"prompt_hash\":\"0x\"");
        _assertParses(string.concat(request, _tail(fine, SEED, "1")), fine, SEED);
    }

    function _tail(string memory sampler, string memory seed, string memory version) private pure returns (string memory) {
        return string.concat(",\"sampler\":", sampler, ",\"seed\":\"", seed, "\",\"v\":", version, "}");
    }

    function _sampler(string memory beta, string memory topK, string memory topP) private pure returns (string memory) {
        return string.concat("{\"beta\":", beta, ",\"top_k\":", topK, ",\"top_p\":", topP, "}");
    }

    function _assertParses(string memory request, string memory sampler, string memory seed) private pure {
        (string memory gotSampler, string memory gotSeed) = RequestTail.parse(bytes(request));
        assertEq(gotSampler, sampler, request);
        assertEq(gotSeed, seed, request);
    }

    function _assertNothing(string memory request) private pure {
        _assertParses(request, "", "");
    }
}
