// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IAIOracle, IAIOracleCallback} from "../../src/interfaces/IAIOracle.sol";
import {AIOracle} from "../../src/oracle/AIOracle.sol";

/// @notice A receiver as they are written for the published oracle: it knows nothing but `IAIOracle`.
contract PublishedReceiver is IAIOracleCallback {
    IAIOracle public immutable oracle;
    mapping(uint256 requestId => string) public results;
    uint256 public calls;

    constructor(IAIOracle oracle_) {
        oracle = oracle_;
    }

    function calculate(uint256 modelId, bytes calldata input, uint64 gasLimit) external payable returns (uint256) {
        return oracle.requestCallback{value: msg.value}(modelId, input, address(this), gasLimit, "data");
    }

    function aiOracleCallback(uint256 requestId, bytes calldata output, bytes calldata callbackData) external {
        require(msg.sender == address(oracle), "not the oracle");
        require(keccak256(callbackData) == keccak256("data"), "other data");
        results[requestId] = string(output);
        calls += 1;
    }
}

/// @notice A receiver that misbehaves in a way that can be set.
contract BadReceiver is IAIOracleCallback {
    enum Way {
        Take,
        Revert,
        BurnGas,
        ReturnBomb,
        Reenter
    }

    Way public way;
    AIOracle private immutable _oracle;
    bytes private _call;

    constructor(AIOracle oracle) {
        _oracle = oracle;
    }

    function set(Way way_, bytes calldata call_) external {
        (way, _call) = (way_, call_);
    }

    function aiOracleCallback(uint256, bytes calldata, bytes calldata) external {
        if (way == Way.Revert) revert("no");
        if (way == Way.BurnGas) while (true) {}
        if (way == Way.ReturnBomb) {
            assembly {
                revert(0, 1000000)
            }
        }
        if (way == Way.Reenter) {
            (bool isTaken,) = address(_oracle).call(_call);
            require(isTaken, "not again");
        }
    }
}
