//! `openimo watch`: runs the model on everything that is asserted of it at an optimistic verifier, and challenges what is wrong until it is
//! refuted. The chain is its memory: a watcher that was stopped finds its challenges again by their events.

mod dispute;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use alloy_primitives::{Address, B256, U256};
use clap::Args as ClapArgs;
use openimo_core::chain::units;
use openimo_core::dispute::{Fault, examine};
use openimo_core::model::Model;
use openimo_core::simd::Simd;
use openimo_core::simd::level::Level;
use openimo_core::tokenizer::Tokenizer;

use crate::chain::auto::Sender;
use crate::chain::pending::sleep;
use crate::chain::session::NodeArgs;
use crate::chain::verifier::{Asserted, Status, Verifier};
use crate::failure::Failure;
use crate::locate;
use crate::model_file::ModelFile;
use crate::signer::SignerArgs;
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
    /// The model file [default: OPENIMO_MODEL]
    #[arg(short, long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// The first block to look at [default: the last 50,000]
    #[arg(long, value_name = "BLOCK")]
    from_block: Option<u64>,
    /// Seconds between two looks.
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=3600))]
    every: u64,
    /// End when there is nothing left to do now, and nothing to wait for.
    #[arg(long)]
    once: bool,
    /// Say what is wrong, and sign nothing.
    #[arg(long)]
    dry_run: bool,
    /// The most that all network fees may come to, in the chain's own currency.
    #[arg(long, value_name = "AMOUNT", default_value = "0.5", value_parser = ether)]
    max_fee: U256,
    /// The most that a challenge may put at stake, in the chain's own currency.
    #[arg(long, value_name = "AMOUNT", default_value = "1", value_parser = ether)]
    max_stake: U256,
    #[command(flatten)]
    node: NodeArgs,
    #[command(flatten)]
    signer: SignerArgs,
}

fn ether(text: &str) -> Result<U256, String> {
    units::parse(text, 18).map_err(|error| error.to_string())
}

/// Run the verb.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    let stop = stop_flag()?;
    let missing = || Failure::new("no model was named").next("give the model's file with --model FILE");
    let file = locate::for_bundle(args.model.as_deref(), None)?.ok_or_else(missing)?;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let model = file.load(Simd::new(Level::detect()), threads, &mut |_| {})?;
    let tokenizer = model.tokenizer()?;
    let sender = if args.dry_run { None } else { Some(Sender::new(args.signer.signer()?, args.max_fee, Arc::clone(&stop))) };
    let contract = Verifier::open(args.node.open()?, args.verifier, &file.header().manifest, B256::from(model.id.0))?;
    let stake = contract.stake();
    if stake > args.max_stake {
        let stake = units::format(stake, 18);
        return Err(Failure::new(format!("a challenge puts {stake} at stake")).next("allow it with --max-stake"));
    }
    let newest = contract.newest()?;
    let next = args.from_block.unwrap_or_else(|| newest.number.saturating_sub(50_000));
    println!("watching {} on chain {} for model {}", args.verifier, contract.chain_id(), model.id);
    let mut watcher = Watcher { args, file: &file, model, tokenizer, contract, sender, next, seen: BTreeMap::new() };
    watcher.watch(&stop)?;
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
    args: &'a Args,
    file: &'a ModelFile,
    model: Model<Simd>,
    tokenizer: Tokenizer,
    contract: Verifier,
    sender: Option<Sender>,
    /// The first block that was not looked at.
    next: u64,
    seen: BTreeMap<B256, Seen>,
}

/// Rounds in a row that may fail where nobody waits for the node to come back.
const FAILURES: u32 = 3;
/// Blocks that are looked at again, since they may be others now.
const AGAIN: u64 = 64;

impl Watcher<'_> {
    fn watch(&mut self, stop: &AtomicBool) -> Result<(), Failure> {
        let mut failures = 0;
        while !stop.load(Ordering::Acquire) {
            match self.round() {
                Ok(busy) => {
                    failures = 0;
                    if self.args.once && !busy {
                        break;
                    }
                }
                Err(failure) => {
                    failures += 1;
                    eprintln!("{failure}");
                    if self.args.once && failures >= FAILURES {
                        return Err(failure);
                    }
                }
            }
            if sleep(Duration::from_secs(self.args.every), stop).is_err() {
                break;
            }
        }
        println!("stopped; challenges that are open are found again by the next watcher of this account");
        Ok(())
    }

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
