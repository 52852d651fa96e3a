// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Test} from "forge-std/Test.sol";

import {Deploy} from "../../script/Deploy.s.sol";
import {OptimisticVerifier} from "../../src/dispute/OptimisticVerifier.sol";
import {ModelRegistry} from "../../src/model/ModelRegistry.sol";
import {AIOracle} from "../../src/oracle/AIOracle.sol";

contract OptimisticVerifierDeployTest is Test {
    function test_DeploysWhatDisputesAndTheOracleNeed() public {
        ModelRegistry registry = new ModelRegistry();
        vm.setEnv("BOND", "1000000000000000000");
        vm.setEnv("CHALLENGE_BOND", "200000000000000000");
        vm.setEnv("QUESTION_FEE", "5000000000000000");
        vm.setEnv("WINDOW", "86400");
        vm.setEnv("CLOCK", "3600");
        vm.setEnv("ORACLE_REGISTRY", vm.toString(address(registry)));
        vm.setEnv("ANSWER_FEE", "2000000000000000");
        vm.setEnv("CALLBACK_GAS_PRICE", "10000000000");
        Deploy deploy = new Deploy();
        (OptimisticVerifier verifier, AIOracle oracle) = deploy.disputes();
        assertEq(verifier.bond(), 1 ether);
        assertEq(verifier.challengeBond(), 0.2 ether);
        assertEq(verifier.questionFee(), 0.005 ether);
        assertEq(verifier.window(), 1 days);
        assertEq(verifier.clock(), 1 hours);
        assertEq(address(oracle.verifier()), address(verifier));
        assertEq(address(oracle.registry()), address(registry));
        assertEq(oracle.answerFee(), 0.002 ether);
        assertEq(oracle.callbackGasPrice(), 10 gwei);
        assertGt(address(verifier.programs()).code.length, 0);
        assertGt(address(verifier.referee()).code.length, 0);
        assertGt(address(verifier.reader()).code.length, 0);
        deploy.refuseStandIn(address(verifier));
    }
}
