// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title The money rules as pure functions
/// @dev Amounts and supplies are below 2^128, so that no product here exceeds 256 bits: `perShare * balance` is at most
/// `claimable * 2^128 + carry`, and a remainder fits on top, because what is owed already (at least one where there is a carry or a
/// remainder) and `claimable` are below 2^128 together. Every division rounds down, against the caller.
library RevShareMath {
    /// @notice Splits new revenue at a snapshot.
    /// @param fresh Revenue that no snapshot has seen, below 2^128.
    /// @param percent 0 to 100.
    /// @param supply The supply at the snapshot, 1 to 2^128 - 1.
    /// @param carry What the divisions of earlier snapshots left over, in 2^-128 of the smallest unit, below 2^128.
    /// @return perShare What one unit of the token gets, times 2^128; below 2^208.
    /// @return claimable What becomes owed. Exactly: claimable * 2^128 + carry = perShare * supply + left.
    /// @return redeemable What goes to the pool of burns.
    /// @return left The new carry, below the supply.
    function allot(uint256 fresh, uint256 percent, uint256 supply, uint256 carry)
        internal
        pure
        returns (uint256 perShare, uint256 claimable, uint256 redeemable, uint256 left)
    {
        uint256 gross = fresh * percent / 100;
        redeemable = fresh - gross;
        // So that perShare fits 208 bits. What exceeds it, which takes a tiny supply, stays new revenue for the next snapshot.
        claimable = Math.min(gross, (supply << 80) - 1);
        uint256 dividend = (claimable << 128) + carry;
        perShare = dividend / supply;
        left = dividend % supply;
    }

    /// @notice The share of a balance at a snapshot.
    /// @param remainder What earlier shares of the account left over, in 2^-128 of the smallest unit.
    /// @return amount In the smallest unit.
    /// @return left The new remainder.
    function share(uint256 perShare, uint256 balance, uint256 remainder) internal pure returns (uint256 amount, uint256 left) {
        uint256 exact = perShare * balance + remainder;
        amount = exact >> 128;
        left = exact & type(uint128).max;
    }

    /// @notice The share of a pool that burning pays; 0 where there is no supply, or not so much.
    function redeem(uint256 pool, uint256 amount, uint256 supply) internal pure returns (uint256) {
        return supply == 0 || amount > supply ? 0 : pool * amount / supply;
    }
}
