//! The table of risks: code, severity, title, explanation, and how each is found.
//!
//! Codes are append-only. `docs/risk-codes.md` and the TypeScript union are rendered from here.

use alloy_primitives::{Address, U256};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::super::date;
use super::super::read::Share;
use super::super::text::{inert, is_plain};
use super::{Circumstances, Facts, ModelFile};

/// How bad it can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Severity {
    /// Everything can be lost.
    Danger,
    /// Something can be lost, or promises are not kept by code.
    Warning,
    /// Worth knowing.
    Notice,
}

impl Severity {
    const fn word(self) -> &'static str {
        match self {
            Self::Danger => "danger",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

/// A risk that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Flag {
    /// The risk's code.
    pub code: &'static str,
    /// How bad it can be.
    pub severity: Severity,
    /// In a few words.
    pub title: &'static str,
    /// What it means.
    pub explanation: &'static str,
    /// What was found.
    pub detail: String,
}

impl Flag {
    pub(super) fn new(risk: Risk, detail: String) -> Self {
        let (code, severity, title, explanation) = risk.row();
        Self { code, severity, title, explanation, detail }
    }
}

macro_rules! risks {
    ($($name:ident $code:literal $severity:ident $title:literal $explanation:literal $look:expr;)*) => {
        /// A risk.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Risk {
            $(#[doc = $explanation] $name,)*
        }

        impl Risk {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Code, severity, title, explanation.
            pub const fn row(self) -> (&'static str, Severity, &'static str, &'static str) {
                match self { $(Self::$name => ($code, Severity::$severity, $title, $explanation),)* }
            }

            /// What was found, if it was.
            pub(super) fn look(self, facts: &Facts, circumstances: &Circumstances) -> Option<String> {
                let look: fn(&Facts, &Circumstances) -> Option<String> = match self { $(Self::$name => $look,)* };
                look(facts, circumstances)
            }
        }
    };
}

const DAY: u64 = 86_400;
/// What the audited code allows; other code may allow anything.
const MAX_OPEN: u64 = 90 * DAY;
const MAX_AHEAD: u64 = 365 * DAY;
const MIN_VESTING: u64 = 30 * DAY;
/// Blocks of twelve seconds in ninety days.
const MAX_INTERVAL: u64 = 648_000;
const LIQUIDITY: usize = 2;
const PARTS: [&str; 3] = ["team", "treasury", "liquidity"];

fn when(found: bool, detail: impl FnOnce() -> String) -> Option<String> {
    found.then(detail)
}

fn gets_anything(share: &Share) -> bool {
    share.proceeds_bps > 0 || !share.tokens.is_zero()
}

/// What the offering promises to buyers and parts.
fn promised(facts: &Facts) -> Option<U256> {
    facts.terms.shares.iter().try_fold(facts.terms.for_sale, |sum, share| sum.checked_add(share.tokens))
}

fn has_ended(facts: &Facts, circumstances: &Circumstances) -> bool {
    circumstances.now >= facts.terms.end
}

/// Names that belong to others.
const FOREIGN: [&str; 10] = ["ETH", "WETH", "ETHER", "USDC", "USDT", "DAI", "WBTC", "BTC", "STETH", "EURC"];

risks! {
    OfferingCode "offering.code" Danger "Not the audited offering"
        "The offering's code is not the audited contract's, so none of its rules can be relied on: refunds, caps and payments may be anything."
        |f, _| when(!f.offering_code.known && !f.offering_code.delegates, || "the code differs from every known build".into());
    OfferingProxy "offering.upgradeable" Danger "The offering can be replaced"
        "The offering runs other code as its own, which somebody can exchange after you have paid."
        |f, _| when(f.offering_code.delegates, || "a proxy, or a delegatecall in the code".into());
    TokenCode "token.code" Danger "Not the audited token"
        "The token's code is not the audited contract's: it may keep you from selling, take a fee on transfers, or share no revenue."
        |f, _| when(!f.token_code.known && !f.token_code.delegates && f.token_code.powers.is_empty() && f.token_owner.is_none(),
            || "the code differs from every known build".into());
    TokenProxy "token.upgradeable" Danger "The token can be replaced"
        "The token runs other code as its own, which somebody can exchange at any time."
        |f, _| when(f.token_code.delegates, || "a proxy, or a delegatecall in the code".into());
    TokenPowers "token.owner_powers" Danger "An owner has power over the token"
        "Somebody can do what holders cannot: make new tokens, stop transfers, take tokens away or change the rules."
        |f, _| when(!f.token_code.known && !f.token_code.delegates && (!f.token_code.powers.is_empty() || f.token_owner.is_some()), || {
            let owner = f.token_owner.map_or("nobody that the contract names".into(), |owner| owner.to_checksum(None));
            format!("owner: {owner}; functions: {}", if f.token_code.powers.is_empty() { "unknown".into() } else { f.token_code.powers.join(", ") })
        });
    EndFar "offering.end_far" Warning "Deposits are locked for long"
        "Deposits cannot be taken back before the end, and the end is further away than the audited contract allows."
        |f, c| when(f.terms.end.saturating_sub(f.terms.start) > MAX_OPEN || f.terms.end > c.now.saturating_add(MAX_AHEAD + MAX_OPEN),
            || format!("ends {}", date::utc(f.terms.end)));
    CapAboveSupply "offering.cap_above_supply" Danger "More is sold than there is"
        "The offering promises more tokens than the whole supply, so not everybody can get what was bought."
        |f, _| when(promised(f).is_none_or(|promised| promised > f.token_supply),
            || format!("promised {}, supply {}", promised(f).map_or("more than 2^256".into(), |p| p.to_string()), f.token_supply));
    Unfunded "offering.unfunded" Danger "The offering has not the tokens"
        "The offering does not hold the tokens that it promises, so claims can fail after you have paid."
        |f, c| when(!has_ended(f, c) && promised(f).is_some_and(|promised| promised <= f.token_supply && f.token_held < promised),
            || format!("holds {} smallest units", f.token_held));
    Undivided "offering.supply_elsewhere" Warning "Tokens outside of the offering"
        "Part of the supply is not in the offering: somebody has tokens that the terms do not speak of, and may sell them at any price."
        |f, _| when(promised(f).is_some_and(|promised| promised < f.token_supply),
            || format!("{} smallest units", f.token_supply - promised(f).unwrap_or_default()));
    Insolvent "offering.insolvent" Danger "Deposits are missing"
        "The offering holds less than was deposited, so not everybody can be paid back."
        |f, c| when(!has_ended(f, c) && f.currency_held < f.raised, || format!("holds {}, owes {}", f.currency_held, f.raised));
    TargetTiny "offering.target_tiny" Notice "Almost nothing makes it succeed"
        "The target is below a hundredth of the cap: the offering succeeds, and the money is spent, with next to no buyers."
        |f, _| when(f.terms.target < f.terms.cap / U256::from(100), || format!("target {}, cap {}", f.terms.target, f.terms.cap));
    NoAccountCap "offering.no_account_cap" Notice "One account can take it all"
        "The most that one account can deposit is the whole cap, so a single buyer can crowd out the rest."
        |f, _| when(f.terms.account_cap >= f.terms.cap, || format!("{} of {}", f.terms.account_cap, f.terms.cap));
    PriceCoarse "offering.price_coarse" Warning "Rounding costs buyers"
        "A smallest unit of the currency buys less than one of the token, so rounding takes from buyers."
        |f, _| when(f.terms.for_sale < f.terms.cap, || format!("{} for {}", f.terms.for_sale, f.terms.cap));
    SharesNotWhole "offering.shares_not_whole" Danger "Proceeds are unaccounted for"
        "The shares of the proceeds do not sum to a whole, so some of the money goes where the terms do not say, or payments fail."
        |f, _| {
            let sum: u32 = f.terms.shares.iter().map(|share| u32::from(share.proceeds_bps)).sum();
            when(sum != 10_000, || format!("{sum} of 10000"))
        };
    LiquidityPull "liquidity.can_pull" Warning "The liquidity can be pulled"
        "Tokens and money meant for a market go at once to an account that can keep them, or to a contract that is not known to lock them."
        |f, c| {
            let share = &f.terms.shares[LIQUIDITY];
            let locked = f.wallets[LIQUIDITY].beneficiary_is_contract && c.lockers.contains(&share.beneficiary);
            when(gets_anything(share) && !locked, || format!("{} gets {} of 10000 of the money", share.beneficiary.to_checksum(None), share.proceeds_bps))
        };
    WalletOther "vesting.other_wallet" Danger "Not a vesting wallet"
        "A part is paid to a contract that is not the audited vesting wallet, or whose schedule or owner is not the terms'."
        |f, _| {
            let found = f.terms.shares.iter().zip(&f.wallets).position(|(share, wallet)| {
                let end = U256::from(f.terms.end);
                let (cliff, all) = (end.saturating_add(U256::from(share.cliff)), end.saturating_add(U256::from(share.duration)));
                !wallet.code.known || wallet.owner.is_none() || (wallet.start, wallet.cliff, wallet.end) != (end, cliff, all)
            });
            found.map(|part| format!("that of the {}", PARTS[part]))
        };
    WalletSold "vesting.other_owner" Notice "A vesting wallet has changed hands"
        "A part's vesting wallet belongs to another account than the terms name: the stake was given away or sold before it vested."
        |f, _| {
            let pairs = f.terms.shares.iter().zip(&f.wallets);
            let found = pairs.enumerate().find(|(_, (share, wallet))| wallet.owner.is_some_and(|owner| owner != share.beneficiary));
            found.map(|(part, (_, wallet))| format!("{}: {}", PARTS[part], wallet.owner.unwrap_or_default().to_checksum(None)))
        };
    VestingShort "vesting.short" Warning "The makers are paid at once"
        "Team or treasury get their tokens and money within less than thirty days, so they can leave right after the sale."
        |f, _| {
            let found = f.terms.shares[..LIQUIDITY].iter().position(|share| gets_anything(share) && share.duration < MIN_VESTING);
            found.map(|part| format!("the {}: {} days", PARTS[part], f.terms.shares[part].duration / DAY))
        };
    InsidersMajority "token.insiders_majority" Warning "Buyers get the smaller part"
        "Team and treasury get more tokens than are sold, and with them the larger part of all revenue."
        |f, _| {
            let insiders = f.terms.shares[0].tokens.saturating_add(f.terms.shares[1].tokens);
            when(insiders > f.terms.for_sale, || format!("{insiders} against {}", f.terms.for_sale))
        };
    NoRevenue "token.no_revenue" Warning "Holders get no revenue"
        "No part of the revenue can be claimed by holders: all of it waits for those who burn their tokens, or the token does not say."
        |f, _| when(f.token_percent.is_none_or(|percent| percent.is_zero()), || f.token_percent.map_or("unknown".into(), |p| format!("{p} %")));
    SnapshotsRare "token.snapshots_rare" Notice "Revenue is shared out rarely"
        "More than ninety days pass between snapshots, so revenue can be claimed late."
        |f, _| when(f.token_interval.is_some_and(|blocks| blocks > MAX_INTERVAL), || format!("{} blocks", f.token_interval.unwrap_or_default()));
    TokenModel "token.other_model" Danger "The token is bound to another model"
        "The token does not name the offering's model, so revenue of the model that you mean need not reach it."
        |f, _| when(f.token_model_id != Some(f.terms.model_id), || f.token_model_id.map_or("none".into(), |id| id.to_string()));
    FeeRoute "fee.not_bound" Warning "Fees do not go to the token"
        "The model's registry record does not send the fees for its use to this token, or there is no record, so nothing makes revenue reach holders."
        |f, _| {
            let route = f.record.as_ref().and_then(|record| record.revenue_token);
            when(route != Some(f.token), || route.map_or("no record".into(), |token: Address| token.to_checksum(None)))
        };
    ModelMissing "model.unretrievable" Warning "The model cannot be had"
        "No place is known where the model's file can be had, or none answers, so nobody can check what is sold."
        |_, c| when(c.model_file == ModelFile::Unreachable, || "no file was found".into());
    ModelOther "model.other_file" Danger "The file is another model"
        "The file at the registered places is not the model that the offering names."
        |_, c| when(c.model_file == ModelFile::Other, || "its id is another".into());
    ModelUnchecked "model.unchecked" Notice "The model's file was not checked"
        "Something is at the registered places, but its id was not computed."
        |_, c| when(c.model_file == ModelFile::Answers, || "only asked whether it is there".into());
    CurrencyUnknown "currency.unknown" Warning "The currency is unknown"
        "Deposits are made in a token that is not known to pay exact amounts: it may be worthless, or keep deposits from coming back."
        |f, c| when(f.currency_code.as_ref().is_some_and(|code| code.exists) && !c.currencies.contains(&f.terms.currency),
            || f.terms.currency.to_checksum(None));
    CurrencyMissing "currency.missing" Danger "The currency does not exist"
        "There is no contract where the currency should be."
        |f, _| when(f.currency_code.as_ref().is_some_and(|code| !code.exists), || f.terms.currency.to_checksum(None));
    NameMisleads "token.misleading_name" Warning "The token's name misleads"
        "Name or symbol have characters that cannot be seen or are the symbol of something else."
        |f, _| {
            let foreign = FOREIGN.contains(&f.token_symbol.trim().to_uppercase().as_str());
            when(foreign || !is_plain(&f.token_name) || !is_plain(&f.token_symbol),
                || format!("“{}” ({})", inert(&f.token_name, 64), inert(&f.token_symbol, 32)))
        };
}

/// The table as `docs/risk-codes.md`.
pub fn render_markdown() -> String {
    let mut text = String::from(
        "# Risks of offerings\n\n\
         Written by `cargo xtask vectors` from `crates/core/src/chain/inspect/flags.rs`; do not edit.\n\n\
         `inspectOffering` reads an offering from the chain and raises a flag for each of these that it finds. No flag is no promise: code\n\
         says what can be done, not what will be.\n\n\
         | code | severity | what | what it means |\n|---|---|---|---|\n",
    );
    for risk in Risk::ALL {
        let (code, severity, title, explanation) = risk.row();
        text.push_str(&format!("| `{code}` | {} | {title} | {explanation} |\n", severity.word()));
    }
    text
}

/// The table as TypeScript.
pub fn render_typescript() -> String {
    let mut text = String::from(
        "// Written by `cargo xtask vectors` from crates/core/src/chain/inspect/flags.rs; do not edit.\n\n\
         /** The risks that `inspectOffering` looks for. */\nexport const RISKS = {\n",
    );
    for risk in Risk::ALL {
        let (code, severity, title, explanation) = risk.row();
        let (severity, title, explanation) = (json!(severity.word()), json!(title), json!(explanation));
        text.push_str(&format!(
            "  '{code}': {{\n    severity: {severity},\n    title: {title},\n    explanation: {explanation},\n  }},\n"
        ));
    }
    text + "} as const;\n\nexport type RiskCode = keyof typeof RISKS;\n"
}
