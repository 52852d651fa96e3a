// Written by `cargo xtask vectors` from crates/core/src/chain/inspect/flags.rs; do not edit.

/** The risks that `inspectOffering` looks for. */
export const RISKS = {
  'offering.code': {
    severity: "danger",
    title: "Not the audited offering",
    explanation: "The offering's code is not the audited contract's, so none of its rules can be relied on: refunds, caps and payments may be anything.",
  },
  'offering.upgradeable': {
    severity: "danger",
    title: "The offering can be replaced",
    explanation: "The offering runs other code as its own, which somebody can exchange after you have paid.",
  },
  'token.code': {
    severity: "danger",
    title: "Not the audited token",
    explanation: "The token's code is not the audited contract's: it may keep you from selling, take a fee on transfers, or share no revenue.",
  },
  'token.upgradeable': {
    severity: "danger",
    title: "The token can be replaced",
    explanation: "The token runs other code as its own, which somebody can exchange at any time.",
  },
  'token.owner_powers': {
    severity: "danger",
    title: "An owner has power over the token",
    explanation: "Somebody can do what holders cannot: make new tokens, stop transfers, take tokens away or change the rules.",
  },
  'offering.end_far': {
    severity: "warning",
    title: "Deposits are locked for long",
    explanation: "Deposits cannot be taken back before the end, and the end is further away than the audited contract allows.",
  },
  'offering.cap_above_supply': {
    severity: "danger",
    title: "More is sold than there is",
    explanation: "The offering promises more tokens than the whole supply, so not everybody can get what was bought.",
  },
  'offering.unfunded': {
    severity: "danger",
    title: "The offering has not the tokens",
    explanation: "The offering does not hold the tokens that it promises, so claims can fail after you have paid.",
  },
  'offering.supply_elsewhere': {
    severity: "warning",
    title: "Tokens outside of the offering",
    explanation: "Part of the supply is not in the offering: somebody has tokens that the terms do not speak of, and may sell them at any price.",
  },
  'offering.insolvent': {
    severity: "danger",
    title: "Deposits are missing",
    explanation: "The offering holds less than was deposited, so not everybody can be paid back.",
  },
  'offering.target_tiny': {
    severity: "notice",
    title: "Almost nothing makes it succeed",
    explanation: "The target is below a hundredth of the cap: the offering succeeds, and the money is spent, with next to no buyers.",
  },
  'offering.no_account_cap': {
    severity: "notice",
    title: "One account can take it all",
    explanation: "The most that one account can deposit is the whole cap, so a single buyer can crowd out the rest.",
  },
  'offering.price_coarse': {
    severity: "warning",
    title: "Rounding costs buyers",
    explanation: "A smallest unit of the currency buys less than one of the token, so rounding takes from buyers.",
  },
  'offering.shares_not_whole': {
    severity: "danger",
    title: "Proceeds are unaccounted for",
    explanation: "The shares of the proceeds do not sum to a whole, so some of the money goes where the terms do not say, or payments fail.",
  },
  'liquidity.can_pull': {
    severity: "warning",
    title: "The liquidity can be pulled",
    explanation: "Tokens and money meant for a market go at once to an account that can keep them, or to a contract that is not known to lock them.",
  },
  'vesting.other_wallet': {
    severity: "danger",
    title: "Not a vesting wallet",
    explanation: "A part is paid to a contract that is not the audited vesting wallet, or whose schedule or owner is not the terms'.",
  },
  'vesting.other_owner': {
    severity: "notice",
    title: "A vesting wallet has changed hands",
    explanation: "A part's vesting wallet belongs to another account than the terms name: the stake was given away or sold before it vested.",
  },
  'vesting.short': {
    severity: "warning",
    title: "The makers are paid at once",
    explanation: "Team or treasury get their tokens and money within less than thirty days, so they can leave right after the sale.",
  },
  'token.insiders_majority': {
    severity: "warning",
    title: "Buyers get the smaller part",
    explanation: "Team and treasury get more tokens than are sold, and with them the larger part of all revenue.",
  },
  'token.no_revenue': {
    severity: "warning",
    title: "Holders get no revenue",
    explanation: "No part of the revenue can be claimed by holders: all of it waits for those who burn their tokens, or the token does not say.",
  },
  'token.snapshots_rare': {
    severity: "notice",
    title: "Revenue is shared out rarely",
    explanation: "More than ninety days pass between snapshots, so revenue can be claimed late.",
  },
  'token.other_model': {
    severity: "danger",
    title: "The token is bound to another model",
    explanation: "The token does not name the offering's model, so revenue of the model that you mean need not reach it.",
  },
  'fee.not_bound': {
    severity: "warning",
    title: "Fees do not go to the token",
    explanation: "The model's registry record does not send the fees for its use to this token, or there is no record, so nothing makes revenue reach holders.",
  },
  'model.unretrievable': {
    severity: "warning",
    title: "The model cannot be had",
    explanation: "No place is known where the model's file can be had, or none answers, so nobody can check what is sold.",
  },
  'model.other_file': {
    severity: "danger",
    title: "The file is another model",
    explanation: "The file at the registered places is not the model that the offering names.",
  },
  'model.unchecked': {
    severity: "notice",
    title: "The model's file was not checked",
    explanation: "Something is at the registered places, but its id was not computed.",
  },
  'currency.unknown': {
    severity: "warning",
    title: "The currency is unknown",
    explanation: "Deposits are made in a token that is not known to pay exact amounts: it may be worthless, or keep deposits from coming back.",
  },
  'currency.missing': {
    severity: "danger",
    title: "The currency does not exist",
    explanation: "There is no contract where the currency should be.",
  },
  'token.misleading_name': {
    severity: "warning",
    title: "The token's name misleads",
    explanation: "Name or symbol have characters that cannot be seen or are the symbol of something else.",
  },
} as const;

export type RiskCode = keyof typeof RISKS;
