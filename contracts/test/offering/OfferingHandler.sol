// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Test} from "forge-std/Test.sol";

import {IModelOffering} from "../../src/interfaces/IModelOffering.sol";
import {ModelOffering} from "../../src/offering/ModelOffering.sol";
import {RevShareToken} from "../../src/revshare/RevShareToken.sol";
import {Refuser} from "./OfferingCoins.sol";

/// @dev Does what anyone can do, at any time, only where it must succeed; and keeps its own books. Odd accounts refuse ETH.
contract OfferingHandler is Test {
    ModelOffering public immutable offering;
    RevShareToken public immutable token;
    IModelOffering.Terms private _terms;

    address[] public accounts;
    mapping(address => uint256) public deposited;
    mapping(address => uint256) public ethOut;
    uint256 public raised;
    uint256 public paidBack;
    uint256 public tokensOut;
    uint256 public forced;
    bool public finalized;
    bytes32 public immutable termsHash;

    constructor(ModelOffering offering_, RevShareToken token_) {
        (offering, token) = (offering_, token_);
        (, _terms,) = offering_.terms();
        termsHash = keccak256(abi.encode(_terms));
        for (uint256 i = 0; i < 8; ++i) {
            accounts.push(i % 2 == 0 ? makeAddr(vm.toString(i)) : address(new Refuser()));
        }
    }

    function wait(uint256 secs) external {
        vm.warp(block.timestamp + bound(secs, 0, 6 hours));
        vm.roll(block.number + 1);
    }

    function deposit(uint256 who, uint256 amount) external {
        if (offering.phase() != IModelOffering.Phase.Open) return;
        address account = accounts[who % accounts.length];
        uint256 room = _terms.accountCap - deposited[account];
        if (room == 0) return;
        amount = bound(amount, 1, room);
        vm.deal(address(this), amount);
        vm.deal(account, account.balance + amount);
        vm.prank(account);
        offering.deposit{value: amount}(amount);
        deposited[account] += amount;
        raised += amount;
    }

    function settle(uint256 who, bool byAnother) external {
        IModelOffering.Phase phase = offering.phase();
        bool won = phase == IModelOffering.Phase.Succeeded;
        if (!won && phase != IModelOffering.Phase.Failed) return;
        address account = accounts[who % accounts.length];
        IModelOffering.State memory s = offering.state(account);
        if (s.deposited == 0 || s.settled) return;
        address to = account;
        if (account.code.length > 0 && s.refund > 0) to = makeAddr(string.concat("of ", vm.toString(account)));
        uint256 before = to.balance;
        uint256 tokensBefore = token.balanceOf(to);
        if (to != account || !byAnother) {
            vm.prank(account);
            if (won) offering.claimTo(to);
            else offering.refundTo(to);
        } else if (won) {
            offering.claim(account);
        } else {
            offering.refund(account);
        }
        // What was shown is what is paid.
        assertEq(to.balance - before, s.refund);
        assertEq(token.balanceOf(to) - tokensBefore, s.allocation);
        paidBack += s.refund;
        tokensOut += s.allocation;
    }

    function finalize() external {
        IModelOffering.Phase phase = offering.phase();
        if (finalized || (phase != IModelOffering.Phase.Succeeded && phase != IModelOffering.Phase.Failed)) return;
        offering.finalize();
        finalized = true;
    }

    function release(uint256 part) external {
        if (!finalized || offering.phase() != IModelOffering.Phase.Succeeded) return;
        IModelOffering.Part which = IModelOffering.Part(part % 3);
        (,, address[3] memory wallets) = offering.terms();
        if (token.balanceOf(wallets[uint8(which)]) > 0) return;
        offering.release(which);
    }

    function force(uint256 amount) external {
        amount = bound(amount, 1, 1 ether);
        vm.deal(address(offering), address(offering).balance + amount);
        forced += amount;
    }

    function forward() external {
        if (!finalized) return;
        uint256 before = address(token).balance;
        try offering.forwardExcess(address(0)) {
            forced = 0;
            // Rounding may have left some more than what was forced.
            assertGe(address(token).balance, before);
        } catch (bytes memory why) {
            assertEq(bytes4(why), IModelOffering.OfferingNoExcess.selector);
        }
    }

    function count() external view returns (uint256) {
        return accounts.length;
    }
}
