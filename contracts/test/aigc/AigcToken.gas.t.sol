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

    function test_Gas_AddASmallPicture() external {
        uint256 gas = _addPicture(1800);
        _report("add a picture of 1.8 kB", gas);
        assertLe(gas, 580_000);
    }

    function test_Gas_AddAPicture() external {
        uint256 gas = _addPicture(7000);
        _report("add a picture of 7 kB", gas);
        assertLe(gas, 1_850_000);
    }

    function test_Gas_AddTheLargestPicture() external {
        uint256 gas = _addPicture(optimistic.MAX_PICTURE());
        _report("add the largest picture", gas);
        assertLe(gas, 2_150_000);
        optimistic.tokenURI(uint256(keccak256(_prompt)));
        gas = _last();
        _report("tokenURI of the largest picture", gas);
        // Nodes allow a call that nobody pays for some 50 million.
        assertLe(gas, 5_000_000);
    }

    function test_Gas_AddAPictureThatIsNotKept() external {
        uint256 gas = _addPicture(optimistic.MAX_PICTURE() + 1);
        _report("add a picture that is too large to be kept", gas);
        assertLe(gas, 400_000);
    }

    function test_Gas_AddAPictureThatIsKeptAlready() external {
        _addPicture(7000);
        bytes memory picture = pictureOfLength(7000);
        bytes memory other = request("Another letter.");
        uint256 id = mintTo(optimistic, minter, other);
        assertAs(minter, other, picture);
        vm.prank(minter);
        optimistic.addAigcData(id, other, picture, "");
        uint256 gas = _last();
        _report("add a picture of 7 kB that another token has", gas);
        assertLe(gas, 350_000);
    }

    /// @dev The limit of EIP-170, which a local chain may not hold.
    function test_Size_CanBeDeployed() external view {
        assertLe(address(optimistic).code.length, 24_576);
    }

    function _addPicture(uint256 length) private returns (uint256) {
        optimistic = imagesWith(bonded);
        bytes memory picture = pictureOfLength(length);
        _commit(0);
        vm.prank(minter);
        uint256 id = optimistic.mint{value: FEE}(_prompt, SALT);
        assertAs(minter, _prompt, picture);
        vm.prank(minter);
        optimistic.addAigcData(id, _prompt, picture, "");
        return _last();
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
