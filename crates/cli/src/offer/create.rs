//! `openimo offer create`: a token and its offering from a file of terms, with what they come to at target and at cap.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::SolEvent;
use clap::Args as ClapArgs;
use openimo_core::chain::abi::factory::ModelOfferingFactory::OfferingCreated;
use openimo_core::chain::action::Action;
use openimo_core::chain::book::{Book, Entry, Kind};
use openimo_core::chain::create::{Creation, PartTerms};
use openimo_core::chain::error::{ChainError, Code};
use openimo_core::chain::plan::{Plan, plan};
use openimo_core::chain::read::{Erc20View, View};
use openimo_core::chain::{code, date, units};
use openimo_core::revshare::offering::{Share, Terms, TermsError};
use serde_json::{Value, json};

use super::report::{is_danger, render, risks};
use super::terms::{File, TOKEN_DECIMALS};
use crate::chain::run::{Finished, Task};
use crate::chain::session::{SendArgs, Session};
use crate::failure::Failure;

/// Longest file of terms, bytes.
const MAX_FILE: u64 = 64 << 10;

/// Create a model's token and its offering.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// The terms; docs/offering-terms.md has an example.
    #[arg(long, value_name = "FILE")]
    terms: PathBuf,
    /// The factory of offerings on this chain.
    #[arg(long, value_name = "ADDRESS")]
    factory: Address,
    /// Use the factory although its code is not the audited one.
    #[arg(long)]
    accept_risks: bool,
    #[command(flatten)]
    send: SendArgs,
}

/// Run the verb.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    let file = read(&args.terms)?;
    let session = Session::open(&args.send)?;
    let Some(finished) = session.run(&Create { args, file })? else { return Ok(ExitCode::SUCCESS) };
    let (token, offering) = created(&finished, args.factory)?;
    if args.send.json {
        let mut json = finished.to_json();
        (json["offering"], json["token"]) = (json!(offering), json!(token));
        println!("{json:#}");
    } else {
        println!("offering  {offering}\ntoken     {token}");
    }
    let found = risks(&session.node, &View::Inspect { offering, registry: None }, &Default::default())?;
    found.flags.iter().filter(|flag| is_danger(flag)).for_each(|flag| eprintln!("{}", render(flag)));
    if found.facts.token != token {
        return Err(ChainError::new(Code::RpcInconsistent, "the offering sells another token than the factory says").into());
    }
    Ok(ExitCode::SUCCESS)
}

struct Create<'a> {
    args: &'a Args,
    file: File,
}

impl Task for Create<'_> {
    fn intent(&self, _: &Session) -> Value {
        // Amounts are of a currency that is part of it, so whatever its decimals are, another file is another intent.
        json!({ "verb": "offer create", "factory": self.args.factory, "terms": format!("{:?}", self.file) })
    }

    fn plan(&self, session: &Session) -> Result<Plan, Failure> {
        let Args { factory, accept_risks, .. } = *self.args;
        let answer = session.node.ask("eth_getCode", json!([factory, "latest"]))?;
        let bytes: Bytes = serde_json::from_value(answer)
            .map_err(|_| ChainError::new(Code::RpcMalformed, "the node's answer is no code of a contract"))?;
        if !code::facts("ModelOfferingFactory", &bytes).known && !accept_risks {
            return Err(Failure::new(format!("the code at {factory} is not that of the audited factory; nothing was signed"))
                .next("check the address and the chain; use it all the same with --accept-risks"));
        }
        let plain = |address, kind| Entry { address, kind, symbol: String::new(), decimals: 0, currency: Address::ZERO };
        let mut entries = vec![plain(factory, Kind::Factory)];
        let tokens = [self.file.currency()].into_iter().filter(|currency| *currency != Address::ZERO);
        for token in tokens.chain(self.file.revenue_tokens().iter().copied()) {
            let view = View::Erc20 { token, owner: session.account(), spender: factory, chain_id: session.node.chain_id };
            let (view, _): (Erc20View, _) = session.node.view(&view)?;
            entries.push(Entry { symbol: view.symbol, decimals: view.decimals, ..plain(token, Kind::Erc20) });
        }
        let book = session.book(entries);
        let decimals = book.entry(self.file.currency()).map_or(18, |entry| entry.decimals);
        let creation = self.file.creation(decimals)?;
        let outcomes = outcomes(&creation, &book, session.node.newest()?.timestamp)?;
        // Where a program reads the plan, people read this beside it.
        eprintln!("{outcomes}");
        Ok(plan(&Action::CreateOffering { factory, creation: Box::new(creation) }, &book)?)
    }
}

fn read(path: &PathBuf) -> Result<File, Failure> {
    let unreadable = |e: &dyn std::fmt::Display| Failure::new(format!("cannot read the terms {}: {e}", path.display()));
    if std::fs::metadata(path).map_err(|e| unreadable(&e))?.len() > MAX_FILE {
        return Err(unreadable(&"the file is too long"));
    }
    let text = std::fs::read_to_string(path).map_err(|e| unreadable(&e))?;
    File::parse(&text).map_err(|failure| failure.next("compare with the example in docs/offering-terms.md"))
}

/// Who gets what if the target is just met, and from the cap on; an error if the terms are none that an offering can have.
fn outcomes(creation: &Creation, book: &Book, now: u64) -> Result<String, Failure> {
    let t = &creation.terms;
    let small = |amount: U256| u128::try_from(amount).map_err(|_| Failure::new("an amount is larger than an offering can keep"));
    let share = |part: &PartTerms| {
        let PartTerms { proceeds_bps, cliff, duration, .. } = *part;
        Ok::<_, Failure>(Share { tokens: small(part.tokens)?, proceeds_bps, cliff, duration })
    };
    let parts = [share(&t.team)?, share(&t.treasury)?, share(&t.liquidity)?];
    let terms = Terms {
        for_sale: small(t.for_sale)?,
        target: small(t.target)?,
        cap: small(t.cap)?,
        account_cap: small(t.account_cap)?,
        start: t.start,
        end: t.end,
        parts,
    };
    let supply = parts.iter().try_fold(terms.for_sale, |sum, part| sum.checked_add(part.tokens));
    let supply = supply.ok_or_else(|| Failure::new("the supply is larger than a token can have"))?;
    terms.check(supply, now).map_err(in_words)?;

    let money = |amount: u128| book.amount(t.currency, U256::from(amount));
    let tokens = |amount: u128| format!("{} {}", units::format(U256::from(amount), TOKEN_DECIMALS), creation.token.symbol);
    let mut text = format!("{} in all\n", tokens(supply));
    for (name, raised) in [("target", terms.target), ("cap", terms.cap)] {
        let outcome = terms.outcome(raised).expect("the target is met");
        writeln!(text, "at the {name}, {} raised:", money(raised)).expect("text takes text");
        writeln!(text, "  buyers      {}", tokens(outcome.sold)).expect("text takes text");
        for (name, paid) in ["team", "treasury", "liquidity"].iter().zip(outcome.parts) {
            writeln!(text, "  {name:<11} {} and {}", tokens(paid.tokens), money(paid.money)).expect("text takes text");
        }
        writeln!(text, "  burnt       {}", tokens(outcome.burnt)).expect("text takes text");
    }
    Ok(text)
}

fn in_words(error: TermsError) -> Failure {
    let range = |what, got, earliest, latest| {
        format!("the {what} is {}, but has to be from {} to {}", date::utc(got), date::utc(earliest), date::utc(latest))
    };
    Failure::new(match error {
        TermsError::InvalidStart { start, earliest, latest } => range("start", start, earliest, latest),
        TermsError::InvalidEnd { end, earliest, latest } => range("end", end, earliest, latest),
        TermsError::InvalidVesting { part, cliff, duration } => format!(
            "the {}'s vesting over {} with a cliff of {} is too short, too long, or has a cliff longer than itself",
            format!("{part:?}").to_lowercase(),
            date::span(duration),
            date::span(cliff)
        ),
        other => other.to_string(),
    })
}

/// Token and offering, from the factory's event.
fn created(finished: &Finished, factory: Address) -> Result<(Address, Address), Failure> {
    let receipts = finished.transactions.iter().flatten();
    let mut logs = receipts.flat_map(|(_, receipt)| &receipt.logs).filter(|log| log.address == factory);
    let event = logs.find_map(|log| OfferingCreated::decode_raw_log(log.topics.iter().copied(), &log.data).ok());
    let missing = || ChainError::new(Code::RpcInconsistent, "the transaction has no event of the factory");
    let event = event.ok_or_else(missing)?;
    Ok((event.token, event.offering))
}
