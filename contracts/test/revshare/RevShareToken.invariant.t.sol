// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IRevShareToken} from "../../src/interfaces/IRevShareToken.sol";
import {Mood, MoodyCoin} from "./BadTokens.sol";
import {RevShareBase} from "./RevShareBase.sol";
import {RevShareHandler} from "./RevShareHandler.sol";

contract RevShareTokenInvariantTest is RevShareBase {
    RevShareHandler private handler;
    MoodyCoin private moody;

    function setUp() public override {
        vm.roll(1000);
        moody = new MoodyCoin();
        IRevShareToken.Terms memory t = terms(70, list(address(moody)));
        t.snapshotInterval = 3;
        // A prime, so that nothing divides evenly.
        t.supply = 1_000_000_007;
        token = deployWith(t);
        handler = new RevShareHandler(token, moody);
        for (uint256 i = 0; i < 6; ++i) {
            address account = handler.holders(i);
            vm.prank(alice);
            assertTrue(token.transfer(account, i < 5 ? 123_456_789 : t.supply - 5 * 123_456_789));
        }
        targetContract(address(handler));
    }

    /// @dev One function, so that one campaign checks all of it after every call.
    function invariant_MoneyIsAccountedFor() external view {
        // Whatever came in is owed, pooled, paid or unseen: no unit is created and none is lost. What a token failed to pay is settled,
        // but still held.
        conserved(ETH, address(token).balance);
        conserved(address(moody), moody.balanceOf(address(token)) - kept());
        covered(ETH, address(token).balance);
        covered(address(moody), moody.balanceOf(address(token)));
        // Who holds at the end of no block earns nothing.
        assertEq(handler.stranger().balance, 0);
        assertEq(moody.balanceOf(handler.stranger()), 0);
        assertEq(token.unpaid(handler.stranger(), address(moody)), 0);
        uint256 supply;
        for (uint256 i = 0; i < 6; ++i) {
            supply += token.balanceOf(handler.holders(i));
        }
        assertEq(supply, token.totalSupply());
    }

    /// @dev At the end everybody claims everything, in an order that is turned by chance. What stays owed are remainders: less than one
    /// unit for each holder and group of snapshots, and the carry.
    function afterInvariant() external {
        moody.set(Mood.Good);
        uint256 last = token.lastSnapshotId();
        uint256 groups = last / 128 + 1;
        address[] memory assets = handler.both();
        for (uint256 i = 0; i < 6; ++i) {
            address account = handler.holders((i + block.number) % 6);
            for (uint256 group = 0; group < groups; ++group) {
                uint256 first = group * 128;
                vm.prank(account);
                token.claimTo(range(first, first + 127 < last ? first + 127 : last), assets, account);
            }
            vm.prank(account);
            token.collect(assets, account);
            assertEq(token.unpaid(account, address(moody)), 0);
        }
        assertLe(token.ledger(ETH).owed, 6 * groups + 1);
        assertLe(token.ledger(address(moody)).owed, 6 * groups + 1);
    }

    function conserved(address asset, uint256 held) private view {
        assertEq(handler.earned(asset), handler.paid(asset) + held);
        assertLe(handler.paid(asset), handler.earned(asset));
    }

    function covered(address asset, uint256 held) private view {
        IRevShareToken.Ledger memory l = token.ledger(asset);
        assertGe(held, uint256(l.owed) + l.pool);
        assertEq(token.pendingRevenue(asset), held - l.owed - l.pool);
    }

    function kept() private view returns (uint256 sum) {
        for (uint256 i = 0; i < 6; ++i) {
            sum += token.unpaid(handler.holders(i), address(moody));
        }
    }
}
