// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Test} from "forge-std/Test.sol";

import {RevShareMath} from "../../src/revshare/RevShareMath.sol";

contract RevShareMathTest is Test {
    uint256 private constant MAX = type(uint128).max;

    function testFuzz_AllotIsExact(uint128 fresh, uint256 percent, uint256 supply, uint128 carry) external pure {
        percent = bound(percent, 0, 100);
        supply = bound(supply, 1, MAX);
        (uint256 perShare, uint256 claimable, uint256 redeemable, uint256 left) = RevShareMath.allot(fresh, percent, supply, carry);
        assertEq((claimable << 128) + carry, perShare * supply + left);
        assertLt(left, supply);
        assertLt(perShare, 2 ** 208);
        uint256 gross = uint256(fresh) * percent / 100;
        assertEq(redeemable, fresh - gross);
        assertEq(claimable, gross < (supply << 80) - 1 ? gross : (supply << 80) - 1);
    }

    function test_AllotHoldsAtTheEnds() external pure {
        uint256[5] memory ends = [uint256(1), 2, 2 ** 47, 2 ** 48, MAX];
        for (uint256 i = 0; i < 5; ++i) {
            for (uint256 percent = 0; percent <= 100; percent += 50) {
                (uint256 perShare, uint256 claimable,, uint256 left) = RevShareMath.allot(MAX, percent, ends[i], MAX);
                assertEq((claimable << 128) + MAX, perShare * ends[i] + left);
                assertLt(perShare, 2 ** 208);
            }
        }
    }

    function testFuzz_SharesOfAPartedSupplyAreTheWhole(uint128 fresh, uint256 supply, uint256 a, uint256 b) external pure {
        supply = bound(supply, 1, MAX);
        a = bound(a, 0, supply);
        b = bound(b, 0, supply - a);
        (uint256 perShare, uint256 claimable,, uint256 carry) = RevShareMath.allot(fresh, 100, supply, 0);
        uint256[3] memory parts = [a, b, supply - a - b];
        uint256 amounts;
        uint256 remainders;
        for (uint256 i = 0; i < 3; ++i) {
            (uint256 amount, uint256 left) = RevShareMath.share(perShare, parts[i], 0);
            assertLe(left, MAX);
            amounts += amount;
            remainders += left;
        }
        assertEq((claimable - amounts) << 128, remainders + carry);
    }

    function testFuzz_ShareHoldsWithAnyRemainder(uint128 fresh, uint256 supply, uint256 balance, uint128 remainder) external pure {
        supply = bound(supply, 1, MAX);
        balance = bound(balance, 0, supply);
        (uint256 perShare,,,) = RevShareMath.allot(fresh, 100, supply, 0);
        (uint256 amount, uint256 left) = RevShareMath.share(perShare, balance, remainder);
        assertEq((amount << 128) + left, perShare * balance + remainder);
    }

    function testFuzz_RedeemRoundsDown(uint128 pool, uint128 amount, uint128 supply) external pure {
        uint256 paid = RevShareMath.redeem(pool, amount, supply);
        if (supply == 0 || amount > supply) {
            assertEq(paid, 0);
        } else {
            assertLe(paid * supply, uint256(pool) * amount);
            assertGt((paid + 1) * supply, uint256(pool) * amount);
        }
    }
}
