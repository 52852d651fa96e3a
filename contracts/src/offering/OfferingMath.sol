// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title The money rules of an offering
/// @notice Pure functions of docs/contracts/offering.md; the same rules in Rust are `openimo_core::revshare::offering`.
/// @dev All arguments are below 2^128, so no product of two exceeds 256 bits. Every division rounds down, against who is paid.
library OfferingMath {
    /// @notice Hundredths of a per cent in a whole.
    uint256 internal constant BPS = 10_000;

    /// @notice What the offering keeps: the deposits up to the cap.
    function proceeds(uint256 raised, uint256 cap) internal pure returns (uint256) {
        return Math.min(raised, cap);
    }

    /// @notice Tokens for deposits that sum to `deposited`.
    function allocation(uint256 deposited, uint256 raised, uint256 cap, uint256 forSale) internal pure returns (uint256) {
        return deposited * forSale / Math.max(raised, cap);
    }

    /// @notice What is paid back of deposits that sum to `deposited`.
    function rest(uint256 deposited, uint256 raised, uint256 cap) internal pure returns (uint256) {
        uint256 all = Math.max(raised, cap);
        return deposited * (all - cap) / all;
    }

    /// @notice A number of tokens, less in proportion where less than the cap was raised.
    function scaled(uint256 tokens, uint256 raised, uint256 cap) internal pure returns (uint256) {
        return tokens * proceeds(raised, cap) / cap;
    }

    /// @notice A share of the proceeds.
    function shareOf(uint256 total, uint256 bps) internal pure returns (uint256) {
        return total * bps / BPS;
    }
}
