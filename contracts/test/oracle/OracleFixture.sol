// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Vm} from "forge-std/Vm.sol";

import {Run} from "../../src/dispute/Runs.sol";
import {ModelRegistry} from "../../src/model/ModelRegistry.sol";
import {AIOracle} from "../../src/oracle/AIOracle.sol";
import {OracleRequests} from "../../src/oracle/OracleRequests.sol";
import {revenueOf} from "../aigc/RevenueOf.sol";
import {DisputeFixture} from "../dispute/DisputeFixture.sol";

/// @notice An oracle with a model that costs something.
abstract contract OracleFixture is DisputeFixture {
    uint208 internal constant MODEL_FEE = 0.01 ether;
    uint256 internal constant ANSWER_FEE = 0.002 ether;
    uint256 internal constant GAS_PRICE = 10 gwei;
    uint64 internal constant GAS_LIMIT = 100_000;
    bytes32 internal constant SALT = keccak256("salt");

    AIOracle internal oracle;
    address internal revenue;
    uint256 internal number;
    address internal user = makeAddr("user");

    function setUp() public virtual override {
        super.setUp();
        ModelRegistry registry = new ModelRegistry();
        revenue = revenueOf(modelId);
        registry.register(modelId, revenue, MODEL_FEE, "https://example.org/model.imo");
        oracle = new AIOracle(verifier, registry, ANSWER_FEE, GAS_PRICE);
        number = oracle.listModel(modelId, address(this));
        vm.deal(user, 100 ether);
    }

    function fee() internal view returns (uint256) {
        return oracle.estimateFee(number, GAS_LIMIT);
    }

    /// @dev A user asks, for nobody to be called.
    function ask(bytes memory input) internal returns (uint256 id, OracleRequests.Request memory r) {
        uint256 paid = fee();
        vm.recordLogs();
        vm.prank(user);
        id = oracle.requestCallback{value: paid}(number, input, address(0), GAS_LIMIT, "");
        r = requested();
    }

    /// @dev The request in the logs that were recorded.
    function requested() internal returns (OracleRequests.Request memory r) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; i++) {
            if (logs[i].topics[0] == OracleRequests.Requested.selector) r = abi.decode(logs[i].data, (OracleRequests.Request));
        }
    }

    /// @dev Commit, and answer a block later.
    function answer(address who, uint256 id, OracleRequests.Request memory r, Run memory run, bytes memory data) internal {
        commitTo(who, id, run);
        vm.roll(block.number + 1);
        vm.prank(who);
        oracle.answer{value: BOND}(id, r, run, data, SALT);
    }

    function commitTo(address who, uint256 id, Run memory run) internal {
        bytes32 commitment = oracle.commitmentOf(who, bytes32(id), verifier.numberOf(who, run), SALT);
        vm.prank(who);
        oracle.commit(commitment);
    }

    function finalize(uint256 id, OracleRequests.Request memory r, uint256 index, address who, Run memory run, bytes memory data)
        internal
    {
        oracle.finalize(id, r, index, claimed(who, run), run.content, data);
    }
}
