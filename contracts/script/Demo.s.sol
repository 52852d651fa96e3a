// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {BondedAssertionVerifier} from "../src/aigc/BondedAssertionVerifier.sol";
import {IAIOracle} from "../src/interfaces/IAIOracle.sol";
import {PublishedReceiver} from "../test/oracle/Receivers.sol";
import {Deploy} from "./Deploy.s.sol";

/// @title Deploys on a local chain, where the stand-in of a verifier may be used
contract Demo is Deploy {
    /// @notice The chain is not a local one.
    error DemoIsForLocalChains(uint256 chainId);

    /// @notice The chain id of anvil.
    uint256 public constant LOCAL = 31_337;

    /// @notice Deploys a verifier with a bond of a tenth of an ether and times of an hour, whose arbiter is the deployer.
    function verifier() external returns (BondedAssertionVerifier deployed) {
        requireLocal();
        vm.startBroadcast();
        (, address deployer,) = vm.readCallers();
        deployed = new BondedAssertionVerifier(0.1 ether, 1 hours, 1 hours, deployer);
        vm.stopBroadcast();
    }

    /// @notice Deploys a receiver of an oracle's results, as they are written for the published oracle. Reads ORACLE.
    function receiver() external returns (PublishedReceiver deployed) {
        requireLocal();
        IAIOracle oracle = IAIOracle(vm.envAddress("ORACLE"));
        vm.broadcast();
        deployed = new PublishedReceiver(oracle);
    }

    /// @inheritdoc Deploy
    function refuseStandIn(address) public view override {
        requireLocal();
    }

    /// @notice Reverts on any chain but a local one.
    function requireLocal() public view {
        if (block.chainid != LOCAL) revert DemoIsForLocalChains(block.chainid);
    }
}
