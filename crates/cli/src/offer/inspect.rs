//! `openimo offer inspect`: terms, progress and risks of an offering, and what an account has in it. Exit status 3 if a risk is a danger.

use std::process::ExitCode;

use alloy_primitives::{Address, U256};
use clap::Args as ClapArgs;
use openimo_core::chain::book::{Book, Kind};
use openimo_core::chain::date;
use openimo_core::chain::read::{OfferingView, Phase, Share, TokenView, View};
use openimo_core::chain::text::inert;
use serde_json::{Value, json};

use super::report::{Known, Risks, book, is_danger, render, risks};
use crate::chain::node::Node;
use crate::chain::session::{NodeArgs, chain_name};
use crate::failure::Failure;

/// Exit status if a risk is a danger.
const DANGER: u8 = 3;

/// Print an offering's terms, progress and risks. Exit status: 0, or 3 if everything can be lost.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// The offering.
    offering: Address,
    /// Also print what this account has in it.
    #[arg(long, value_name = "ADDRESS")]
    account: Option<Address>,
    /// The registry that says where the model's file is and where its fees go.
    #[arg(long, value_name = "ADDRESS", requires = "registrant")]
    registry: Option<Address>,
    /// Whose record of the model is meant: the makers' of the offering.
    #[arg(long, value_name = "ADDRESS", requires = "registry")]
    registrant: Option<Address>,
    #[command(flatten)]
    known: Known,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    node: NodeArgs,
}

/// Run the verb.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    let node = args.node.open()?;
    let found =
        risks(&node, &View::Inspect { offering: args.offering, registry: args.registry.zip(args.registrant) }, &args.known)?;
    let account = args.account.unwrap_or_default();
    let (view, _): (OfferingView, _) = node.view(&View::Offering { offering: args.offering, account })?;
    let held = match args.account {
        Some(account) => {
            let view = View::Token { token: view.token, account, from_snapshot: 0 };
            Some(node.view::<TokenView>(&view)?.0)
        }
        None => None,
    };
    if args.json {
        println!("{:#}", to_json(&node, &found, &view, held.as_ref()));
    } else {
        print!("{}", describe(&node, &found, &view, held.as_ref()));
    }
    let is_danger = found.flags.iter().any(is_danger);
    Ok(if is_danger { ExitCode::from(DANGER) } else { ExitCode::SUCCESS })
}

fn to_json(node: &Node, found: &Risks, view: &OfferingView, held: Option<&TokenView>) -> Value {
    json!({
        "chainId": node.chain_id,
        "block": found.block.number,
        "offering": view.offering,
        "token": view.token,
        "terms": view.terms,
        "phase": view.phase,
        "finalized": view.finalized,
        "raised": view.raised,
        "flags": found.flags,
        "position": held.map(|held| json!({
            "deposited": view.deposited,
            "allocation": view.allocation,
            "refund": view.refund,
            "settled": view.settled,
            "room": view.room,
            "tokens": held.balance,
            "claimable": held.assets.iter().map(|a| json!({ "asset": a.asset, "amount": a.claimable_sum, "unpaid": a.unpaid })).collect::<Vec<_>>(),
        })),
    })
}

fn describe(node: &Node, found: &Risks, view: &OfferingView, held: Option<&TokenView>) -> String {
    let terms = &view.terms;
    let currency = view.entries.iter().find(|entry| entry.kind == Kind::Erc20).cloned();
    let mut book = book(node, Address::ZERO, &found.facts, currency);
    if let Some(held) = held {
        book.entries.extend(held.entries.iter().filter(|entry| entry.kind == Kind::Erc20).cloned());
    }
    let money = |amount: U256| book.amount(terms.currency, amount);
    let tokens = |amount: U256| book.amount(view.token, amount);
    let per_cent = found.facts.token_percent.map_or("unknown".to_owned(), |percent| format!("{percent} %"));
    let mut lines = vec![
        format!("offering      {} on {}", view.offering, chain_name(node.chain_id)),
        format!(
            "token         {} “{}”, {}",
            view.token,
            inert(&found.facts.token_name, 64),
            inert(&found.facts.token_symbol, 32)
        ),
        format!("model         {}", terms.model_id),
        format!("phase         {}", phase(view)),
        format!("raised        {}, target {}, cap {}", money(view.raised), money(terms.target), money(terms.cap)),
        format!("open          {} to {}", date::utc(terms.start), date::utc(terms.end)),
        format!("for sale      {}, at most {} an account", tokens(terms.for_sale), money(terms.account_cap)),
    ];
    let parts = ["team", "treasury", "liquidity"].iter().zip(&terms.shares);
    lines.extend(parts.map(|(name, share)| format!("{name:<13} {}", part(share, &tokens))));
    lines.push(format!("revenue       {per_cent} to holders by snapshots, the rest to those who burn"));
    if let Some(held) = held {
        lines.extend(position(view, held, &book));
    }
    lines.push(String::new());
    if found.flags.is_empty() {
        lines.push("no risk was found that can be told from the chain".into());
    }
    lines.extend(found.flags.iter().map(render));
    lines.push(String::new());
    lines.join("\n")
}

fn phase(view: &OfferingView) -> String {
    let text = match view.phase {
        Phase::Pending => "has not begun",
        Phase::Open => "open for deposits",
        Phase::Succeeded => "succeeded",
        Phase::Failed => "failed: deposits come back in full",
    };
    let booked = match (view.phase, view.finalized) {
        (Phase::Succeeded | Phase::Failed, false) => ", its outcome is not booked yet",
        _ => "",
    };
    format!("{text}{booked}")
}

fn part(share: &Share, tokens: &dyn Fn(U256) -> String) -> String {
    let vesting = match (share.duration, share.cliff) {
        (0, _) => "at once".to_owned(),
        (duration, 0) => format!("vested over {}", date::span(duration)),
        (duration, cliff) => format!("vested over {}, none before {}", date::span(duration), date::span(cliff)),
    };
    let per_cent = openimo_core::chain::units::format(U256::from(share.proceeds_bps), 2);
    format!("{} and {per_cent} % of the proceeds to {}, {vesting}", tokens(share.tokens), share.beneficiary)
}

fn position(view: &OfferingView, held: &TokenView, book: &Book) -> Vec<String> {
    let money = |amount: U256| book.amount(view.terms.currency, amount);
    let tokens = |amount: U256| book.amount(view.token, amount);
    let (allocation, refund) = (tokens(view.allocation), money(view.refund));
    let outcome = match (view.settled, view.phase) {
        (true, _) => format!("was paid {allocation} and {refund}"),
        (false, Phase::Pending | Phase::Open) => format!("as things are {allocation}, and {refund} back"),
        (false, _) => format!("to be paid: {allocation}, and {refund} back"),
    };
    let mut lines = vec![
        String::new(),
        format!("deposited     {}; {outcome}", money(view.deposited)),
        format!("holds         {}", tokens(held.balance)),
    ];
    lines.extend(held.assets.iter().filter(|asset| !asset.claimable_sum.is_zero() || !asset.unpaid.is_zero()).map(|asset| {
        format!(
            "claimable     {}, and {} kept from before",
            book.amount(asset.asset, asset.claimable_sum),
            book.amount(asset.asset, asset.unpaid)
        )
    }));
    lines
}
