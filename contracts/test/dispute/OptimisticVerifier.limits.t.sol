// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {console} from "forge-std/console.sol";

import {Assertions} from "../../src/dispute/Assertions.sol";
import {Place, Run, Stage} from "../../src/dispute/Runs.sol";
import {DisputeFixture} from "./DisputeFixture.sol";

/// @notice What can be asserted can be challenged: in one transaction, of a size that nodes take, with gas that a block has.
contract OptimisticVerifierLimitsTest is DisputeFixture {
    /// @dev EIP-7825: most gas of a transaction.
    uint256 private constant MOST_GAS = 16_777_216;
    /// @dev What nodes take.
    uint256 private constant MOST_TRANSACTION = 131_072;

    function test_TheLargestRunCanBeChallengedAndRefuted() public {
        Run memory run = _largest();
        vm.deal(node, BOND);
        vm.prank(node);
        verifier.assertRun{value: BOND}(node, run);
        bytes memory call = abi.encodeCall(verifier.challenge, (node, run, program, Place(Stage.Layer, 0, 4000)));
        assertLt(call.length, MOST_TRANSACTION - 1000);
        vm.prank(watcher);
        (bool isTaken,) = address(verifier).call{value: CHALLENGE_BOND + QUESTION_FEE}(call);
        assertTrue(isTaken);
        uint256 gas = vm.lastCallGas().gasTotalUsed + 21_000 + 16 * call.length;
        console.log("the largest challenge: %s gas, %s bytes", gas, call.length);
        assertLt(gas, MOST_GAS);
        run.promptIds = 2;
        vm.deal(node, BOND);
        vm.prank(node);
        verifier.assertRun{value: BOND}(node, run);
        vm.prank(watcher);
        verifier.refuteForm(node, run, program);
        assertLt(vm.lastCallGas().gasTotalUsed + 21_000 + 16 * call.length, MOST_GAS);
    }

    function test_ALargerRunIsRefused() public {
        Run memory run = _largest();
        run.prompt = bytes.concat(run.prompt, " ");
        vm.expectRevert(abi.encodeWithSelector(Assertions.RunTooLong.selector, 98_305, 98_304));
        verifier.assertRun{value: BOND}(node, run);
        run.ids = new bytes(4 * 4096 + 1);
        vm.expectRevert(abi.encodeWithSelector(Assertions.RunTooLong.selector, 16_385, 16_384));
        verifier.assertRun{value: BOND}(node, run);
    }

    /// @dev A well-formed run of as many ids and bytes as there can be.
    function _largest() private view returns (Run memory run) {
        uint256 pieces = 4094;
        run = Run(modelId, "", new bytes(pieces), 1, new bytes(4 * 4096), new bytes(2 * pieces), new bytes32[](2));
        run.ids[3] = bytes1(uint8(65));
        for (uint256 i = 0; i < pieces; i++) {
            run.content[i] = "a";
            run.ids[4 * i + 7] = "a";
            run.lengths[2 * i + 1] = 0x01;
        }
        run.ids[4 * 4095 + 2] = 0x01;
        run.ids[4 * 4095 + 3] = bytes1(uint8(STOP - 256));
        bytes memory tail = bytes.concat(
            "\",\"prompt_hash\":\"",
            bytes(Strings.toHexString(uint256(keccak256(abi.encodePacked(uint32(65)))), 32)),
            "\",\"sampler\":{\"beta\":2147483647,\"top_k\":4294967295,\"top_p\":65536},\"seed\":\"",
            bytes(Strings.toHexString(uint256(keccak256("seed")), 32)),
            "\",\"v\":1}"
        );
        bytes memory head = "{\"max_tokens\":4095,\"prompt\":\"";
        uint256 rest = 98_304 - run.content.length - run.ids.length - run.lengths.length - 64 - head.length - tail.length;
        bytes memory text = new bytes(rest);
        for (uint256 i = 0; i < rest; i++) {
            text[i] = "x";
        }
        run.prompt = bytes.concat(head, text, tail);
    }
}
