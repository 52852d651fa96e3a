// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {console} from "forge-std/console.sol";

import {Run} from "../../src/dispute/Runs.sol";
import {AIOracle} from "../../src/oracle/AIOracle.sol";
import {OracleRequests} from "../../src/oracle/OracleRequests.sol";
import {OracleFixture} from "./OracleFixture.sol";
import {PublishedReceiver} from "./Receivers.sol";

/// @notice Gas of the calls that people pay for, as execution; `cargo xtask bench gas` prints what is logged.
contract AIOracleGasTest is OracleFixture {
    function test_GasOfARequest() public {
        PublishedReceiver receiver = new PublishedReceiver(oracle);
        bytes memory input = request("one");
        Run memory run = runOf(input, "eight b.");
        ask(request("before"));
        uint256 cost = fee();
        vm.recordLogs();
        vm.prank(user);
        uint256 id = oracle.requestCallback{value: cost}(number, input, address(receiver), GAS_LIMIT, "data");
        console.log("gas request:", vm.lastCallGas().gasTotalUsed + 21_000 + 16 * uint256(input.length + 300));
        OracleRequests.Request memory r = requested();
        commitTo(node, id, run);
        vm.roll(block.number + 1);
        vm.prank(node);
        oracle.answer{value: BOND}(id, r, run, "", SALT);
        console.log("gas answer, without calldata:", vm.lastCallGas().gasTotalUsed + 21_000);
        vm.warp(block.timestamp + WINDOW);
        finalize(id, r, 0, node, run, "data");
        console.log("gas finalize, without calldata:", vm.lastCallGas().gasTotalUsed + 21_000);
    }
}
