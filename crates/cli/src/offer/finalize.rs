//! `openimo offer finalize`: books the outcome of an offering that has ended.

use std::process::ExitCode;

use alloy_primitives::Address;
use clap::Args as ClapArgs;
use openimo_core::chain::action::Action;
use openimo_core::chain::plan::{Plan, plan};
use openimo_core::chain::read::{OfferingView, Phase, View};
use serde_json::{Value, json};

use super::perform;
use crate::chain::run::Task;
use crate::chain::session::{SendArgs, Session};
use crate::failure::Failure;

/// Book the outcome of an offering: pay team, treasury and liquidity, and burn what was not sold. Anyone can, once.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// The offering.
    offering: Address,
    #[command(flatten)]
    send: SendArgs,
}

/// Run the verb.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    perform(args, &args.send, |_| format!("the outcome of {} is booked", args.offering))
}

impl Task for Args {
    fn intent(&self, _: &Session) -> Value {
        json!({ "verb": "offer finalize", "offering": self.offering })
    }

    fn plan(&self, session: &Session) -> Result<Plan, Failure> {
        let view = View::Offering { offering: self.offering, account: session.account() };
        let (view, _): (OfferingView, _) = session.node.view(&view)?;
        if view.finalized {
            return Err(Failure::new("nothing is left to do: the outcome is booked"));
        }
        if matches!(view.phase, Phase::Pending | Phase::Open) {
            let next = "wait until it ends; `openimo offer inspect` says when";
            return Err(Failure::new("the offering has not ended, so it has no outcome").next(next));
        }
        Ok(plan(&Action::Finalize { offering: self.offering }, &session.book(view.entries))?)
    }
}
