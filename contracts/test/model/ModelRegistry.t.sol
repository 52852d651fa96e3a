// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {stdError} from "forge-std/StdError.sol";
import {Test} from "forge-std/Test.sol";

import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {ModelRegistry} from "../../src/model/ModelRegistry.sol";
import {revenueOf} from "../aigc/RevenueOf.sol";

contract ModelRegistryTest is Test {
    bytes32 private constant MODEL = keccak256("model");
    string private constant URI = "ipfs://bafy";
    ModelRegistry private _registry;
    address private _author = makeAddr("author");
    address private _stranger = makeAddr("stranger");
    address private _token;

    function setUp() external {
        vm.roll(1000);
        _registry = new ModelRegistry();
        _token = revenueOf(MODEL);
    }

    function test_Register() external {
        vm.expectEmit(address(_registry));
        emit IModelRegistry.ModelRegistered(MODEL, _author, _token);
        vm.expectEmit(address(_registry));
        emit IModelRegistry.ModelFeeAnnounced(MODEL, _author, 7, 1000);
        vm.expectEmit(address(_registry));
        emit IModelRegistry.ModelUriAdded(MODEL, _author, 0, URI);
        _register(_author, _token);
        assertEq(_registry.revenueTokenOf(MODEL, _author), _token);
        assertEq(_registry.uriCount(MODEL, _author), 1);
        assertEq(_registry.uriOf(MODEL, _author, 0), URI);
        assertEq(_registry.feeOf(MODEL, _author), 7);
    }

    /// @dev A stranger who is first, with a token of their own for the same model, takes nothing from the author.
    function test_Register_AStrangerFirst() external {
        address own = revenueOf(MODEL);
        _register(_stranger, own);
        vm.prank(_stranger);
        _registry.announceFee(MODEL, 1000);
        _register(_author, _token);
        assertEq(_registry.revenueTokenOf(MODEL, _author), _token);
        assertEq(_registry.revenueTokenOf(MODEL, _stranger), own);
        vm.roll(100_000);
        assertEq(_registry.feeOf(MODEL, _author), 7);
        vm.prank(_stranger);
        _registry.addUri(MODEL, "ipfs://evil");
        assertEq(_registry.uriCount(MODEL, _author), 1);
    }

    function test_RevertWhen_RegisteredTwice() external {
        _register(_author, _token);
        address other = revenueOf(MODEL);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelAlreadyRegistered.selector, MODEL, _author));
        _register(_author, other);
    }

    function test_RevertWhen_TheTokenIsOfAnotherModel() external {
        address other = revenueOf(~MODEL);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelTokenOfOtherModel.selector, other, MODEL));
        _register(_author, other);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelTokenOfOtherModel.selector, _stranger, MODEL));
        _register(_author, _stranger);
        // A contract that belongs to no model.
        vm.expectRevert(bytes(""));
        _register(_author, address(_registry));
    }

    function test_AddUri_Appends() external {
        _register(_author, _token);
        string memory longest = _text(_registry.MAX_URI());
        vm.expectEmit(address(_registry));
        emit IModelRegistry.ModelUriAdded(MODEL, _author, 1, longest);
        vm.prank(_author);
        _registry.addUri(MODEL, longest);
        assertEq(_registry.uriCount(MODEL, _author), 2);
        assertEq(_registry.uriOf(MODEL, _author, 0), URI);
        assertEq(_registry.uriOf(MODEL, _author, 1), longest);
        vm.expectRevert(stdError.indexOOBError);
        _registry.uriOf(MODEL, _author, 2);
    }

    function test_RevertWhen_TheUriHasABadLength() external {
        _register(_author, _token);
        uint256 most = _registry.MAX_URI();
        vm.startPrank(_author);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelUriLength.selector, 0));
        _registry.addUri(MODEL, "");
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelUriLength.selector, most + 1));
        _registry.addUri(MODEL, _text(most + 1));
    }

    function test_AnnounceFee_HoldsAfterTheNotice() external {
        _register(_author, _token);
        vm.roll(2000);
        uint256 from = 2000 + _registry.FEE_NOTICE();
        vm.expectEmit(address(_registry));
        emit IModelRegistry.ModelFeeAnnounced(MODEL, _author, 9, from);
        vm.prank(_author);
        assertEq(_registry.announceFee(MODEL, 9), from);
        assertEq(_registry.feeOf(MODEL, _author), 7);
        vm.roll(from - 1);
        assertEq(_registry.feeOf(MODEL, _author), 7);
        vm.roll(from);
        assertEq(_registry.feeOf(MODEL, _author), 9);
        assertEq(_registry.feeAt(MODEL, _author, uint48(from - 1)), 7, "its history stays");
        assertEq(_registry.feeAt(MODEL, _author, 1000), 7);
    }

    /// @dev However often a fee is announced, the one of the coming blocks is settled.
    function testFuzz_AnnounceFee_NeverSurprises(uint208[8] calldata fees, uint16[8] calldata gaps, uint16 ahead) external {
        _register(_author, _token);
        ahead = uint16(bound(ahead, 0, _registry.FEE_NOTICE() - 1));
        for (uint256 i = 0; i < fees.length; i++) {
            uint48 later = uint48(vm.getBlockNumber() + ahead);
            uint256 seen = _registry.feeAt(MODEL, _author, later);
            vm.prank(_author);
            _registry.announceFee(MODEL, fees[i]);
            assertEq(_registry.feeAt(MODEL, _author, later), seen);
            vm.roll(vm.getBlockNumber() + gaps[i]);
        }
    }

    function test_RevertWhen_NotRegistered() external {
        bytes memory unknown = abi.encodeWithSelector(IModelRegistry.ModelNotRegistered.selector, MODEL, _author);
        vm.startPrank(_author);
        vm.expectRevert(unknown);
        _registry.addUri(MODEL, URI);
        vm.expectRevert(unknown);
        _registry.announceFee(MODEL, 1);
        vm.expectRevert(unknown);
        _registry.revenueTokenOf(MODEL, _author);
        vm.expectRevert(unknown);
        _registry.uriCount(MODEL, _author);
        vm.expectRevert(unknown);
        _registry.uriOf(MODEL, _author, 0);
        vm.expectRevert(unknown);
        _registry.feeOf(MODEL, _author);
        vm.stopPrank();
        _register(_author, _token);
        vm.expectRevert(unknown);
        _registry.feeAt(MODEL, _author, 999);
        // The record is the author's, so for a stranger there is none to change.
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelNotRegistered.selector, MODEL, _stranger));
        vm.prank(_stranger);
        _registry.announceFee(MODEL, 1);
    }

    function _register(address who, address token) private {
        vm.prank(who);
        _registry.register(MODEL, token, 7, URI);
    }

    function _text(uint256 length) private pure returns (string memory) {
        bytes memory text = new bytes(length);
        for (uint256 i = 0; i < length; i++) {
            text[i] = "u";
        }
        return string(text);
    }
}
