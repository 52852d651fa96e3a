// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IRevShareToken} from "../interfaces/IRevShareToken.sol";
import {PastBalances} from "./PastBalances.sol";

/// @title Assets: the zero address for ETH, or an ERC-20 that may misbehave
/// @dev A token can fail, lie and burn the gas it is given, but not undo what is done for ETH or for another token. Its calls have a
/// bound of gas, and no more than one word of what it returns is read.
abstract contract Payments is PastBalances {
    using SafeCast for uint256;

    address internal constant ETH = address(0);

    uint256 private constant BALANCE_GAS = 200_000;
    uint256 private constant TRANSFER_GAS = 500_000;

    /// @dev What the contract holds for accounts and for burns, by asset.
    mapping(address asset => Ledger) internal _ledgers;
    mapping(address account => mapping(address asset => uint256)) private _unpaid;

    /// @inheritdoc IRevShareToken
    function ledger(address asset) external view returns (Ledger memory) {
        return _ledgers[asset];
    }

    /// @inheritdoc IRevShareToken
    function unpaid(address account, address asset) external view returns (uint256) {
        return _unpaid[account][asset];
    }

    /// @dev The amount must be out of the ledger before. It comes back as owed if a token refuses it.
    function _pay(address account, address asset, address to, uint256 amount) internal {
        if (amount == 0) return;
        if (asset == ETH) {
            // Nothing that the recipient returns is copied.
            bool sent;
            assembly ("memory-safe") {
                sent := call(gas(), to, amount, 0, 0, 0, 0)
            }
            if (!sent) revert EthRefused(to);
        } else if (!_transfersTo(asset, to, amount)) {
            _unpaid[account][asset] += amount;
            _ledgers[asset].owed += amount.toUint128();
            emit Unpaid(account, asset, amount);
        }
    }

    /// @dev Takes what is kept for an account out of the ledger.
    function _takeUnpaid(address account, address asset) internal returns (uint256 amount) {
        amount = _unpaid[account][asset];
        if (amount > 0) {
            delete _unpaid[account][asset];
            _ledgers[asset].owed -= amount.toUint128();
        }
    }

    /// @dev What the contract holds, at most 2^128 - 1; 0 for a token that does not answer.
    function _held(address asset) internal view returns (uint256 amount) {
        if (asset == ETH) {
            amount = address(this).balance;
        } else {
            (bool done, uint256 size, uint256 word) = _ask(asset, abi.encodeCall(IERC20.balanceOf, (address(this))));
            if (done && size >= 32) amount = word;
        }
        if (amount > type(uint128).max) amount = type(uint128).max;
    }

    function _checkRecipient(address to) internal view {
        if (to == address(0) || to == address(this)) revert InvalidRecipient(to);
    }

    function _ask(address token, bytes memory data) private view returns (bool done, uint256 size, uint256 word) {
        _checkGas(BALANCE_GAS);
        assembly ("memory-safe") {
            mstore(0, 0)
            done := staticcall(BALANCE_GAS, token, add(data, 32), mload(data), 0, 32)
            size := returndatasize()
            word := mload(0)
        }
    }

    /// @dev Whether a token says that it paid: by true, or by nothing as some early tokens do.
    function _transfersTo(address token, address to, uint256 amount) private returns (bool) {
        bytes memory data = abi.encodeCall(IERC20.transfer, (to, amount));
        _checkGas(TRANSFER_GAS);
        bool done;
        uint256 size;
        uint256 word;
        assembly ("memory-safe") {
            mstore(0, 0)
            done := call(TRANSFER_GAS, token, 0, add(data, 32), mload(data), 0, 32)
            size := returndatasize()
            word := mload(0)
        }
        return done && (size == 0 ? token.code.length > 0 : size >= 32 && word == 1);
    }

    /// @dev A call gets 63 of 64 parts of the gas at most. Without this check a caller who gives too little could make a good token fail.
    function _checkGas(uint256 needed) private view {
        if (gasleft() / 64 * 63 < needed + 10_000) revert InsufficientGas();
    }
}
