// SPDX-License-Identifier: CC0-1.0
pragma solidity ^0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

import {ERC20Snapshot} from "./ERC20Snapshot.sol";

/// @dev The sample that is published with ERC-7641, its rules of money unchanged.
contract SampleToken is ERC20Snapshot {
    uint256 public immutable percentClaimable;
    uint256 public lastSnapshotBlock;
    uint256 public claimPool;
    uint256 internal burnPool;
    uint256 internal burned;
    mapping(uint256 id => uint256) internal claimableAtSnapshot;
    mapping(uint256 id => mapping(address => bool)) internal claimedAtSnapshot;

    constructor(uint256 supply, uint256 percent) ERC20("Sample", "SAMPLE") {
        _mint(msg.sender, supply);
        percentClaimable = percent;
        lastSnapshotBlock = block.number;
    }

    receive() external payable {}

    function claimableRevenue(address account, uint256 id) public view virtual returns (uint256) {
        return claimedAtSnapshot[id][account] ? 0 : balanceOfAt(account, id) * claimableAtSnapshot[id] / totalSupplyAt(id);
    }

    function claim(uint256 id) public virtual {
        uint256 amount = claimableRevenue(msg.sender, id);
        require(amount > 0, "no claimable ETH");
        claimedAtSnapshot[id][msg.sender] = true;
        claimPool -= amount;
        (bool success,) = msg.sender.call{value: amount}("");
        require(success, "claim failed");
    }

    function claimBatch(uint256[] memory ids) external {
        for (uint256 i = 0; i < ids.length; ++i) {
            claim(ids[i]);
        }
    }

    function snapshot() external virtual returns (uint256 id) {
        require(block.number - lastSnapshotBlock > 1000, "snapshot interval is too short");
        id = _snapshot();
        lastSnapshotBlock = block.number;
        uint256 revenue = newRevenue();
        uint256 claimable = revenue * percentClaimable / 100;
        claimableAtSnapshot[id] = claimable;
        claimPool += claimable;
        burnPool += revenue - claimable - burned;
        burned = 0;
    }

    function redeemableOnBurn(uint256 amount) external view returns (uint256) {
        (uint256 fresh, uint256 pooled) = redeemable(amount);
        return fresh + pooled;
    }

    function burn(uint256 amount) external {
        (uint256 fresh, uint256 pooled) = redeemable(amount);
        burnPool -= pooled;
        burned += fresh;
        _burn(msg.sender, amount);
        (bool success,) = msg.sender.call{value: fresh + pooled}("");
        require(success, "burn failed");
    }

    function newRevenue() internal view returns (uint256) {
        return address(this).balance + burned - claimPool - burnPool;
    }

    function redeemable(uint256 amount) private view returns (uint256 fresh, uint256 pooled) {
        fresh = amount * ((newRevenue() * (100 - percentClaimable) - burned * 100) / 100) / totalSupply();
        pooled = amount * burnPool / totalSupply();
    }
}

/// @dev What the token that was sold adds: only the two newest snapshots can be claimed, and what is left of an older one goes into the
/// snapshot two later.
contract SoldToken is SampleToken {
    uint256 private current;
    mapping(uint256 id => uint256) private claimed;

    constructor(uint256 supply, uint256 percent) SampleToken(supply, percent) {}

    function claimableRevenue(address account, uint256 id) public view override returns (uint256) {
        require(current - id < 2, "snapshot unclaimable");
        require(!claimedAtSnapshot[id][account], "already claimed");
        return balanceOfAt(account, id) * claimableAtSnapshot[id] / totalSupplyAt(id);
    }

    function claim(uint256 id) public override {
        uint256 amount = claimableRevenue(msg.sender, id);
        claimedAtSnapshot[id][msg.sender] = true;
        claimed[id] += amount;
        claimPool -= amount;
        (bool success,) = msg.sender.call{value: amount}("");
        require(success, "claim failed");
    }

    function snapshot() external override returns (uint256 id) {
        require(block.number - lastSnapshotBlock > 1000, "snapshot interval is too short");
        id = current = _snapshot();
        lastSnapshotBlock = block.number;
        uint256 revenue = newRevenue();
        uint256 claimable = revenue * percentClaimable / 100;
        claimPool += claimable;
        burnPool += revenue - claimable - burned;
        burned = 0;
        claimableAtSnapshot[id] = claimable + (id > 2 ? claimableAtSnapshot[id - 2] - claimed[id - 2] : 0);
    }
}
