// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC6372} from "@openzeppelin/contracts/interfaces/IERC6372.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";

import {IRevShareToken} from "../interfaces/IRevShareToken.sol";

/// @title Balances and supply at the end of every past block
abstract contract PastBalances is ERC20, IERC6372, IRevShareToken {
    using Checkpoints for Checkpoints.Trace208;

    mapping(address account => Checkpoints.Trace208) private _balances;
    Checkpoints.Trace208 private _supply;

    /// @inheritdoc IERC6372
    function clock() public view returns (uint48) {
        return SafeCast.toUint48(block.number);
    }

    /// @inheritdoc IERC6372
    // solhint-disable-next-line func-name-mixedcase
    function CLOCK_MODE() external pure returns (string memory) {
        return "mode=blocknumber&from=default";
    }

    /// @inheritdoc IRevShareToken
    function getPastBalance(address account, uint256 blockNumber) external view returns (uint256) {
        return _balanceAt(account, _past(blockNumber));
    }

    /// @inheritdoc IRevShareToken
    function getPastTotalSupply(uint256 blockNumber) external view returns (uint256) {
        return _supplyAt(_past(blockNumber));
    }

    function _balanceAt(address account, uint48 blockNumber) internal view returns (uint256) {
        return _balances[account].upperLookupRecent(blockNumber);
    }

    function _supplyAt(uint48 blockNumber) internal view returns (uint256) {
        return _supply.upperLookupRecent(blockNumber);
    }

    /// @dev A push in the block of the last one replaces it. The supply is below 2^128, and so is every balance.
    function _update(address from, address to, uint256 value) internal virtual override {
        super._update(from, to, value);
        if (from == to || value == 0) return;
        uint48 now_ = clock();
        if (from == address(0) || to == address(0)) _supply.push(now_, SafeCast.toUint208(totalSupply()));
        if (from != address(0)) _balances[from].push(now_, SafeCast.toUint208(balanceOf(from)));
        if (to != address(0)) _balances[to].push(now_, SafeCast.toUint208(balanceOf(to)));
    }

    function _past(uint256 blockNumber) private view returns (uint48) {
        if (blockNumber >= clock()) revert FutureLookup(blockNumber, clock());
        return SafeCast.toUint48(blockNumber);
    }
}
