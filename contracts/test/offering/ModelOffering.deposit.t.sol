// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";

import {IModelOffering} from "../../src/interfaces/IModelOffering.sol";
import {OfferingBase} from "./OfferingBase.sol";
import {FeeCoin} from "./OfferingCoins.sol";

contract ModelOfferingDepositTest is OfferingBase {
    function test_WhenOpen_DepositIsCounted() external {
        open();
        vm.expectEmit(address(offering));
        emit IModelOffering.Deposited(alice, 10 ether, 10 ether, 10 ether);
        pay(alice, 10 ether);
        pay(bob, 5 ether);
        pay(alice, 1 ether);
        IModelOffering.State memory s = offering.state(alice);
        assertEq(uint8(s.phase), uint8(IModelOffering.Phase.Open));
        assertEq(s.deposited, 11 ether);
        assertEq(s.raised, 16 ether);
        // Below the target all would be paid back.
        assertEq(s.refund, 11 ether);
        assertEq(s.allocation, 0);
        assertFalse(s.settled || s.finalized);
    }

    function test_WhenNotOpen_DepositReverts() external {
        vm.deal(alice, 1 ether);
        vm.expectRevert(abi.encodeWithSelector(IModelOffering.OfferingWrongPhase.selector, IModelOffering.Phase.Pending));
        vm.prank(alice);
        offering.deposit{value: 1 ether}(1 ether);
        close();
        vm.expectRevert(abi.encodeWithSelector(IModelOffering.OfferingWrongPhase.selector, IModelOffering.Phase.Failed));
        vm.prank(alice);
        offering.deposit{value: 1 ether}(1 ether);
    }

    function test_WhenAmountIsWrong_DepositReverts() external {
        open();
        vm.deal(alice, 100 ether);
        vm.startPrank(alice);
        vm.expectRevert(IModelOffering.OfferingZeroDeposit.selector);
        offering.deposit(0);
        vm.expectRevert(abi.encodeWithSelector(IModelOffering.OfferingWrongValue.selector, 2 ether, 1 ether));
        offering.deposit{value: 1 ether}(2 ether);
        offering.deposit{value: 49 ether}(49 ether);
        vm.expectRevert(abi.encodeWithSelector(IModelOffering.OfferingAccountCapExceeded.selector, alice, 1 ether + 1, 1 ether));
        offering.deposit{value: 1 ether + 1}(1 ether + 1);
        offering.deposit{value: 1 ether}(1 ether);
    }

    function test_WhenEtherIsSentWithoutDeposit_ItReverts() external {
        vm.deal(alice, 1 ether);
        vm.prank(alice);
        (bool done, bytes memory why) = address(offering).call{value: 1 ether}("");
        assertFalse(done);
        assertEq(why, abi.encodeWithSelector(IModelOffering.OfferingDirectPayment.selector, alice));
    }

    function test_WhenPermitIsForEther_ItReverts() external {
        open();
        vm.expectRevert(IModelOffering.OfferingPermitOfEther.selector);
        offering.depositWithPermit(1, 0, 0, 0, 0);
    }
}

contract ModelOfferingCoinDepositTest is OfferingBase {
    uint256 private key;
    address private signer;

    function setUp() public override {
        super.setUp();
        (signer, key) = makeAddrAndKey("signer");
        coin.mint(signer, 100 ether);
        open();
    }

    function terms() internal view override returns (IModelOffering.Terms memory t) {
        t = super.terms();
        t.currency = address(coin);
    }

    function sign(uint256 amount, uint256 deadline) private view returns (uint8, bytes32, bytes32) {
        bytes32 permit = keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        bytes32 data = keccak256(abi.encode(permit, signer, address(offering), amount, coin.nonces(signer), deadline));
        return vm.sign(key, keccak256(abi.encodePacked("\x19\x01", coin.DOMAIN_SEPARATOR(), data)));
    }

    function test_WhenAllowed_CoinIsTaken() external {
        vm.startPrank(signer);
        coin.approve(address(offering), 40 ether);
        offering.deposit(40 ether);
        assertEq(coin.balanceOf(address(offering)), 40 ether);
        assertEq(offering.state(signer).deposited, 40 ether);
    }

    function test_WhenPermitted_OneCallIsEnough() external {
        (uint8 v, bytes32 r, bytes32 s) = sign(40 ether, block.timestamp);
        vm.prank(signer);
        offering.depositWithPermit(40 ether, block.timestamp, v, r, s);
        assertEq(offering.state(signer).deposited, 40 ether);
    }

    function test_WhenPermitWasUsedUp_DepositStillWorks() external {
        (uint8 v, bytes32 r, bytes32 s) = sign(40 ether, block.timestamp);
        vm.prank(bob);
        coin.permit(signer, address(offering), 40 ether, block.timestamp, v, r, s);
        vm.prank(signer);
        offering.depositWithPermit(40 ether, block.timestamp, v, r, s);
        assertEq(offering.state(signer).deposited, 40 ether);
    }

    function test_WhenPermitIsWrong_DepositReverts() external {
        (uint8 v, bytes32 r, bytes32 s) = sign(40 ether, block.timestamp);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(offering), 0, 41 ether));
        vm.prank(signer);
        offering.depositWithPermit(41 ether, block.timestamp, v, r, s);
    }

    function test_WhenEtherIsSentToo_DepositReverts() external {
        vm.deal(signer, 1);
        vm.expectRevert(abi.encodeWithSelector(IModelOffering.OfferingWrongValue.selector, 0, 1));
        vm.prank(signer);
        offering.deposit{value: 1}(1 ether);
    }

    function test_WhenTransferTakesAFee_DepositReverts() external {
        coin = new FeeCoin();
        offer(terms());
        open();
        coin.mint(signer, 100 ether);
        vm.startPrank(signer);
        coin.approve(address(offering), 10 ether);
        vm.expectRevert(abi.encodeWithSelector(IModelOffering.OfferingInexactTransfer.selector, 10 ether, 9.9 ether));
        offering.deposit(10 ether);
    }

    function test_WhenOverAndFailed_CoinsComeBack() external {
        vm.startPrank(signer);
        coin.approve(address(offering), 20 ether);
        offering.deposit(20 ether);
        close();
        offering.refund(signer);
        assertEq(coin.balanceOf(signer), 100 ether);
    }
}
