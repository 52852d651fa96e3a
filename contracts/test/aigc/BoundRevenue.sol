// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IModelBound} from "../../src/interfaces/IModelBound.sol";

/// @notice The part of a revenue token that collections and registries see: it belongs to a model and takes ETH, with a log and a sum.
contract BoundRevenue is IModelBound {
    event RevenueReceived(address indexed from, uint256 amount);

    bytes32 public immutable modelId;
    uint256 public received;

    constructor(bytes32 model) {
        modelId = model;
    }

    receive() external payable {
        received += msg.value;
        emit RevenueReceived(msg.sender, msg.value);
    }
}
