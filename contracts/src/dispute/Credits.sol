// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// @title Money that waits for its owner
/// @notice What somebody is paid is credited, and fetched by a call of his own, so nobody who cannot be paid is in another's way.
abstract contract Credits is ReentrancyGuardTransient {
    /// @notice A balance was paid out.
    event Withdrawn(address indexed account, address indexed to, uint256 amount);

    /// @notice The payment is another than what the call costs.
    error WrongPayment(uint256 paid, uint256 expected);
    /// @notice The caller has no balance.
    error NothingToWithdraw(address account);

    /// @notice What an account can withdraw.
    mapping(address account => uint256 amount) public balanceOf;

    /// @notice Pays the caller's balance out.
    /// @param to Who is paid: an account that cannot take ETH names another.
    function withdraw(address payable to) external nonReentrant {
        uint256 amount = balanceOf[msg.sender];
        if (amount == 0) revert NothingToWithdraw(msg.sender);
        balanceOf[msg.sender] = 0;
        emit Withdrawn(msg.sender, to, amount);
        Address.sendValue(to, amount);
    }

    function _pays(uint256 amount) internal view {
        if (msg.value != amount) revert WrongPayment(msg.value, amount);
    }
}
