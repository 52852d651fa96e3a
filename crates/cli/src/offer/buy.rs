//! `openimo offer buy`: a deposit, with a permit where the currency has them and an approval where it has not.

use std::process::ExitCode;

use alloy_primitives::{Address, U256};
use clap::Args as ClapArgs;
use openimo_core::chain::action::{Action, PermitTerms};
use openimo_core::chain::plan::{Plan, plan};
use openimo_core::chain::read::{Erc20View, OfferingView, View};
use openimo_core::chain::units;
use serde_json::{Value, json};

use super::perform;
use super::report::{Risks, is_danger, render, risks};
use crate::chain::run::Task;
use crate::chain::session::{SendArgs, Session};
use crate::failure::Failure;

/// Seconds for which a permit is valid: long enough to be included, too short to be forgotten.
const PERMIT_TIME: u64 = 3600;

/// Deposit into an offering. Below its target the deposit comes back in full, above its cap in proportion.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// The offering.
    offering: Address,
    /// How much of the offering's currency, such as 0.5.
    #[arg(long)]
    amount: String,
    /// Send an approval also where the currency takes permits.
    #[arg(long)]
    no_permit: bool,
    /// Deposit although the offering has a risk of the kind "danger"; see `openimo offer inspect`.
    #[arg(long)]
    accept_risks: bool,
    #[command(flatten)]
    send: SendArgs,
}

/// Run the verb.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    perform(args, &args.send, |_| format!("deposited {} into {}", args.amount, args.offering))
}

impl Task for Args {
    fn intent(&self, _: &Session) -> Value {
        json!({ "verb": "offer buy", "offering": self.offering, "amount": self.amount, "permit": !self.no_permit })
    }

    fn plan(&self, session: &Session) -> Result<Plan, Failure> {
        let account = session.account();
        let (view, block): (OfferingView, _) = session.node.view(&View::Offering { offering: self.offering, account })?;
        self.refuse_danger(session)?;
        let currency = view.terms.currency;
        let money = if currency == Address::ZERO {
            None
        } else {
            let view = View::Erc20 { token: currency, owner: account, spender: self.offering, chain_id: session.node.chain_id };
            Some(session.node.view::<Erc20View>(&view)?.0)
        };
        let amount = units::parse(&self.amount, money.as_ref().map_or(18, |money| money.decimals))
            .map_err(|error| Failure::new(format!("--amount: {error}")))?;
        let book = session.book(view.entries.clone());
        if amount > view.balance {
            let [has, needs] = [view.balance, amount].map(|amount| book.amount(currency, amount));
            return Err(Failure::new(format!("the account has {has}, and {needs} would be deposited")));
        }
        let allowance = money.as_ref().map_or(U256::ZERO, |money| money.allowance);
        let domain = money.and_then(|money| money.permit).filter(|_| !self.no_permit && allowance < amount);
        let permit = domain.map(|domain| PermitTerms { domain, deadline: U256::from(block.timestamp + PERMIT_TIME) });
        Ok(plan(&Action::Deposit { offering: self.offering, amount, allowance, permit }, &book)?)
    }
}

impl Args {
    /// Money is not put where everything can be lost, unless the user says so.
    fn refuse_danger(&self, session: &Session) -> Result<(), Failure> {
        let Risks { flags, .. } =
            risks(&session.node, &View::Inspect { offering: self.offering, registry: None }, &Default::default())?;
        let dangers: Vec<_> = flags.iter().filter(|flag| is_danger(flag)).collect();
        dangers.iter().for_each(|flag| eprintln!("{}", render(flag)));
        if dangers.is_empty() || self.accept_risks {
            return Ok(());
        }
        let message = format!("the offering has {} risks by which everything can be lost; nothing was signed", dangers.len());
        Err(Failure::new(message).next("look at it with `openimo offer inspect`; deposit all the same with --accept-risks"))
    }
}
