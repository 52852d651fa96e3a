// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Test} from "forge-std/Test.sol";

import {IERC7007} from "../../src/interfaces/IERC7007.sol";
import {IERC7007Enumerable} from "../../src/interfaces/IERC7007Enumerable.sol";
import {IERC7007Updatable} from "../../src/interfaces/IERC7007Updatable.sol";

/// @dev The literals are those of the final text.
contract IERC7007Test is Test {
    function test_SelectorsAreThoseOfTheERC() external pure {
        assertEq(IERC7007.addAigcData.selector, bytes4(0xaea30507));
        assertEq(IERC7007.verify.selector, bytes4(0xde8f50a1));
        assertEq(IERC7007Updatable.update.selector, bytes4(0x3f37dce2));
        assertEq(IERC7007Enumerable.tokenId.selector, bytes4(0x8f25c453));
        assertEq(IERC7007Enumerable.prompt.selector, bytes4(0x753f9129));
    }

    function test_IdentifiersAreThoseOfTheERC() external pure {
        assertEq(type(IERC7007).interfaceId, bytes4(0x702c55a6));
        assertEq(type(IERC7007Updatable).interfaceId, bytes4(0x3f37dce2));
        assertEq(type(IERC7007Enumerable).interfaceId, bytes4(0xfa1a557a));
    }

    function test_TopicsAreThoseOfTheERC() external pure {
        assertEq(IERC7007.AigcData.selector, bytes32(0x65deac95b53ba76b9cdc6cf446af81731e1218c91eaf9811a95d28bde23b893e));
        assertEq(IERC7007Updatable.Update.selector, bytes32(0xd77aab0eeab3a3cbdac072fcdbc34709b18d6c4af91f7869c71cbbb13d71a6b9));
    }
}
