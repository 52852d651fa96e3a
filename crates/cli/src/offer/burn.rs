//! `openimo offer burn`: destroys tokens for their share of the revenue pools.

use std::process::ExitCode;

use alloy_primitives::Address;
use clap::Args as ClapArgs;
use openimo_core::chain::action::Action;
use openimo_core::chain::error::{ChainError, Code};
use openimo_core::chain::plan::{Plan, plan};
use openimo_core::chain::read::{OfferingView, TokenView, View};
use openimo_core::chain::units;
use openimo_core::revshare::redeem;
use serde_json::{Value, json};

use super::{Recipient, perform};
use crate::chain::run::Task;
use crate::chain::session::{SendArgs, Session};
use crate::failure::Failure;

/// Destroy tokens of an offering, and be paid their share of every pool.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// The offering whose tokens are burnt.
    offering: Address,
    /// How many tokens, such as 12.5, or `all`.
    #[arg(long)]
    amount: String,
    #[command(flatten)]
    recipient: Recipient,
    #[command(flatten)]
    send: SendArgs,
}

/// Run the verb.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    perform(args, &args.send, |session| {
        format!("burnt {} tokens; their share was paid to {}", args.amount, args.recipient.or_account(session))
    })
}

impl Task for Args {
    fn intent(&self, _: &Session) -> Value {
        json!({ "verb": "offer burn", "offering": self.offering, "amount": self.amount, "to": self.recipient.to })
    }

    fn plan(&self, session: &Session) -> Result<Plan, Failure> {
        let account = session.account();
        let (offering, _): (OfferingView, _) = session.node.view(&View::Offering { offering: self.offering, account })?;
        let (view, _): (TokenView, _) = session.node.view(&View::Token { token: offering.token, account, from_snapshot: 0 })?;
        let amount = if self.amount == "all" {
            view.balance
        } else {
            units::parse(&self.amount, view.decimals).map_err(|error| Failure::new(format!("--amount: {error}")))?
        };
        let book = session.book(view.entries.iter().chain(&offering.entries).cloned());
        if amount.is_zero() || amount > view.balance {
            let [has, burns] = [view.balance, amount].map(|amount| book.amount(view.token, amount));
            return Err(Failure::new(format!("the account has {has}, and {burns} would be burnt")));
        }
        // Every pool is chosen: the share of one that is left out would be lost.
        let assets = view.assets.iter().map(|asset| asset.asset).collect();
        let impossible = || ChainError::new(Code::RpcInconsistent, "the token has more than it can have");
        for asset in &view.assets {
            let [pool, burnt, supply] = [asset.pool, amount, view.total_supply].map(|number| u128::try_from(number).ok());
            let (Some(pool), Some(burnt), Some(supply)) = (pool, burnt, supply) else { return Err(impossible().into()) };
            let share = redeem(pool, burnt, supply).map_err(|_| impossible())?;
            eprintln!(
                "as things are, the share of the pool is {}",
                book.amount(asset.asset, share.try_into().unwrap_or_default())
            );
        }
        Ok(plan(&Action::Burn { token: view.token, amount, assets, to: self.recipient.or_account(session) }, &book)?)
    }
}
