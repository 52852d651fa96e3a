//! `openimo watch`: runs the model on everything that is asserted of it at an optimistic verifier, and challenges what is wrong until it is
//! refuted. The chain is its memory: a watcher that was stopped finds its challenges again by their events.

mod dispute;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use alloy_primitives::{Address, B256, U256};
use clap::Args as ClapArgs;
use openimo_core::chain::units;
use openimo_core::dispute::look::Asserted;
use openimo_core::dispute::{Case, examine};
use openimo_core::model::Model;
use openimo_core::simd::Simd;
use openimo_core::tokenizer::Tokenizer;

use crate::chain::auto::Sender;
use crate::chain::node::{Block, malformed};
use crate::chain::rounds::{AGAIN, After, RoundArgs};
use crate::chain::session::ether;
use crate::chain::verifier::Verifier;
use crate::engine::Device;
use crate::failure::Failure;
use crate::model_file::ModelFile;
use crate::ranks::Ranks;
use crate::report::{Note, Report};
use dispute::go_on;

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
    args.rounds.reported(|stop, report| watch(args, stop, report))
}

fn watch(args: &Args, stop: &Arc<AtomicBool>, report: &Report) -> Result<ExitCode, Failure> {
    if args.rounds.device == Device::Gpu {
        return Err(
            Failure::new("a watcher needs every boundary of a run, which a GPU does not give").next("leave out --device gpu")
        );
    }
    let (file, model) = args.rounds.model()?;
    let tokenizer = model.tokenizer()?;
    let sender = if args.dry_run { None } else { Some(args.rounds.sender(stop, report)?) };
    let contract = Verifier::open(args.rounds.node.open()?, args.verifier, &file.header().manifest, B256::from(model.id.0))?;
    let stake = contract.terms.stake();
    if stake > args.max_stake {
        let stake = units::format(stake, 18);
        return Err(Failure::new(format!("a challenge puts {stake} at stake")).next("allow it with --max-stake"));
    }
    let next = args.rounds.first(contract.newest()?);
    report.tell(&Note::Watching { verifier: args.verifier, chain_id: contract.chain_id(), model: model.id });
    let (ranks, report) = (args.rounds.ranks(&model), report.clone());
    let mut watcher = Watcher { file: &file, model, ranks, tokenizer, contract, sender, next, seen: BTreeMap::new(), report };
    let report = watcher.report.clone();
    args.rounds.repeat(stop, &report, &mut || watcher.round())?;
    report.tell(&Note::Stopped { note: "challenges that are open are found again by the next watcher of this account" });
    Ok(ExitCode::SUCCESS)
}

/// What is known of an assertion.
enum Seen {
    /// Not looked at.
    New(Box<Asserted>),
    /// It is wrong, and somebody should say so.
    Wrong(Box<Asserted>, Box<Case>),
    /// The model gives it: seen at this block. It is not run again.
    Right(u64),
    /// It was decided, as seen at this block: a reorganisation may undo that.
    Decided(Box<Asserted>, u64),
}

struct Watcher<'a> {
    file: &'a ModelFile,
    /// On one thread, for what is revealed.
    model: Model<Simd>,
    ranks: Ranks,
    tokenizer: Tokenizer,
    contract: Verifier,
    sender: Option<Sender>,
    /// The first block that was not looked at.
    next: u64,
    seen: BTreeMap<B256, Seen>,
    report: Report,
}

impl Watcher<'_> {
    /// Look once; whether there is something to wait for.
    fn round(&mut self) -> Result<After, Failure> {
        let newest = self.contract.newest()?;
        self.report.block(newest);
        let from = self.next.saturating_sub(AGAIN);
        for asserted in self.contract.assertions(from, newest.number)? {
            self.seen.entry(asserted.number).or_insert_with(|| Seen::New(Box::new(asserted)));
        }
        self.next = newest.number + 1;
        let (mut is_busy, mut challenges, mut failed) = (false, 0u32, Ok(()));
        for number in self.seen.keys().copied().collect::<Vec<_>>() {
            let Some(seen) = self.seen.remove(&number) else { continue };
            // What fails now is looked at again in the next round, and is not in the way of others.
            let (seen, outcome) = self.look(number, seen, newest);
            failed = failed.and(outcome);
            is_busy |= matches!(seen, Seen::Wrong(..) | Seen::New(_));
            challenges += u32::from(matches!(&seen, Seen::Wrong(_, case) if case.challenge().is_some()));
            // What cannot come back is forgotten.
            if !matches!(seen, Seen::Right(at) | Seen::Decided(_, at) if at + AGAIN < self.next) {
                self.seen.insert(number, seen);
            }
        }
        self.report.metrics().stake(self.contract.terms.stake().saturating_mul(U256::from(challenges)));
        failed?;
        Ok(if is_busy { After::Pause } else { After::Nothing })
    }

    fn look(&mut self, number: B256, seen: Seen, newest: Block) -> (Seen, Result<(), Failure>) {
        let now = newest.timestamp;
        match seen {
            Seen::New(asserted) => match self.contract.is_open(number, now) {
                Ok(true) => self.examined(asserted, newest),
                Ok(false) => (Seen::Decided(asserted, newest.number), Ok(())),
                Err(error) => (Seen::New(asserted), Err(error)),
            },
            Seen::Wrong(asserted, mut case) => {
                let Some(sender) = &mut self.sender else { return (Seen::Decided(asserted, newest.number), Ok(())) };
                let (weights, from) = (self.file.weights(), asserted.block.saturating_to());
                match go_on(&mut case, &self.contract, sender, &mut self.model, weights, from) {
                    Ok(true) => (Seen::Decided(asserted, newest.number), Ok(())),
                    Ok(false) => (Seen::Wrong(asserted, case), Ok(())),
                    Err(error) => (Seen::Wrong(asserted, case), Err(error)),
                }
            }
            Seen::Decided(asserted, at) if self.sender.is_some() => match self.contract.is_open(number, now) {
                Ok(true) => {
                    self.report.tell(&Note::Undecided { assertion: number });
                    (Seen::New(asserted), Ok(()))
                }
                Ok(false) => (Seen::Decided(asserted, at), Ok(())),
                Err(error) => (Seen::Decided(asserted, at), Err(error)),
            },
            seen => (seen, Ok(())),
        }
    }

    fn examined(&mut self, asserted: Box<Asserted>, newest: Block) -> (Seen, Result<(), Failure>) {
        let Some(run) = asserted.run() else {
            let error = malformed("an assertion whose number is not that of its run");
            return (Seen::New(asserted), Err(error.into()));
        };
        let Self { ranks, tokenizer, report, contract, sender, .. } = self;
        let found = report.timed("examine", || ranks.each(|model| examine(model, tokenizer, &run)));
        let (assertion, ids) = (asserted.number, run.ids.len() / 4);
        let account = sender.as_ref().map_or(Address::ZERO, Sender::account);
        let (terms, program) = (contract.terms.clone(), contract.program.clone());
        let seen = match Case::new(account, terms, program, asserted.asserter, run, found) {
            None => {
                report.tell(&Note::Right { assertion, ids });
                Seen::Right(newest.number)
            }
            Some(case) => {
                report.tell(&Note::Wrong { assertion, why: case.fault().to_string() });
                Seen::Wrong(asserted, Box::new(case))
            }
        };
        (seen, Ok(()))
    }
}
