// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC20Votes} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Votes.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";

import {RevShareBase} from "./RevShareBase.sol";

/// @dev OpenZeppelin's token with past balances, for accounts that have delegated to themselves.
contract PlainVotes is ERC20, ERC20Permit, ERC20Votes {
    constructor(address holder, uint256 supply) ERC20("Votes", "VOTES") ERC20Permit("Votes") {
        _mint(holder, supply);
    }

    function _update(address from, address to, uint256 value) internal override(ERC20, ERC20Votes) {
        super._update(from, to, value);
    }

    function nonces(address owner) public view override(ERC20Permit, Nonces) returns (uint256) {
        return super.nonces(owner);
    }
}

/// @dev Whole transactions, printed as `gas <what> <figure>`: what a call costs with cold storage, and what its transaction costs besides.
/// forge-config: default.isolate = true
contract RevShareTokenGasTest is RevShareBase {
    PlainVotes private votes;

    function setUp() public override {
        super.setUp();
        token = deploy(80, new address[](0));
        distribute();
        votes = new PlainVotes(alice, SUPPLY);
        address[3] memory holders = [alice, bob, carol];
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(holders[i]);
            votes.delegate(holders[i]);
        }
        vm.prank(alice);
        assertTrue(votes.transfer(bob, SUPPLY * 30 / 100));
        vm.roll(block.number + 1);
        vm.deal(alice, 1 ether);
        vm.deal(bob, 1 ether);
        for (uint256 i = 0; i < 21; ++i) {
            earn(1 ether);
            snapshot();
        }
        vm.roll(block.number + 1);
    }

    function test_Gas_Deposit() external {
        vm.deal(payer, 2 ether);
        vm.prank(payer);
        (bool done,) = address(token).call{value: 1 ether}("");
        assertTrue(done);
        most("deposit", 25_000);
    }

    function test_Gas_Snapshot() external {
        earn(1 ether);
        vm.roll(token.nextSnapshotBlock());
        token.snapshot();
        most("snapshot", 120_000);
    }

    function test_Gas_ClaimOne() external {
        vm.prank(alice);
        token.claim(1);
        most("claim of one snapshot", 70_000);
    }

    function test_Gas_ClaimMany() external {
        uint256[] memory one = ids(1);
        uint256[] memory twenty = range(1, 20);
        address[] memory eth = list(ETH);
        vm.prank(alice);
        token.claimTo(one, eth, alice);
        uint256 first = most("claimTo of one snapshot", 75_000);
        vm.prank(bob);
        token.claimTo(twenty, eth, bob);
        uint256 all = most("claimTo of twenty snapshots", 75_000 + 19 * 10_000);
        emit log_named_uint("gas each further snapshot", (all - first) / 19);
        assertLe((all - first) / 19, 10_000);
    }

    function test_Gas_Burn() external {
        vm.prank(alice);
        token.burn(SUPPLY / 10);
        most("burn", 130_000);
    }

    function test_Gas_TransferIsThatOfVotes() external {
        compare("transfer between holders", bob);
        vm.roll(block.number + 1);
        compare("transfer to a new holder", address(0xbeef));
    }

    function compare(string memory what, address to) private {
        if (to != bob) {
            vm.prank(to);
            votes.delegate(to);
        }
        vm.prank(alice);
        votes.transfer(to, 1e18);
        uint256 plain = transactionGas();
        vm.prank(alice);
        token.transfer(to, 1e18);
        uint256 ours = transactionGas();
        emit log_named_uint(string.concat("gas ", what, ", ERC20Votes"), plain);
        emit log_named_uint(string.concat("gas ", what), ours);
        assertLe(ours, plain * 110 / 100);
    }

    function most(string memory what, uint256 bound) private returns (uint256 used) {
        used = transactionGas();
        emit log_named_uint(string.concat("gas ", what), used);
        assertLe(used, bound);
    }

    /// @dev Of the last call, which runs as a transaction of its own.
    function transactionGas() private view returns (uint256) {
        return vm.lastCallGas().gasTotalUsed;
    }
}
