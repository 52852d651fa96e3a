//! `openimo offer snapshot`: shares out the revenue that came in since the last snapshot.

use std::process::ExitCode;

use alloy_primitives::{Address, U256};
use clap::Args as ClapArgs;
use openimo_core::chain::action::Action;
use openimo_core::chain::plan::{Plan, plan};
use openimo_core::chain::read::{OfferingView, TokenView, View};
use serde_json::{Value, json};

use super::perform;
use crate::chain::run::Task;
use crate::chain::session::{SendArgs, Session};
use crate::failure::Failure;

/// Share out the revenue that came in since the last snapshot, by the balances of the block before. Anyone can.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// The offering whose token has the revenue.
    offering: Address,
    #[command(flatten)]
    send: SendArgs,
}

/// Run the verb.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    perform(args, &args.send, |_| "the revenue is shared out; holders take it with `openimo offer claim`".into())
}

impl Task for Args {
    fn intent(&self, _: &Session) -> Value {
        json!({ "verb": "offer snapshot", "offering": self.offering })
    }

    fn plan(&self, session: &Session) -> Result<Plan, Failure> {
        let account = session.account();
        let (offering, _): (OfferingView, _) = session.node.view(&View::Offering { offering: self.offering, account })?;
        let (view, block): (TokenView, _) =
            session.node.view(&View::Token { token: offering.token, account, from_snapshot: 0 })?;
        if view.assets.iter().all(|asset| asset.pending.is_zero()) {
            return Err(Failure::new("nothing came in since the last snapshot"));
        }
        // It is included in the next block at the earliest.
        if U256::from(block.number) + U256::ONE < view.next_snapshot_block {
            let message =
                format!("the next snapshot can be in block {}; the chain is at {}", view.next_snapshot_block, block.number);
            return Err(Failure::new(message).next("wait for that block"));
        }
        let book = session.book(view.entries.iter().chain(&offering.entries).cloned());
        for asset in view.assets.iter().filter(|asset| !asset.pending.is_zero()) {
            eprintln!("came in: {}", book.amount(asset.asset, asset.pending));
        }
        Ok(plan(&Action::Snapshot { token: view.token }, &book)?)
    }
}
