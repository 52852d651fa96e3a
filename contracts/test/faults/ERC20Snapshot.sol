// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {Arrays} from "@openzeppelin/contracts/utils/Arrays.sol";

/// @dev The least of OpenZeppelin's ERC20Snapshot of version 4, which version 5 has not, with its storage and its order of writes.
abstract contract ERC20Snapshot is ERC20 {
    using Arrays for uint256[];

    struct Snapshots {
        uint256[] ids;
        uint256[] values;
    }

    mapping(address => Snapshots) private _accountBalanceSnapshots;
    Snapshots private _totalSupplySnapshots;
    uint256 private _currentSnapshotId;

    event Snapshot(uint256 id);

    function _snapshot() internal returns (uint256 id) {
        id = ++_currentSnapshotId;
        emit Snapshot(id);
    }

    function balanceOfAt(address account, uint256 id) public view returns (uint256) {
        (bool found, uint256 value) = _valueAt(id, _accountBalanceSnapshots[account]);
        return found ? value : balanceOf(account);
    }

    function totalSupplyAt(uint256 id) public view returns (uint256) {
        (bool found, uint256 value) = _valueAt(id, _totalSupplySnapshots);
        return found ? value : totalSupply();
    }

    function _update(address from, address to, uint256 amount) internal virtual override {
        if (from != address(0)) _updateSnapshot(_accountBalanceSnapshots[from], balanceOf(from));
        if (to != address(0)) _updateSnapshot(_accountBalanceSnapshots[to], balanceOf(to));
        if (from == address(0) || to == address(0)) _updateSnapshot(_totalSupplySnapshots, totalSupply());
        super._update(from, to, amount);
    }

    function _valueAt(uint256 id, Snapshots storage snapshots) private view returns (bool, uint256) {
        require(id > 0, "ERC20Snapshot: id is 0");
        require(id <= _currentSnapshotId, "ERC20Snapshot: nonexistent id");
        uint256 index = snapshots.ids.findUpperBound(id);
        return index == snapshots.ids.length ? (false, 0) : (true, snapshots.values[index]);
    }

    function _updateSnapshot(Snapshots storage snapshots, uint256 value) private {
        uint256 length = snapshots.ids.length;
        if ((length == 0 ? 0 : snapshots.ids[length - 1]) < _currentSnapshotId) {
            snapshots.ids.push(_currentSnapshotId);
            snapshots.values.push(value);
        }
    }
}
