// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Test} from "forge-std/Test.sol";

import {IERC7641} from "../../src/interfaces/IERC7641.sol";
import {IERC7641AltRevToken} from "../../src/interfaces/IERC7641AltRevToken.sol";

/// @dev The literals are those of deployed tokens and of indexers.
contract IERC7641Test is Test {
    function test_SelectorsAreThoseOfTheERC() external pure {
        assertEq(IERC7641.claimableRevenue.selector, bytes4(0x2be2bb11));
        assertEq(IERC7641.claim.selector, bytes4(0x379607f5));
        assertEq(IERC7641.snapshot.selector, bytes4(0x9711715a));
        assertEq(IERC7641.redeemableOnBurn.selector, bytes4(0x24888f98));
        assertEq(IERC7641.burn.selector, bytes4(0x42966c68));
        assertEq(IERC7641AltRevToken.claimableERC20.selector, bytes4(0x41273d45));
        assertEq(IERC7641AltRevToken.redeemableERC20OnBurn.selector, bytes4(0x1c3fc4c3));
    }

    function test_IdentifiersAreThoseOfTheERC() external pure {
        assertEq(type(IERC20).interfaceId, bytes4(0x36372b07));
        assertEq(type(IERC7641).interfaceId, bytes4(0xed7b2e4e));
        assertEq(type(IERC7641AltRevToken).interfaceId, bytes4(0x5d18f986));
    }
}
