//! `openimo offer refund`: the whole deposit back from an offering that missed its target.

use std::process::ExitCode;

use alloy_primitives::Address;
use clap::Args as ClapArgs;
use openimo_core::chain::action::Action;
use openimo_core::chain::plan::{Plan, plan};
use openimo_core::chain::read::{OfferingView, Phase, View};
use serde_json::{Value, json};

use super::{Recipient, perform};
use crate::chain::run::Task;
use crate::chain::session::{SendArgs, Session};
use crate::failure::Failure;

/// Take the deposit back from an offering that missed its target.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// The offering.
    offering: Address,
    #[command(flatten)]
    recipient: Recipient,
    #[command(flatten)]
    send: SendArgs,
}

/// Run the verb.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    perform(args, &args.send, |session| format!("the deposit was paid back to {}", args.recipient.or_account(session)))
}

impl Task for Args {
    fn intent(&self, _: &Session) -> Value {
        json!({ "verb": "offer refund", "offering": self.offering, "to": self.recipient.to })
    }

    fn plan(&self, session: &Session) -> Result<Plan, Failure> {
        let view = View::Offering { offering: self.offering, account: session.account() };
        let (view, _): (OfferingView, _) = session.node.view(&view)?;
        if view.settled {
            return Err(Failure::new("the account was paid by this offering before"));
        }
        if view.deposited.is_zero() {
            return Err(Failure::new("the account has no deposit in this offering"));
        }
        if view.phase != Phase::Failed {
            let next = match view.phase {
                Phase::Succeeded => "it succeeded: tokens, and what went beyond the cap, come with `openimo offer claim`",
                _ => "wait until it ends; `openimo offer inspect` says when",
            };
            return Err(Failure::new("the offering has not failed, so deposits do not come back in full").next(next));
        }
        let action = Action::Refund { offering: self.offering, to: self.recipient.to, account: None };
        Ok(plan(&action, &session.book(view.entries))?)
    }
}
