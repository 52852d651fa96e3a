//! `openimo node`: answers what an oracle is asked of a model, with a bond, defends its answers, and hands them over when they are final.
//!
//! The chain is its memory: what was committed to, answered and challenged is found again by its state and events, so a node that was killed,
//! or a second one with the same key, answers nothing twice. Only the secret of its commitments is on the disk.

mod defence;
mod maker;
mod oracle;
mod queue;
mod secret;

use std::process::ExitCode;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_sol_types::{SolCall, SolValue};
use clap::Args as ClapArgs;
use openimo_core::chain::units;
use openimo_core::dispute::abi;
use openimo_core::dispute::look::status;
use openimo_core::model::Model;
use openimo_core::simd::Simd;

use crate::chain::auto::Sender;
use crate::chain::node::Block;
use crate::chain::rounds::{AGAIN, After, RoundArgs};
use crate::chain::session::ether;
use crate::chain::verifier::{Verifier, read};
use crate::engine::{Device, tested_gpu};
use crate::failure::Failure;
use crate::model_file::ModelFile;
use crate::report::{Note, Report};
use defence::{Defended, defend};
use maker::{Made, Maker};
use oracle::{Oracle, commitment};
use queue::{Job, Over, Queue};
use secret::secret;

/// Answer what an oracle is asked of a model, with a bond, and defend the answers.
///
/// Exit status: 0 ended by Ctrl-C or with nothing left to do, 2 it could not serve.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// The oracle.
    #[arg(long, value_name = "ADDRESS")]
    oracle: Address,
    /// Leave requests that pay less, in the chain's own currency.
    #[arg(long, value_name = "AMOUNT", default_value = "0", value_parser = ether)]
    min_reward: U256,
    /// The most that bonds of answers may come to at a time, in the chain's own currency.
    #[arg(long, value_name = "AMOUNT", default_value = "5", value_parser = ether)]
    max_bonds: U256,
    #[command(flatten)]
    rounds: RoundArgs,
}

/// Run the verb.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    args.rounds.reported(|stop, report| serve(args, stop, report))
}

fn serve(args: &Args, stop: &Arc<AtomicBool>, report: &Report) -> Result<ExitCode, Failure> {
    let (file, model) = args.rounds.model()?;
    let gpu = match args.rounds.device {
        Device::Cpu => None,
        Device::Gpu => Some(file.load(tested_gpu(file.header())?, 1, &mut |_| {})?),
    };
    let sender = args.rounds.sender(stop, report)?;
    let node = args.rounds.node.open()?;
    let oracle = Oracle::open(&node, args.oracle)?;
    let verifier = Verifier::open(node, oracle.verifier, &file.header().manifest, B256::from(model.id.0))?;
    let bond = read(&verifier.node, verifier.address, &abi::bondCall {})?;
    if bond > args.max_bonds {
        let bond = units::format(bond, 18);
        return Err(Failure::new(format!("an answer is bonded with {bond}")).next("allow it with --max-bonds"));
    }
    let next = args.rounds.first(verifier.newest()?);
    report.tell(&Note::Serving { oracle: args.oracle, chain_id: verifier.chain_id(), model: model.id });
    let mut server = Server {
        args,
        maker: Maker::new(args.rounds.ranks(&model), gpu, model.tokenizer()?, sender.account(), stop, report),
        secret: secret(sender.account(), report),
        file: &file,
        model,
        oracle,
        verifier,
        sender,
        bond,
        first: next,
        next,
        queue: Queue::default(),
        is_owed: false,
        report: report.clone(),
    };
    args.rounds.repeat(stop, report, &mut || server.round(stop))?;
    let note = "answers that are not final are found again, but nobody defends them until then";
    report.tell(&Note::Stopped { note });
    Ok(ExitCode::SUCCESS)
}

struct Server<'a> {
    args: &'a Args,
    file: &'a ModelFile,
    /// On one thread, for what is revealed.
    model: Model<Simd>,
    maker: Maker,
    oracle: Oracle,
    verifier: Verifier,
    sender: Sender,
    bond: U256,
    secret: B256,
    first: u64,
    next: u64,
    queue: Queue,
    /// Something may be there to be fetched.
    is_owed: bool,
    report: Report,
}

impl Server<'_> {
    /// Look once: what is answered first, since its clocks run, then one request that is not. One that fails is not in the way of others.
    fn round(&mut self, stop: &AtomicBool) -> Result<After, Failure> {
        let newest = self.verifier.newest()?;
        self.report.block(newest);
        let (from, model_id) = (self.next.saturating_sub(AGAIN), B256::from(self.model.id.0));
        for asked in self.oracle.requests(&self.verifier.node, model_id, from, newest.number)? {
            self.queue.add(asked);
        }
        self.next = newest.number + 1;
        self.queue.forget(self.next.saturating_sub(AGAIN));
        let mut failed = Ok(());
        for id in self.queue.known() {
            failed = failed.and(self.visit(id, newest, stop));
        }
        let (chosen, outcome) = self.choose(newest);
        failed = failed.and(outcome);
        let (chosen, more) = chosen;
        if let Some(id) = chosen {
            failed = failed.and(self.visit(id, newest, stop));
        }
        if self.is_owed {
            failed = failed.and(self.collect());
        }
        let (open, answered) = self.queue.undecided();
        self.report.metrics().requests(open, answered);
        let bonded = self.bonded();
        failed = failed.and(bonded.map(|bonded| self.report.metrics().stake(bonded)));
        failed?;
        Ok(match open + answered {
            _ if more => After::AtOnce,
            0 => After::Nothing,
            _ => After::Pause,
        })
    }

    /// The request to run the model on, whether another one waits for that, and what failed meanwhile.
    fn choose(&mut self, newest: Block) -> ((Option<U256>, bool), Result<(), Failure>) {
        let mut failed = Ok(());
        let mut ranked = Vec::new();
        for id in self.queue.waiting() {
            let Some(mut job) = self.queue.take(id) else { continue };
            match self.rank(&mut job, newest) {
                Ok(rank) => ranked.extend(rank.map(|rank| (rank, id))),
                Err(failure) => failed = failed.and(Err(failure)),
            }
            self.queue.put(job);
        }
        let first = ranked.iter().max().map(|(_, id)| *id);
        ((first, ranked.len() > 1), failed)
    }

    /// The rank of a request, if the model should be run on it.
    fn rank(&mut self, job: &mut Job, newest: Block) -> Result<Option<queue::Rank>, Failure> {
        let node = &self.verifier.node;
        let standing = self.oracle.standing(node, &job.asked)?;
        if !standing.is_open {
            job.over = Some((Over::Closed, newest.number));
            self.is_owed = true;
            return Ok(None);
        }
        let is_own = match job.had {
            Some((answers, is_own)) if answers == standing.answers => is_own,
            _ => self.oracle.has_answered(node, &job.asked, standing.answers, self.sender.account())?,
        };
        job.had = Some((standing.answers, is_own));
        if !is_own && newest.timestamp >= job.asked.request.expiry.to::<u64>() {
            self.leave(job, newest, "it has expired".into());
            return Ok(None);
        }
        let is_known = || self.queue.made_for(&job.asked.input).is_some();
        let has_room = || Ok::<_, Failure>(self.bonded()?.saturating_add(self.bond) <= self.args.max_bonds);
        let is_wanted = is_own || (standing.reward >= self.args.min_reward && (is_known() || has_room()?));
        Ok(is_wanted.then(|| job.rank(is_own, standing.reward)))
    }

    fn leave(&self, job: &mut Job, newest: Block, why: String) {
        self.report.tell(&Note::Left { request: job.asked.id.into(), why });
        job.over = Some((Over::Left, newest.number));
    }

    fn visit(&mut self, id: U256, newest: Block, stop: &AtomicBool) -> Result<(), Failure> {
        let Some(mut job) = self.queue.take(id) else { return Ok(()) };
        let outcome = self.go_on(&mut job, newest, stop);
        self.queue.put(job);
        outcome
    }

    /// Do what can be done now about a request.
    fn go_on(&mut self, job: &mut Job, newest: Block, stop: &AtomicBool) -> Result<(), Failure> {
        let request = job.asked.id.into();
        let standing = self.oracle.standing(&self.verifier.node, &job.asked)?;
        if let Some((over, _)) = job.over {
            let is_open = match (over, &job.made) {
                (Over::Closed, _) => standing.is_open,
                (Over::Lost, Some(made)) => self.status(made.number)? != status::REFUTED,
                _ => false,
            };
            if !is_open {
                return Ok(());
            }
            self.report.tell(&Note::Reopened { request });
            job.over = None;
        }
        if !standing.is_open {
            job.over = Some((Over::Closed, newest.number));
            self.is_owed = true;
            return Ok(());
        }
        let Some(made) = job.made.clone() else { return self.make(job, newest, stop) };
        let node = &self.verifier.node;
        let index = self.oracle.place(node, &job.asked, standing.answers, made.number)?;
        job.is_answered = index.is_some();
        let stake = read(node, self.verifier.address, &abi::stakeOfCall { assertion: made.number })?;
        if stake.status == status::REFUTED {
            self.report.tell(&Note::Lost { request });
            job.over = Some((Over::Lost, newest.number));
            return Ok(());
        }
        let Some(index) = index else {
            if newest.timestamp >= job.asked.request.expiry.to::<u64>() {
                self.leave(job, newest, "it has expired".into());
                return Ok(());
            }
            return self.answer(job, &made, stake.status == status::NONE);
        };
        if stake.open > 0 {
            // A block before the assertion can have been challenged: it was made after the first that is looked at.
            let defended = Defended { number: made.number, block: self.first, book: &made.book };
            let weights = self.file.weights();
            return defend(&defended, &self.verifier, &mut self.sender, &mut self.model, weights);
        }
        if read(node, self.verifier.address, &abi::isAssertionFinalCall { assertion: made.number })? {
            self.finalize(job, &made, index)?;
            job.over = Some((Over::Closed, newest.number));
            self.is_owed = true;
        }
        Ok(())
    }

    /// Run the model on a request, and commit to what comes out. What nobody can serve is refunded.
    fn make(&mut self, job: &mut Job, newest: Block, stop: &AtomicBool) -> Result<(), Failure> {
        let made = match self.queue.made_for(&job.asked.input) {
            Some(made) => made,
            None => match self.maker.make(&job.asked.input) {
                Ok(made) => {
                    let ids = made.run.ids.len() / 4 - made.run.promptIds as usize;
                    self.report.tell(&Note::Generated { request: job.asked.id.into(), ids });
                    Rc::new(made)
                }
                // Stopped, and not at fault.
                Err(_) if stop.load(Ordering::Acquire) => return Ok(()),
                Err(failure) => {
                    self.leave(job, newest, failure.to_string());
                    return Ok(());
                }
            },
        };
        job.made = Some(made);
        self.go_on(job, newest, stop)
    }

    /// Commit to an answer, or give it.
    fn answer(&mut self, job: &Job, made: &Made, is_new: bool) -> Result<(), Failure> {
        let asked = &job.asked;
        let (node, account) = (&self.verifier.node, self.sender.account());
        if is_new && self.bonded()?.saturating_add(self.bond) > self.args.max_bonds {
            return Ok(());
        }
        let salt = keccak256((self.secret, asked.id).abi_encode());
        let commitment = commitment(self.verifier.chain_id(), self.oracle.address, account, asked.id, made.number, salt);
        match self.oracle.is_committed(node, account, commitment)? {
            None => {
                let call = abi::commitCall { commitment }.abi_encode();
                self.sender.send(node, self.oracle.address, U256::ZERO, call)?;
                self.report.tell(&Note::Committed { request: asked.id.into() });
            }
            Some(false) => {}
            Some(true) => {
                let (request, run, callback_data) = (asked.request.clone(), made.run.clone(), asked.callback_data.clone());
                let call = abi::answerCall { requestId: asked.id, request, run, callbackData: callback_data, salt };
                let value = if is_new { self.bond } else { U256::ZERO };
                self.sender.send(node, self.oracle.address, value, call.abi_encode())?;
                self.report.tell(&Note::Answered { request: asked.id.into() });
            }
        }
        Ok(())
    }

    /// Bonds of answers that are not decided.
    fn bonded(&self) -> Result<U256, Failure> {
        let mut sum = U256::ZERO;
        let mut seen = Vec::new();
        for made in self.queue.made() {
            if seen.contains(&made.number) {
                continue;
            }
            seen.push(made.number);
            sum += if self.status(made.number)? == status::ASSERTED { self.bond } else { U256::ZERO };
        }
        Ok(sum)
    }

    /// How an assertion stands.
    fn status(&self, assertion: B256) -> Result<u8, Failure> {
        Ok(read(&self.verifier.node, self.verifier.address, &abi::stakeOfCall { assertion })?.status)
    }

    /// Hand over a final answer. Another answer that is final earlier has the reward, and this one is settled by anybody.
    fn finalize(&mut self, job: &Job, made: &Made, index: U256) -> Result<(), Failure> {
        let asked = &job.asked;
        let call = abi::finalizeCall {
            requestId: asked.id,
            request: asked.request.clone(),
            index,
            claimed: made.claimed.clone(),
            output: made.run.content.clone(),
            callbackData: asked.callback_data.clone(),
        };
        self.sender.send(&self.verifier.node, self.oracle.address, U256::ZERO, call.abi_encode())?;
        self.report.tell(&Note::Final { request: asked.id.into() });
        Ok(())
    }

    /// Fetch what is owed.
    fn collect(&mut self) -> Result<(), Failure> {
        let (node, to) = (&self.verifier.node, self.sender.account());
        let call = abi::withdrawCall { to }.abi_encode();
        if !self.oracle.credit(node, to)?.is_zero() {
            self.sender.send(node, self.oracle.address, U256::ZERO, call.clone())?;
        }
        if !self.verifier.credit(to)?.is_zero() {
            self.sender.send(node, self.verifier.address, U256::ZERO, call)?;
        }
        self.is_owed = false;
        Ok(())
    }
}
