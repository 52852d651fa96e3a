// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {console} from "forge-std/console.sol";

import {AigcFixture} from "./AigcFixture.sol";

/// @dev Each call is a transaction of its own, so the figures have the 21,000, calldata and refunds in them.
/// forge-config: default.isolate = true
contract AigcTokenGasTest is AigcFixture {
    bytes private _prompt;

    function setUp() public override {
        super.setUp();
        _prompt = request("Write a letter about the sea to an old friend, in ten lines.");
        assertApproxEqAbs(_prompt.length, 300, 10);
    }

    function test_Gas_MintWithAKibibyte() external {
        bytes memory content = contentOfLength(1024);
        uint256 commitGas = _commit(keccak256(content));
        assertAs(minter, _prompt, content);
        _report("assert 1 KiB, bonded", _last());
        vm.prank(minter);
        optimistic.mintWithAigcData{value: FEE}(_prompt, content, "", SALT);
        uint256 mintGas = _last();
        _report("commit", commitGas);
        _report("mint with 1 KiB", mintGas);
        assertLe(mintGas, 250_000);
        assertLe(commitGas, 50_000);
    }

    function test_Gas_MintThenAddAKibibyte() external {
        _commit(0);
        vm.prank(minter);
        uint256 id = optimistic.mint{value: FEE}(_prompt, SALT);
        _report("mint without content", _last());
        bytes memory content = contentOfLength(1024);
        assertAs(minter, _prompt, content);
        vm.prank(minter);
        optimistic.addAigcData(id, _prompt, content, "");
        _report("add 1 KiB", _last());
    }

    function _commit(bytes32 contentHash) private returns (uint256 gas) {
        bytes32 commitment = optimistic.commitmentOf(minter, keccak256(_prompt), contentHash, SALT);
        vm.prank(minter);
        optimistic.commit(commitment);
        gas = _last();
        vm.roll(vm.getBlockNumber() + LEAST_AGE);
    }

    function _last() private view returns (uint256) {
        return vm.lastCallGas().gasTotalUsed;
    }

    function _report(string memory what, uint256 gas) private pure {
        console.log(string.concat("gas, ", what), gas);
    }
}
