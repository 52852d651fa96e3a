// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IModelOffering} from "../interfaces/IModelOffering.sol";
import {OfferingRules} from "./OfferingRules.sol";
import {OfferingVesting} from "./OfferingVesting.sol";

/// @title What is fixed when an offering is created
/// @notice Checks the terms, creates the vesting wallets, and keeps everything in the contract's code, where nothing can write.
abstract contract OfferingTerms is IModelOffering {
    address internal immutable TOKEN;
    bytes32 internal immutable MODEL_ID;
    address internal immutable CURRENCY;
    uint128 internal immutable FOR_SALE;
    uint128 internal immutable TARGET;
    uint128 internal immutable CAP;
    uint128 internal immutable ACCOUNT_CAP;
    uint64 internal immutable START;
    uint64 internal immutable END;

    address internal immutable TEAM_WALLET;
    address internal immutable TEAM_BENEFICIARY;
    uint128 internal immutable TEAM_TOKENS;
    uint16 internal immutable TEAM_BPS;
    uint64 internal immutable TEAM_CLIFF;
    uint64 internal immutable TEAM_DURATION;

    address internal immutable TREASURY_WALLET;
    address internal immutable TREASURY_BENEFICIARY;
    uint128 internal immutable TREASURY_TOKENS;
    uint16 internal immutable TREASURY_BPS;
    uint64 internal immutable TREASURY_CLIFF;
    uint64 internal immutable TREASURY_DURATION;

    address internal immutable LIQUIDITY_WALLET;
    address internal immutable LIQUIDITY_BENEFICIARY;
    uint128 internal immutable LIQUIDITY_TOKENS;
    uint16 internal immutable LIQUIDITY_BPS;

    constructor(address token_, Terms memory t) {
        OfferingRules.check(IERC20(token_), t);

        TOKEN = token_;
        MODEL_ID = t.modelId;
        CURRENCY = t.currency;
        FOR_SALE = t.forSale;
        TARGET = t.target;
        CAP = t.cap;
        ACCOUNT_CAP = t.accountCap;
        START = t.start;
        END = t.end;

        TEAM_WALLET = wallet(t.team, t.end);
        TEAM_BENEFICIARY = t.team.beneficiary;
        TEAM_TOKENS = t.team.tokens;
        TEAM_BPS = t.team.proceedsBps;
        TEAM_CLIFF = t.team.cliff;
        TEAM_DURATION = t.team.duration;

        TREASURY_WALLET = wallet(t.treasury, t.end);
        TREASURY_BENEFICIARY = t.treasury.beneficiary;
        TREASURY_TOKENS = t.treasury.tokens;
        TREASURY_BPS = t.treasury.proceedsBps;
        TREASURY_CLIFF = t.treasury.cliff;
        TREASURY_DURATION = t.treasury.duration;

        LIQUIDITY_WALLET = wallet(t.liquidity, t.end);
        LIQUIDITY_BENEFICIARY = t.liquidity.beneficiary;
        LIQUIDITY_TOKENS = t.liquidity.tokens;
        LIQUIDITY_BPS = t.liquidity.proceedsBps;
    }

    /// @inheritdoc IModelOffering
    function terms() external view override returns (address token, Terms memory fixedTerms, address[3] memory wallets) {
        token = TOKEN;
        wallets = [TEAM_WALLET, TREASURY_WALLET, LIQUIDITY_WALLET];

        fixedTerms.modelId = MODEL_ID;
        fixedTerms.currency = CURRENCY;
        fixedTerms.forSale = FOR_SALE;
        fixedTerms.target = TARGET;
        fixedTerms.cap = CAP;
        fixedTerms.accountCap = ACCOUNT_CAP;
        fixedTerms.start = START;
        fixedTerms.end = END;
        fixedTerms.team = Share(TEAM_BENEFICIARY, TEAM_TOKENS, TEAM_BPS, TEAM_CLIFF, TEAM_DURATION);
        fixedTerms.treasury = Share(TREASURY_BENEFICIARY, TREASURY_TOKENS, TREASURY_BPS, TREASURY_CLIFF, TREASURY_DURATION);
        fixedTerms.liquidity = Share(LIQUIDITY_BENEFICIARY, LIQUIDITY_TOKENS, LIQUIDITY_BPS, 0, 0);
    }

    function wallet(Share memory share, uint64 end) private returns (address) {
        return address(new OfferingVesting(share.beneficiary, end, share.cliff, share.duration));
    }
}
