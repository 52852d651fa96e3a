// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Test} from "forge-std/Test.sol";

import {RevShareToken} from "../../src/revshare/RevShareToken.sol";
import {Mood, MoodyCoin} from "./BadTokens.sol";

/// @dev Plays holders, payers and strangers. Every call must succeed; what it paid is compared with what was previewed.
contract RevShareHandler is Test {
    address private constant ETH = address(0);

    RevShareToken public immutable token;
    MoodyCoin public immutable coin;
    address[6] public holders;
    address public immutable stranger = makeAddr("stranger");

    mapping(address asset => uint256) public earned;
    mapping(address asset => uint256) public paid;

    constructor(RevShareToken token_, MoodyCoin coin_) {
        (token, coin) = (token_, coin_);
        for (uint256 i = 0; i < holders.length; ++i) {
            holders[i] = makeAddr(string(abi.encodePacked("holder", bytes1(uint8(48 + i)))));
        }
    }

    function earnEth(uint96 amount) external {
        vm.deal(address(this), amount);
        (bool done,) = address(token).call{value: amount}("");
        assertTrue(done);
        earned[ETH] += amount;
    }

    function earnCoin(uint64 amount) external {
        coin.mint(address(token), amount);
        earned[address(coin)] += amount;
    }

    function transfer(uint256 from, uint256 to, uint256 amount) external {
        amount = bound(amount, 0, token.balanceOf(holder(from)));
        vm.prank(holder(from));
        assertTrue(token.transfer(holder(to), amount));
    }

    /// @dev A loan for one block: the stranger holds nothing at the end of any.
    function borrowForASnapshot(uint256 from) external {
        address lender = holder(from);
        uint256 amount = token.balanceOf(lender);
        vm.prank(lender);
        assertTrue(token.transfer(stranger, amount));
        if (block.number >= token.nextSnapshotBlock() && token.getPastTotalSupply(block.number - 1) > 0) token.snapshot();
        vm.prank(stranger);
        assertTrue(token.transfer(lender, amount));
    }

    function roll(uint8 blocks) external {
        vm.roll(block.number + blocks);
    }

    function snapshot() external {
        if (block.number < token.nextSnapshotBlock()) vm.roll(token.nextSnapshotBlock());
        if (token.getPastTotalSupply(block.number - 1) > 0) token.snapshot();
    }

    function mood(uint8 seed) external {
        coin.set(seed % 4 == 0 ? Mood.Reverts : Mood.Good);
    }

    function claim(uint256 who, uint256 seed, uint8 count) external {
        address account = holder(who);
        uint256 last = token.lastSnapshotId();
        uint256 first = bound(seed, 0, last);
        uint256[] memory ids = new uint256[](count % 20);
        for (uint256 i = 0; i < ids.length; ++i) {
            ids[i] = first + i;
        }
        address[] memory assets = both();
        uint256[][] memory preview = token.previewClaim(account, first, first + ids.length, assets);
        uint256[2] memory expected;
        for (uint256 a = 0; a < 2; ++a) {
            // The preview may reach one id further than the claim.
            for (uint256 i = 0; i < preview[a].length && i < ids.length; ++i) {
                expected[a] += preview[a][i];
            }
        }
        uint256 eth = account.balance;
        uint256 coins = coin.balanceOf(account) + token.unpaid(account, address(coin));
        vm.prank(account);
        token.claimTo(ids, assets, account);
        assertEq(account.balance - eth, expected[0]);
        assertEq(coin.balanceOf(account) + token.unpaid(account, address(coin)) - coins, expected[1]);
        paid[ETH] += expected[0];
        paid[address(coin)] += expected[1];
    }

    function claimOne(uint256 who, uint256 seed) external {
        address account = holder(who);
        uint256 id = bound(seed, 0, token.lastSnapshotId() + 1);
        uint256 share = token.claimableRevenue(account, id);
        uint256 coinShare = token.claimableERC20(account, id, address(coin));
        uint256 before = account.balance;
        vm.prank(account);
        token.claim(id);
        assertEq(account.balance - before, share);
        assertEq(token.claimableRevenue(account, id), 0);
        paid[ETH] += share;
        paid[address(coin)] += coinShare;
    }

    function claimAsStranger(uint256 seed) external {
        vm.prank(stranger);
        token.claim(bound(seed, 0, token.lastSnapshotId() + 1));
    }

    function burn(uint256 who, uint256 amount) external {
        address account = holder(who);
        if (block.number + token.snapshotInterval() == token.nextSnapshotBlock()) vm.roll(block.number + 1);
        // Some is left, so that the story goes on.
        amount = bound(amount, 0, token.balanceOf(account) / 4);
        uint256 redeemable = token.redeemableOnBurn(amount);
        uint256 coins = token.redeemableERC20OnBurn(amount, address(coin));
        uint256 before = account.balance;
        vm.prank(account);
        token.burn(amount);
        assertEq(account.balance - before, redeemable);
        paid[ETH] += redeemable;
        paid[address(coin)] += coins;
    }

    function collect(uint256 who) external {
        address account = holder(who);
        address[] memory assets = both();
        vm.prank(account);
        token.collect(assets, account);
    }

    function both() public view returns (address[] memory assets) {
        assets = new address[](2);
        assets[1] = address(coin);
    }

    function holder(uint256 seed) public view returns (address) {
        return holders[seed % holders.length];
    }
}
