// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {VestingWallet} from "@openzeppelin/contracts/finance/VestingWallet.sol";
import {VestingWalletCliff} from "@openzeppelin/contracts/finance/VestingWalletCliff.sol";

/// @title The vesting wallet of one part of an offering
/// @notice Holds tokens and proceeds and releases both linearly to its owner, nothing before the cliff.
contract OfferingVesting is VestingWalletCliff {
    /// @param beneficiary The first owner.
    /// @param start When the schedule starts, in seconds of the clock.
    /// @param cliffSeconds How long nothing is released.
    /// @param durationSeconds How long until all is released.
    constructor(address beneficiary, uint64 start, uint64 cliffSeconds, uint64 durationSeconds)
        VestingWallet(beneficiary, start, durationSeconds)
        VestingWalletCliff(cliffSeconds)
    {}
}
