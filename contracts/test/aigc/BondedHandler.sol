// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {CommonBase} from "forge-std/Base.sol";
import {StdUtils} from "forge-std/StdUtils.sol";

import {BondedAssertionVerifier as Bonded} from "../../src/aigc/BondedAssertionVerifier.sol";

/// @notice Accounts that do whatever they may to a handful of requests, and the sums of what they paid and were paid. Calls that the
/// contract would refuse are not made; that it refuses them is shown elsewhere.
contract BondedHandler is CommonBase, StdUtils {
    bytes32 public constant MODEL = keccak256("model");
    uint256 public constant REQUESTS = 8;
    uint256 public constant ACCOUNTS = 5;

    Bonded public immutable bonded;
    uint256 public paidIn;
    uint256 public paidOut;
    /// @notice Content that was final once, by request.
    mapping(bytes32 requestHash => bytes32 contentHash) public wasFinal;

    constructor(Bonded bonded_) {
        bonded = bonded_;
    }

    function account(uint256 i) public pure returns (address) {
        return address(uint160(0xacc0 + i));
    }

    function prompt(uint256 i) public pure returns (bytes memory) {
        return abi.encode("prompt", i);
    }

    function requestHash(uint256 i) public pure returns (bytes32) {
        return keccak256(prompt(i));
    }

    function bond(uint256 who, uint256 i, uint8 content) external {
        i = bound(i, 0, REQUESTS - 1);
        Bonded.Assertion memory a = bonded.assertionOf(MODEL, requestHash(i));
        address sender = account(bound(who, 0, ACCOUNTS - 1));
        uint256 amount = bonded.bond();
        bytes memory data = abi.encode(content % 3);
        if (a.status == Bonded.Status.None) {
            _pay(sender, amount);
            vm.prank(sender);
            bonded.assertContent{value: amount}(MODEL, prompt(i), data);
        } else if (a.status == Bonded.Status.Asserted && block.timestamp < a.deadline && keccak256(data) != a.contentHash) {
            _pay(sender, amount);
            vm.prank(sender);
            bonded.challenge{value: amount}(MODEL, requestHash(i), data);
        }
        _remember(i);
    }

    function close(uint256 i, bool ruling, uint256 way) external {
        i = bound(i, 0, REQUESTS - 1);
        Bonded.Assertion memory a = bonded.assertionOf(MODEL, requestHash(i));
        bool over = block.timestamp >= a.deadline;
        if (a.status == Bonded.Status.Asserted && over) {
            bonded.settle(MODEL, requestHash(i));
        } else if (a.status == Bonded.Status.Challenged && over) {
            bonded.voidAssertion(MODEL, requestHash(i));
        } else if (a.status == Bonded.Status.Challenged && way % 3 == 0) {
            vm.prank(bonded.arbiter());
            bonded.rule(MODEL, requestHash(i), ruling);
        }
        _remember(i);
    }

    function withdraw(uint256 who, uint256 to) external {
        address sender = account(bound(who, 0, ACCOUNTS - 1));
        uint256 amount = bonded.balanceOf(sender);
        if (amount == 0) return;
        vm.prank(sender);
        bonded.withdraw(payable(account(bound(to, 0, ACCOUNTS - 1))));
        paidOut += amount;
    }

    function wait_(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1, 5 days));
        for (uint256 i = 0; i < REQUESTS; i++) {
            _remember(i);
        }
    }

    function _pay(address sender, uint256 amount) private {
        vm.deal(sender, sender.balance + amount);
        paidIn += amount;
    }

    function _remember(uint256 i) private {
        Bonded.Assertion memory a = bonded.assertionOf(MODEL, requestHash(i));
        bool over = a.status == Bonded.Status.Asserted && block.timestamp >= a.deadline;
        if (wasFinal[requestHash(i)] == 0 && (over || a.status == Bonded.Status.Final)) wasFinal[requestHash(i)] = a.contentHash;
    }
}
