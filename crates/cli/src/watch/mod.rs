//! `openimo watch`: runs the model on everything that is asserted of it at an optimistic verifier, and challenges what is wrong until it is
//! refuted. The chain is its memory: a watcher that was stopped finds its challenges again by their events.

mod dispute;

use std::collections::BTreeMap;
use std::process::ExitCode;

use alloy_primitives::{Address, B256, U256};
use clap::Args as ClapArgs;
use openimo_core::chain::units;
use openimo_core::dispute::abi;
use openimo_core::dispute::look::{Asserted, status};
use openimo_core::dispute::{Case, examine};
use openimo_core::model::Model;
use openimo_core::simd::Simd;
use openimo_core::tokenizer::Tokenizer;

use crate::chain::auto::Sender;
use crate::chain::node::malformed;
use crate::chain::rounds::{AGAIN, RoundArgs};
use crate::chain::session::ether;
use crate::chain::verifier::{Verifier, read};
use crate::failure::Failure;
use crate::model_file::ModelFile;
use crate::status::stop_flag;
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
    let stop = stop_flag()?;
    let (file, model) = args.rounds.model()?;
    let tokenizer = model.tokenizer()?;
    let sender = if args.dry_run { None } else { Some(args.rounds.sender(&stop)?) };
    let contract = Verifier::open(args.rounds.node.open()?, args.verifier, &file.header().manifest, B256::from(model.id.0))?;
    let stake = contract.terms.stake();
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
    /// It is wrong, and somebody should say so; challenges of it are not before a block.
    Wrong(Box<Case>, u64),
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
            busy |= matches!(seen, Seen::Wrong(..) | Seen::New(_));
            self.seen.insert(number, seen);
            outcome?;
        }
        Ok(busy)
    }

    fn look(&mut self, number: B256, seen: Seen, now: u64) -> (Seen, Result<(), Failure>) {
        match seen {
            Seen::New(asserted) => {
                match read(&self.contract.node, self.contract.address, &abi::stakeOfCall { assertion: number }) {
                    Ok(stake) if stake.status == status::ASSERTED && (now < stake.deadline.to::<u64>() || stake.open > 0) => {
                        match self.examined(&asserted) {
                            Ok(seen) => (seen, Ok(())),
                            Err(error) => (Seen::New(asserted), Err(error)),
                        }
                    }
                    Ok(_) => (Seen::Done, Ok(())),
                    Err(error) => (Seen::New(asserted), Err(error.into())),
                }
            }
            Seen::Wrong(mut case, block) => {
                let Some(sender) = &mut self.sender else { return (Seen::Done, Ok(())) };
                let weights = self.file.weights();
                match go_on(&mut case, &self.contract, sender, &mut self.model, weights, block) {
                    Ok(true) => (Seen::Done, Ok(())),
                    Ok(false) => (Seen::Wrong(case, block), Ok(())),
                    Err(error) => (Seen::Wrong(case, block), Err(error)),
                }
            }
            seen => (seen, Ok(())),
        }
    }

    fn examined(&mut self, asserted: &Asserted) -> Result<Seen, Failure> {
        let Asserted { number, asserter, .. } = *asserted;
        let run = asserted.run().ok_or_else(|| malformed("an assertion whose number is not that of its run"))?;
        let found = examine(&mut self.model, &self.tokenizer, &run);
        let account = self.sender.as_ref().map_or(Address::ZERO, Sender::account);
        let (terms, program, ids) = (self.contract.terms.clone(), self.contract.program.clone(), run.ids.len() / 4);
        Ok(match Case::new(account, terms, program, asserter, run, found) {
            None => {
                println!("right {number}: {ids} ids");
                Seen::Right
            }
            Some(case) => {
                println!("wrong {number}: {}", case.fault());
                Seen::Wrong(Box::new(case), asserted.block.saturating_to())
            }
        })
    }
}
