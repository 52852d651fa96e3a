// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Deploy} from "../../script/Deploy.s.sol";
import {AigcToken} from "../../src/aigc/AigcToken.sol";
import {ModelRegistry} from "../../src/model/ModelRegistry.sol";
import {AigcFixture} from "./AigcFixture.sol";

/// @dev The script for production takes a verifier and refuses the stand-in.
contract BondedAssertionVerifierDeployTest is AigcFixture {
    Deploy private _script;

    function setUp() public override {
        super.setUp();
        _script = new Deploy();
        vm.setEnv("REVENUE_TOKEN", vm.toString(revenue));
        vm.setEnv("COLLECTION_NAME", "Tiny");
        vm.setEnv("COLLECTION_SYMBOL", "TINY");
        vm.setEnv("AIGC_TYPE", "text");
        vm.setEnv("MINT_FEE", vm.toString(FEE));
        vm.setEnv("ROYALTY_BPS", "250");
        vm.setEnv("MIN_COMMIT_AGE", "1");
        vm.setEnv("MAX_COMMIT_AGE", "7200");
    }

    /// @dev One test, since the environment is one for all of them.
    function test_Run_RefusesTheStandInAlone() external {
        vm.setEnv("CONTENT_VERIFIER", vm.toString(address(bonded)));
        vm.expectRevert(abi.encodeWithSelector(Deploy.DeployRefusesStandIn.selector, address(bonded)));
        _script.run();

        vm.setEnv("CONTENT_VERIFIER", vm.toString(address(signed)));
        (ModelRegistry registry, AigcToken collection) = _script.run();
        assertGt(address(registry).code.length, 0);
        assertEq(address(collection.verifier()), address(signed));
        assertEq(collection.modelId(), MODEL);
        assertEq(collection.mintFee(), FEE);
        assertEq(collection.minCommitAge(), 1);
        assertEq(collection.maxCommitAge(), 7200);
    }

    function test_RefuseStandIn() external {
        _script.refuseStandIn(address(signed));
        vm.expectRevert(abi.encodeWithSelector(Deploy.DeployRefusesStandIn.selector, address(bonded)));
        _script.refuseStandIn(address(bonded));
    }
}
