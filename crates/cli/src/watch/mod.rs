//! `openimo watch`: runs the model on everything that is asserted of it at an optimistic verifier, and challenges what is wrong until it is
//! refuted. The chain is its memory: a watcher that was stopped finds its challenges again by their events.

mod dispute;

use std::collections::BTreeMap;
use std::process::ExitCode;

use alloy_primitives::{Address, B256, U256};
use clap::Args as ClapArgs;
use openimo_core::chain::units;
use openimo_core::dispute::{Fault, examine};
use openimo_core::model::Model;
use openimo_core::simd::Simd;
use openimo_core::tokenizer::Tokenizer;

use crate::chain::auto::Sender;
use crate::chain::rounds::{AGAIN, RoundArgs};
use crate::chain::session::ether;
use crate::chain::verifier::{Asserted, Status, Verifier};
use crate::failure::Failure;
use crate::model_file::ModelFile;
use crate::status::stop_flag;
use dispute::Dispute;

/// Run the model on everything that is asserted of it, and challenge what is wrong.
///
/// Exit status: 0 ended by Ctrl-C or with nothing left to do, 2 it could not watch.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// The optimistic verifier.
    #[arg(long, value_name = "ADDRESS")]
    verifier: Address,
    /// Say what is wrong, and sign nothing.
    #[arg(long)]
    dry_run: bool,
    /// The most that a challenge may put at stake, in the chain's own currency.
    #[arg(long, value_name = "AMOUNT", default_value = "1", value_parser = ether)]
    max_stake: U256,
    #[command(flatten)]
    rounds: RoundArgs,
}

/// Run the verb.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    let stop = stop_flag()?;
    let (file, model) = args.rounds.model()?;
    let tokenizer = model.tokenizer()?;
    let sender = if args.dry_run { None } else { Some(args.rounds.sender(&stop)?) };
    let contract = Verifier::open(args.rounds.node.open()?, args.verifier, &file.header().manifest, B256::from(model.id.0))?;
    let stake = contract.stake();
    if stake > args.max_stake {
        let stake = units::format(stake, 18);
        return Err(Failure::new(format!("a challenge puts {stake} at stake")).next("allow it with --max-stake"));
    }
    let next = args.rounds.first(contract.newest()?);
    println!("watching {} on chain {} for model {}", args.verifier, contract.chain_id(), model.id);
    let mut watcher = Watcher { file: &file, model, tokenizer, contract, sender, next, seen: BTreeMap::new() };
    args.rounds.repeat(&stop, &mut || watcher.round())?;
    println!("stopped; challenges that are open are found again by the next watcher of this account");
    Ok(ExitCode::SUCCESS)
}

/// What is known of an assertion.
enum Seen {
    /// Not looked at.
    New(Box<Asserted>),
    /// The model gives it.
    Right,
    /// It is wrong, and somebody should say so.
    Wrong(Box<Dispute>),
    /// There is nothing to do any more.
    Done,
}

struct Watcher<'a> {
    file: &'a ModelFile,
    model: Model<Simd>,
    tokenizer: Tokenizer,
    contract: Verifier,
    sender: Option<Sender>,
    /// The first block that was not looked at.
    next: u64,
    seen: BTreeMap<B256, Seen>,
}

impl Watcher<'_> {
    /// Look once; whether there is something to wait for.
    fn round(&mut self) -> Result<bool, Failure> {
        let newest = self.contract.newest()?;
        let from = self.next.saturating_sub(AGAIN);
        for asserted in self.contract.assertions(from, newest.number)? {
            self.seen.entry(asserted.number).or_insert_with(|| Seen::New(Box::new(asserted)));
        }
        self.next = newest.number + 1;
        let mut busy = false;
        for number in self.seen.keys().copied().collect::<Vec<_>>() {
            let seen = std::mem::replace(self.seen.get_mut(&number).expect("it is there"), Seen::Done);
            // What fails now is looked at again in the next round.
            let (seen, outcome) = self.look(number, seen, newest.timestamp);
            busy |= matches!(seen, Seen::Wrong(_) | Seen::New(_));
            self.seen.insert(number, seen);
            outcome?;
        }
        Ok(busy)
    }

    fn look(&mut self, number: B256, seen: Seen, now: u64) -> (Seen, Result<(), Failure>) {
        match seen {
            Seen::New(asserted) => match self.contract.status(number, now) {
                Ok(Status::Asserted | Status::Challenged) => (self.examined(*asserted), Ok(())),
                Ok(_) => (Seen::Done, Ok(())),
                Err(error) => (Seen::New(asserted), Err(error)),
            },
            Seen::Wrong(mut dispute) => {
                let Some(sender) = &mut self.sender else { return (Seen::Done, Ok(())) };
                let weights = self.file.weights();
                match dispute.go_on(&self.contract, sender, &mut self.model, weights, now) {
                    Ok(true) => (Seen::Done, Ok(())),
                    Ok(false) => (Seen::Wrong(dispute), Ok(())),
                    Err(error) => (Seen::Wrong(dispute), Err(error)),
                }
            }
            seen => (seen, Ok(())),
        }
    }

    fn examined(&mut self, asserted: Asserted) -> Seen {
        let found = examine(&mut self.model, &self.tokenizer, &asserted.run);
        match found.fault {
            None => {
                println!("right {}: {} ids", asserted.number, asserted.run.ids.len() / 4);
                Seen::Right
            }
            Some(fault) => {
                println!("wrong {}: {}", asserted.number, said(&fault));
                Seen::Wrong(Box::new(Dispute::new(asserted, fault, found.book)))
            }
        }
    }
}

/// A fault in words.
fn said(fault: &Fault) -> String {
    match fault {
        Fault::Form => "no model gives a run of this form to this request".into(),
        Fault::Piece { index } => format!("output id {index} stands for other bytes"),
        Fault::Id { position } => format!("the id at position {position} is none of the model's"),
        Fault::Boundary { boundary: 0 } => "the embedding gives other numbers".into(),
        Fault::Boundary { boundary } => format!("layer {} gives other numbers", boundary - 1),
        Fault::Choice { position } => format!("the model chooses another id after position {position}"),
    }
}
