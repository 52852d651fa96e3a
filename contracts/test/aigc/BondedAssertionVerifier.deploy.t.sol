// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Demo} from "../../script/Demo.s.sol";
import {Deploy} from "../../script/Deploy.s.sol";
import {AigcToken} from "../../src/aigc/AigcToken.sol";
import {BondedAssertionVerifier} from "../../src/aigc/BondedAssertionVerifier.sol";
import {ModelRegistry} from "../../src/model/ModelRegistry.sol";
import {ModelOfferingFactory} from "../../src/offering/ModelOfferingFactory.sol";
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
    function test_Collection_RefusesTheStandInAlone() external {
        vm.setEnv("CONTENT_VERIFIER", vm.toString(address(bonded)));
        vm.expectRevert(abi.encodeWithSelector(Deploy.DeployRefusesStandIn.selector, address(bonded)));
        _script.collection();

        vm.setEnv("CONTENT_VERIFIER", vm.toString(address(signed)));
        AigcToken collection = _script.collection();
        assertEq(address(collection.verifier()), address(signed));
        assertEq(collection.modelId(), MODEL);
        assertEq(collection.mintFee(), FEE);
        assertEq(collection.minCommitAge(), 1);
        assertEq(collection.maxCommitAge(), 7200);

        // Only on a local chain is the stand-in taken.
        vm.setEnv("CONTENT_VERIFIER", vm.toString(address(bonded)));
        Demo demo = new Demo();
        vm.expectRevert(abi.encodeWithSelector(Demo.DemoIsForLocalChains.selector, 1));
        vm.chainId(1);
        demo.collection();
        vm.chainId(demo.LOCAL());
        assertEq(address(demo.collection().verifier()), address(bonded));
    }

    function test_Run() external {
        (ModelOfferingFactory factory, ModelRegistry registry) = _script.run();
        assertGt(address(factory).code.length, 0);
        vm.setEnv("REGISTRY", vm.toString(address(registry)));
        vm.setEnv("MODEL_FEE", "7");
        vm.setEnv("MODEL_URI", "https://example.org/model.imo");
        _script.register();
        assertEq(registry.revenueTokenOf(MODEL, DEFAULT_SENDER), address(revenue));
        assertEq(registry.feeOf(MODEL, DEFAULT_SENDER), 7);
        assertEq(registry.uriOf(MODEL, DEFAULT_SENDER, 0), "https://example.org/model.imo");
    }

    function test_Demo_IsForLocalChains() external {
        Demo demo = new Demo();
        vm.chainId(1);
        vm.expectRevert(abi.encodeWithSelector(Demo.DemoIsForLocalChains.selector, 1));
        demo.verifier();
        vm.expectRevert(abi.encodeWithSelector(Demo.DemoIsForLocalChains.selector, 1));
        demo.receiver();
        vm.chainId(demo.LOCAL());
        BondedAssertionVerifier verifier = demo.verifier();
        assertTrue(verifier.IS_STAND_IN());
        assertEq(verifier.arbiter(), DEFAULT_SENDER);
    }

    function test_RefuseStandIn() external {
        _script.refuseStandIn(address(signed));
        vm.expectRevert(abi.encodeWithSelector(Deploy.DeployRefusesStandIn.selector, address(bonded)));
        _script.refuseStandIn(address(bonded));
    }
}
