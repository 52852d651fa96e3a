// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {Test} from "forge-std/Test.sol";

import {IRevShareToken} from "../../src/interfaces/IRevShareToken.sol";
import {RevShareToken} from "../../src/revshare/RevShareToken.sol";

/// @dev A token of revenue that anyone can mint.
contract Coin is ERC20 {
    constructor() ERC20("Coin", "COIN") {}

    function mint(address to, uint256 amount) external virtual {
        _mint(to, amount);
    }
}

/// @dev Alice holds 60 %, Bob 30 % and Carol 10 % of a billion tokens of 18 decimals; the claimable part is 80 %.
abstract contract RevShareBase is Test {
    uint256 internal constant SUPPLY = 1e27;
    uint48 internal constant INTERVAL = 100;
    address internal constant ETH = address(0);

    address internal alice = makeAddr("alice");
    address internal bob = makeAddr("bob");
    address internal carol = makeAddr("carol");
    address internal payer = makeAddr("payer");

    RevShareToken internal token;
    Coin internal coin;

    function setUp() public virtual {
        vm.roll(1000);
        coin = new Coin();
        token = deploy(80, list(address(coin)));
        distribute();
    }

    function terms(uint256 percent, address[] memory tokens) internal view returns (IRevShareToken.Terms memory) {
        return IRevShareToken.Terms("OpenLM", "OLM", SUPPLY, alice, percent, INTERVAL, keccak256("model"), tokens);
    }

    function deploy(uint256 percent, address[] memory tokens) internal returns (RevShareToken) {
        return deployWith(terms(percent, tokens));
    }

    function deployWith(IRevShareToken.Terms memory t) internal returns (RevShareToken) {
        return new RevShareToken(t);
    }

    function distribute() internal {
        vm.startPrank(alice);
        assertTrue(token.transfer(bob, SUPPLY * 30 / 100));
        assertTrue(token.transfer(carol, SUPPLY * 10 / 100));
        vm.stopPrank();
    }

    function earn(uint256 amount) internal {
        vm.deal(payer, amount);
        vm.prank(payer);
        (bool done,) = address(token).call{value: amount}("");
        assertTrue(done);
    }

    function snapshot() internal returns (uint256) {
        vm.roll(token.nextSnapshotBlock());
        return token.snapshot();
    }

    function list(address a) internal pure returns (address[] memory l) {
        l = new address[](1);
        l[0] = a;
    }

    function list(address a, address b) internal pure returns (address[] memory l) {
        l = new address[](2);
        (l[0], l[1]) = (a, b);
    }

    function ids(uint256 a) internal pure returns (uint256[] memory l) {
        l = new uint256[](1);
        l[0] = a;
    }

    function range(uint256 first, uint256 last) internal pure returns (uint256[] memory l) {
        l = new uint256[](last - first + 1);
        for (uint256 i = 0; i < l.length; ++i) {
            l[i] = first + i;
        }
    }
}
