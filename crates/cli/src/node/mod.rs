//! `openimo node`: answers what an oracle is asked of a model, with a bond, defends its answers, and hands them over when they are final.
//!
//! The chain is its memory: what was committed to, answered and challenged is found again by its state and events, so a node that was killed,
//! or a second one with the same key, answers nothing twice. Only the secret of its commitments is on the disk.

mod defence;
mod oracle;

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_sol_types::{SolCall, SolValue};
use clap::Args as ClapArgs;
use openimo_core::chain::units;
use openimo_core::dispute::abi::{self, Claimed, Run};
use openimo_core::dispute::{Book, assertion, claimed};
use openimo_core::generate::generate;
use openimo_core::model::Model;
use openimo_core::request::Request;
use openimo_core::simd::Simd;
use openimo_core::tokenizer::Tokenizer;
use rand::RngCore;
use rand::rngs::OsRng;

use crate::chain::auto::Sender;
use crate::chain::journal::state_folder;
use crate::chain::rounds::{AGAIN, RoundArgs};
use crate::chain::session::ether;
use crate::chain::verifier::{Verifier, read};
use crate::failure::Failure;
use crate::model_file::ModelFile;
use crate::status::stop_flag;
use defence::{Defended, defend};
use oracle::{Asked, Oracle, commitment};

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
    let stop = stop_flag()?;
    let (file, model) = args.rounds.model()?;
    let tokenizer = model.tokenizer()?;
    let sender = args.rounds.sender(&stop)?;
    let node = args.rounds.node.open()?;
    let oracle = Oracle::open(&node, args.oracle)?;
    let verifier = Verifier::open(node, oracle.verifier, &file.header().manifest, B256::from(model.id.0))?;
    let bond = read(&verifier.node, verifier.address, &abi::bondCall {})?;
    if bond > args.max_bonds {
        let bond = units::format(bond, 18);
        return Err(Failure::new(format!("an answer is bonded with {bond}")).next("allow it with --max-bonds"));
    }
    let next = args.rounds.first(verifier.newest()?);
    println!("answering for {} on chain {} with model {}", args.oracle, verifier.chain_id(), model.id);
    let secret = secret(sender.account())?;
    let mut server = Server {
        args,
        file: &file,
        model,
        tokenizer,
        oracle,
        verifier,
        sender,
        bond,
        secret,
        first: next,
        next,
        jobs: BTreeMap::new(),
    };
    args.rounds.repeat(&stop, &mut || server.round(&stop))?;
    println!("stopped; answers that are not final are found again, but nobody defends them until then");
    Ok(ExitCode::SUCCESS)
}

/// What the salts of an account's commitments are made of. If it is lost, commitments are made anew.
fn secret(account: Address) -> Result<B256, Failure> {
    let folder = state_folder()?;
    let path = folder.join(format!("node-{account}"));
    let failed = |error: std::io::Error| {
        let message = format!("cannot keep the secret of commitments in {}: {error}", path.display());
        Failure::new(message).next("make the folder writable, or name another one in XDG_STATE_HOME")
    };
    match fs::read(&path) {
        Ok(bytes) if bytes.len() == 32 => return Ok(B256::from_slice(&bytes)),
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let mut secret = B256::ZERO;
    OsRng.fill_bytes(&mut secret.0);
    fs::create_dir_all(&folder).map_err(failed)?;
    // Whole or not at all.
    let file = tempfile::NamedTempFile::new_in(&folder).map_err(failed)?;
    fs::write(file.path(), secret).map_err(failed)?;
    file.persist(&path).map_err(|error| failed(error.error))?;
    Ok(secret)
}

/// A request, and its answer once there is one.
struct Job {
    asked: Asked,
    made: Option<Made>,
    is_over: bool,
}

struct Made {
    run: Run,
    book: Book,
    claimed: Claimed,
    number: B256,
    /// A block before the assertion can have been challenged.
    block: u64,
}

struct Server<'a> {
    args: &'a Args,
    file: &'a ModelFile,
    model: Model<Simd>,
    tokenizer: Tokenizer,
    oracle: Oracle,
    verifier: Verifier,
    sender: Sender,
    bond: U256,
    secret: B256,
    first: u64,
    next: u64,
    jobs: BTreeMap<U256, Job>,
}

impl Server<'_> {
    /// Look once; whether there is something to wait for.
    fn round(&mut self, stop: &AtomicBool) -> Result<bool, Failure> {
        let newest = self.verifier.newest()?;
        let (from, model_id) = (self.next.saturating_sub(AGAIN), B256::from(self.model.id.0));
        for asked in self.oracle.requests(&self.verifier.node, model_id, from, newest.number)? {
            self.jobs.entry(asked.id).or_insert(Job { asked, made: None, is_over: false });
        }
        self.next = newest.number + 1;
        let mut failed = Ok(());
        for id in self.jobs.keys().copied().collect::<Vec<_>>() {
            let Some(mut job) = self.jobs.remove(&id) else { continue };
            let outcome = if job.is_over { Ok(()) } else { self.go_on(&mut job, newest.timestamp, stop) };
            self.jobs.insert(id, job);
            // One request that fails is not in the way of the others.
            failed = failed.and(outcome);
        }
        failed?;
        Ok(self.jobs.values().any(|job| !job.is_over))
    }

    /// Do what can be done now about a request.
    fn go_on(&mut self, job: &mut Job, now: u64, stop: &AtomicBool) -> Result<(), Failure> {
        let id = job.asked.id;
        let standing = self.oracle.standing(&self.verifier.node, &job.asked)?;
        if !standing.is_open {
            job.is_over = true;
            return self.collect();
        }
        if job.made.is_none() && standing.reward < self.args.min_reward {
            return Ok(());
        }
        if job.made.is_none() {
            match self.make(&job.asked, stop) {
                Ok(made) => job.made = Some(made),
                Err(failure) => {
                    // Nobody can serve it; it is refunded.
                    println!("left request {id}: {failure}");
                    job.is_over = !stop.load(Ordering::Acquire);
                    return Ok(());
                }
            }
        }
        let made = job.made.as_ref().expect("it was made");
        let weights = self.file.weights();
        let node = &self.verifier.node;
        let Some(index) = self.oracle.place(node, &job.asked, standing.answers, made.number)? else {
            if now >= job.asked.request.expiry.to::<u64>() {
                println!("left request {id}: it has expired");
                job.is_over = true;
                return Ok(());
            }
            return self.answer(job);
        };
        let stake = read(node, self.verifier.address, &abi::stakeOfCall { assertion: made.number })?;
        if stake.status == REFUTED {
            println!("lost request {id}: the answer was refuted");
            job.is_over = true;
            return Ok(());
        }
        if stake.open > 0 {
            let defended = Defended { number: made.number, block: made.block, book: &made.book };
            return defend(&defended, &self.verifier, &mut self.sender, &mut self.model, weights);
        }
        if read(node, self.verifier.address, &abi::isAssertionFinalCall { assertion: made.number })? {
            return self.finalize(job, index);
        }
        Ok(())
    }

    /// Run the model on a request.
    fn make(&mut self, asked: &Asked, stop: &AtomicBool) -> Result<Made, Failure> {
        let text = std::str::from_utf8(&asked.input).map_err(|_| Failure::new("the request is no text"))?;
        let request = Request::parse(text)?;
        let go_on = &mut |_: openimo_core::generate::Progress<'_>| {
            if stop.load(Ordering::Acquire) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let output = generate(&mut self.model, &self.tokenizer, &request, go_on)?;
        let prompt = self.tokenizer.encode_prompt(&request.prompt)?;
        let (run, book) = assertion(&mut self.model, &self.tokenizer, &request, &prompt, &output.ids);
        let claimed = claimed(self.sender.account(), &run);
        let number = keccak256(claimed.abi_encode());
        // An assertion that is there already was made after the first block that is looked at.
        let block = self.first;
        println!("generated request {}: {} ids", asked.id, output.ids.len());
        Ok(Made { run, book, claimed, number, block })
    }

    /// Commit to an answer, or give it.
    fn answer(&mut self, job: &Job) -> Result<(), Failure> {
        let (asked, made) = (&job.asked, job.made.as_ref().expect("it was made"));
        let (node, account) = (&self.verifier.node, self.sender.account());
        let stake = read(node, self.verifier.address, &abi::stakeOfCall { assertion: made.number })?;
        if stake.status == REFUTED {
            return Err(Failure::new(format!("the answer to request {} was refuted before; it is not given again", asked.id)));
        }
        let is_new = stake.status == NONE;
        if is_new && self.bonded()?.saturating_add(self.bond) > self.args.max_bonds {
            return Ok(());
        }
        let salt = keccak256((self.secret, asked.id).abi_encode());
        let commitment = commitment(self.verifier.chain_id(), self.oracle.address, account, asked.id, made.number, salt);
        match self.oracle.is_committed(node, account, commitment)? {
            None => {
                let call = abi::commitCall { commitment }.abi_encode();
                self.sender.send(node, self.oracle.address, U256::ZERO, call)?;
                println!("committed to an answer of request {}", asked.id);
            }
            Some(false) => {}
            Some(true) => {
                let (request, run, callback_data) = (asked.request.clone(), made.run.clone(), asked.callback_data.clone());
                let call = abi::answerCall { requestId: asked.id, request, run, callbackData: callback_data, salt };
                let value = if is_new { self.bond } else { U256::ZERO };
                self.sender.send(node, self.oracle.address, value, call.abi_encode())?;
                println!("answered request {}", asked.id);
            }
        }
        Ok(())
    }

    /// Bonds of answers that are not decided.
    fn bonded(&self) -> Result<U256, Failure> {
        let mut sum = U256::ZERO;
        let mut seen = Vec::new();
        for made in self.jobs.values().filter_map(|job| job.made.as_ref()) {
            if seen.contains(&made.number) {
                continue;
            }
            seen.push(made.number);
            let stake = read(&self.verifier.node, self.verifier.address, &abi::stakeOfCall { assertion: made.number })?;
            sum += if stake.status == ASSERTED { self.bond } else { U256::ZERO };
        }
        Ok(sum)
    }

    /// Hand over a final answer. Another answer that is final earlier has the reward, and this one is settled by anybody.
    fn finalize(&mut self, job: &mut Job, index: U256) -> Result<(), Failure> {
        let (asked, made) = (&job.asked, job.made.as_ref().expect("it was made"));
        let call = abi::finalizeCall {
            requestId: asked.id,
            request: asked.request.clone(),
            index,
            claimed: made.claimed.clone(),
            output: made.run.content.clone(),
            callbackData: asked.callback_data.clone(),
        };
        self.sender.send(&self.verifier.node, self.oracle.address, U256::ZERO, call.abi_encode())?;
        println!("final request {}", asked.id);
        job.is_over = true;
        self.collect()
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
        Ok(())
    }
}

/// How an assertion stands, as the contract numbers it.
const NONE: u8 = 0;
const ASSERTED: u8 = 1;
const REFUTED: u8 = 2;
