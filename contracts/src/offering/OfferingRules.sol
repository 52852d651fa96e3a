// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IModelBound} from "../interfaces/IModelBound.sol";
import {IModelOffering} from "../interfaces/IModelOffering.sol";
import {OfferingMath} from "./OfferingMath.sol";

/// @title What terms an offering can have
/// @notice Checked by the constructor of every offering, so that its code alone answers for its terms.
library OfferingRules {
    /// @notice The shortest time for deposits.
    uint64 internal constant MIN_OPEN = 1 hours;
    /// @notice The longest time for deposits.
    uint64 internal constant MAX_OPEN = 90 days;
    /// @notice How far ahead an offering can be announced.
    uint64 internal constant MAX_AHEAD = 365 days;
    /// @notice The shortest time over which team and treasury are paid.
    uint64 internal constant MIN_VESTING = 30 days;
    /// @notice The longest.
    uint64 internal constant MAX_VESTING = 3650 days;

    /// @notice The token shares the revenue of another model.
    error TermsWrongModel(bytes32 modelId, bytes32 modelIdOfToken);
    /// @notice The currency is neither ETH nor a contract other than the token itself, or has more units than 128 bits can count.
    error TermsInvalidCurrency(address currency);
    /// @notice Not `0 < target <= cap`.
    error TermsInvalidTarget(uint256 target, uint256 cap);
    /// @notice Less than one unit of the token for a unit of the currency: rounding would cost a buyer more than that.
    error TermsPriceTooCoarse(uint256 forSale, uint256 cap);
    /// @notice Not `0 < accountCap <= cap`.
    error TermsInvalidAccountCap(uint256 accountCap, uint256 cap);
    /// @notice The start is past, or too far ahead.
    error TermsInvalidStart(uint256 start, uint256 earliest, uint256 latest);
    /// @notice The end is too near to the start or too far from it.
    error TermsInvalidEnd(uint256 end, uint256 earliest, uint256 latest);
    /// @notice The shares of the proceeds do not sum to a whole.
    error TermsSharesNotWhole(uint256 sumBps);
    /// @notice The parts of the supply do not sum to the supply, or it has more units than 128 bits can count.
    error TermsSupplyMismatch(uint256 sum, uint256 supply);
    /// @notice A share without beneficiary.
    error TermsZeroBeneficiary(IModelOffering.Part part);
    /// @notice A schedule that is too short or too long, or whose cliff is longer than itself. Liquidity has none.
    error TermsInvalidVesting(IModelOffering.Part part, uint256 cliff, uint256 duration);

    /// @notice Reverts unless the terms are in order.
    /// @param token The token that is sold.
    /// @param terms The terms.
    function check(IERC20 token, IModelOffering.Terms memory terms) internal view {
        bytes32 modelId = IModelBound(address(token)).modelId();
        if (terms.modelId != modelId) revert TermsWrongModel(terms.modelId, modelId);
        checkMoney(token, terms);
        checkTime(terms);
        checkShares(token, terms);
    }

    function checkMoney(IERC20 token, IModelOffering.Terms memory terms) private view {
        address currency = terms.currency;
        if (currency != address(0)) {
            if (currency == address(token) || currency.code.length == 0) revert TermsInvalidCurrency(currency);
            if (IERC20(currency).totalSupply() > type(uint128).max) revert TermsInvalidCurrency(currency);
        }
        if (terms.target == 0 || terms.target > terms.cap) revert TermsInvalidTarget(terms.target, terms.cap);
        if (terms.forSale < terms.cap) revert TermsPriceTooCoarse(terms.forSale, terms.cap);
        if (terms.accountCap == 0 || terms.accountCap > terms.cap) revert TermsInvalidAccountCap(terms.accountCap, terms.cap);
    }

    function checkTime(IModelOffering.Terms memory terms) private view {
        uint256 latest = block.timestamp + MAX_AHEAD;
        if (terms.start < block.timestamp || terms.start > latest) {
            revert TermsInvalidStart(terms.start, block.timestamp, latest);
        }
        uint256 earliest = terms.start + MIN_OPEN;
        latest = terms.start + MAX_OPEN;
        if (terms.end < earliest || terms.end > latest) revert TermsInvalidEnd(terms.end, earliest, latest);
    }

    function checkShares(IERC20 token, IModelOffering.Terms memory terms) private view {
        uint256 bps = uint256(terms.team.proceedsBps) + terms.treasury.proceedsBps + terms.liquidity.proceedsBps;
        if (bps != OfferingMath.BPS) revert TermsSharesNotWhole(bps);

        uint256 sum = uint256(terms.forSale) + terms.team.tokens + terms.treasury.tokens + terms.liquidity.tokens;
        uint256 supply = token.totalSupply();
        if (sum != supply || sum > type(uint128).max) revert TermsSupplyMismatch(sum, supply);

        checkShare(IModelOffering.Part.Team, terms.team, MIN_VESTING, MAX_VESTING);
        checkShare(IModelOffering.Part.Treasury, terms.treasury, MIN_VESTING, MAX_VESTING);
        checkShare(IModelOffering.Part.Liquidity, terms.liquidity, 0, 0);
    }

    function checkShare(IModelOffering.Part part, IModelOffering.Share memory share, uint64 shortest, uint64 longest) private pure {
        if (share.beneficiary == address(0)) revert TermsZeroBeneficiary(part);
        if (share.duration < shortest || share.duration > longest || share.cliff > share.duration) {
            revert TermsInvalidVesting(part, share.cliff, share.duration);
        }
    }
}
