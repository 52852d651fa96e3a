//! Runs a plan: shows it, asks, and then for each step reviews, tries, signs, notes, sends and waits. A run that was begun goes on where it
//! stopped: what was sent is looked for, and if it is nowhere, sent again with its own nonce.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use alloy_consensus::TxEip1559;
use alloy_primitives::{B256, TxKind};
use openimo_core::chain::error::{ChainError, Code};
use openimo_core::chain::plan::{self, Plan, Request, Step};
use serde_json::{Value, json};

use super::journal::{Journal, Run, StepState};
use super::node::CallRequest;
use super::pending::{self, Patience, Receipt, Sent, Whereabouts, included, look};
use super::present;
use super::quote::{Quote, refused, with_room};
use super::session::Session;
use crate::failure::Failure;
use crate::signer::SignedTransaction;
use crate::status::{Status, stop_flag};

const GO_ON: &str = "run the same command again: it goes on from here, and pays nothing twice";

/// What a verb wants done.
pub trait Task {
    /// What was asked for, in full: a run of the same intent that was begun and not finished is gone on with.
    fn intent(&self, session: &Session) -> Value;

    /// The exact requests.
    ///
    /// # Errors
    /// If it cannot be done.
    fn plan(&self, session: &Session) -> Result<Plan, Failure>;

    /// Whether what is left of a run that was begun cannot be done any more, so that it begins anew; in words.
    ///
    /// # Errors
    /// If that cannot be told.
    fn expired(&self, _session: &Session, _run: &Run) -> Result<Option<String>, Failure> {
        Ok(None)
    }
}

/// What was done: each step with its transaction; none for a signature.
pub struct Finished {
    /// The plan.
    pub plan: Plan,
    /// The transactions.
    pub transactions: Vec<Option<(B256, Receipt)>>,
}

impl Finished {
    /// For programs.
    pub fn to_json(&self) -> Value {
        let steps = self.plan.steps.iter().zip(&self.transactions).filter_map(|(step, sent)| {
            let (hash, receipt) = sent.as_ref()?;
            Some(json!({ "step": step.id, "hash": hash, "block": receipt.block, "fee": receipt.fee }))
        });
        json!({ "chainId": self.plan.chain_id, "account": self.plan.account, "transactions": steps.collect::<Vec<_>>() })
    }
}

impl Session {
    /// Do it; `None` if it was only to be shown.
    ///
    /// # Errors
    /// If it cannot be done, or the user does not want it.
    pub fn run(&self, task: &dyn Task) -> Result<Option<Finished>, Failure> {
        if self.args.dry_run {
            let run = Run::new(task.intent(self), task.plan(self)?);
            let quote = Quote::of(&self.node, &run.plan, &run.steps)?;
            if self.args.json {
                println!("{:#}", present::to_json(&run.plan, &run.steps, &quote));
            } else {
                print!("{}", present::render(&run.plan, &run.steps, &quote, self.node.shown()));
            }
            return Ok(None);
        }
        let journal = Journal::open(self.node.chain_id, self.account())?;
        let mut running = Running { session: self, journal, run: None, stop: None };
        running.resume(task)?;
        if running.run.is_none() {
            running.run = Some(Run::new(task.intent(self), task.plan(self)?));
        }
        running.finish().map(Some)
    }
}

struct Running<'a> {
    session: &'a Session,
    journal: Journal,
    run: Option<Run>,
    stop: Option<Arc<AtomicBool>>,
}

impl Running<'_> {
    /// Take up a run that was begun, if there is one and it can still be done.
    fn resume(&mut self, task: &dyn Task) -> Result<(), Failure> {
        let intent = task.intent(self.session);
        let Some(run) = self.journal.find(&intent)?.filter(Run::has_begun) else { return Ok(()) };
        eprintln!("an earlier run of this command was not finished; going on with it");
        let steps = run.plan.steps.len();
        for step in &run.plan.steps {
            plan::review(step, &run.plan.book)?;
        }
        self.run = Some(run);
        for index in 0..steps {
            self.look_for(index)?;
        }
        let run = self.run.as_ref().expect("it was just put there");
        let expired = if run.has_begun() { task.expired(self.session, run)? } else { Some("nothing of it was done".into()) };
        if let Some(why) = expired {
            eprintln!("{why}; beginning anew");
            self.journal.remove(&intent)?;
            self.run = None;
        }
        Ok(())
    }

    /// A step that was sent before: wait for it if it is anywhere.
    fn look_for(&mut self, index: usize) -> Result<(), Failure> {
        let StepState::Sent { nonce, block, hash } = self.run().steps[index] else { return Ok(()) };
        let sent = Sent { call: self.call(index)?, nonce, block, hash };
        match look(&self.session.node, &sent) {
            Ok(Whereabouts::Unknown) => Ok(()),
            Ok(_) => self.wait(index, &sent, None),
            Err(error) if error.code == Code::TransactionReplaced => {
                eprintln!("{}", error.message);
                self.note(index, StepState::Open)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn finish(mut self) -> Result<Finished, Failure> {
        let steps = self.run().plan.steps.len();
        let is_over = |state: &StepState| matches!(state, StepState::Done { .. } | StepState::Signed { .. });
        if !self.run().steps.iter().all(is_over) {
            let mut quote = self.quoted()?;
            for index in 0..steps {
                if !is_over(&self.run().steps[index]) {
                    self.step(index, &mut quote)?;
                }
            }
        }
        let run = self.run();
        let mut transactions = Vec::new();
        for state in &run.steps {
            transactions.push(match state {
                StepState::Done { hash, .. } => {
                    let receipt = pending::receipt(&self.session.node, *hash)?;
                    let missing = || ChainError::new(Code::RpcInconsistent, format!("the node has lost the receipt of {hash}"));
                    Some((*hash, receipt.ok_or_else(missing)?))
                }
                _ => None,
            });
        }
        let finished = Finished { plan: run.plan.clone(), transactions };
        self.journal.remove(&self.run().intent)?;
        Ok(finished)
    }

    /// Show what is left and what it costs, and ask.
    fn quoted(&self) -> Result<Quote, Failure> {
        let (session, run) = (self.session, self.run());
        let quote = Quote::of(&session.node, &run.plan, &run.steps)?;
        eprintln!("{}", present::render(&run.plan, &run.steps, &quote, session.node.shown()));
        let own = |amount| run.plan.book.amount(Default::default(), amount);
        if quote.fees() > session.args.max_fee {
            let message = format!("the network fees may come to {}, more than {}", own(quote.fees()), own(session.args.max_fee));
            return Err(Failure::new(message).next("wait until the chain is less busy, or allow more with --max-fee"));
        }
        let (needed, balance) =
            (present::value(&run.plan, &run.steps).saturating_add(quote.fees()), session.node.balance(run.plan.account)?);
        if balance < needed {
            return Err(Failure::new(format!("the account has {}, and up to {} are needed", own(balance), own(needed))));
        }
        if !session.args.yes {
            present::confirm("Sign and send?")?;
        }
        Ok(quote)
    }

    fn step(&mut self, index: usize, quote: &mut Quote) -> Result<(), Failure> {
        let run = self.run();
        let shown = run.plan.steps[index].clone();
        plan::review(&shown, &run.plan.book)?;
        let heading = present::heading(&shown, index, run.plan.steps.len());
        if let Request::Signature { permit, .. } = &shown.request {
            eprintln!("{heading}: to be signed");
            let signature = self.session.signer.sign_permit(permit)?;
            // Refused now, and not by the contract, if no contract could take it.
            if let Some(next) = run.plan.steps.iter().find(|step| step.signed_by == Some(index)) {
                plan::complete(next, &signature)?;
            }
            return self.note(index, StepState::Signed { signature });
        }
        self.blocks_passed(index)?;
        let (node, call) = (&self.session.node, self.call(index)?);
        let checked = node.call(&call).and_then(|()| node.estimate(&call));
        let gas = with_room(checked.map_err(|error| match error.code {
            Code::RpcReverted => refused(&error),
            _ => error.into(),
        })?);
        let base = node.newest()?.base_fee.unwrap_or(u128::MAX);
        if quote.gas[index].is_none_or(|shown| gas > shown) || base > quote.price.most {
            eprintln!("the network fees have risen above what was shown:");
            *quote = self.quoted()?;
        }
        let (nonce, block) = match self.run().steps[index] {
            StepState::Sent { nonce, block, .. } => (nonce, block),
            _ => (node.nonce(call.from, true)?, node.newest()?.number),
        };
        eprintln!("{heading}: to be signed");
        let signed = self.session.signer.sign_transaction(&TxEip1559 {
            chain_id: node.chain_id,
            nonce,
            gas_limit: gas,
            max_fee_per_gas: quote.price.most,
            max_priority_fee_per_gas: quote.price.tip,
            to: TxKind::Call(call.to),
            value: call.value,
            access_list: Default::default(),
            input: call.data.clone(),
        })?;
        // From here on it may have been sent, whatever becomes of this process.
        self.note(index, StepState::Sent { nonce, block, hash: signed.hash })?;
        let sent = Sent { call, nonce, block, hash: signed.hash };
        if let Err(error) = self.send(&signed, &sent) {
            let message = format!("{}; the transaction {} may have been sent", error.message, signed.hash);
            return Err(Failure::new(message).next(GO_ON));
        }
        self.wait(index, &sent, Some(&signed))
    }

    /// Hand a transaction to the node. One that it refuses because it has it already is sent.
    fn send(&self, signed: &SignedTransaction, sent: &Sent) -> Result<(), ChainError> {
        match self.session.node.ask("eth_sendRawTransaction", json!([signed.raw])) {
            Ok(_) => Ok(()),
            Err(error) if matches!(error.code, Code::RpcRefused | Code::RpcReverted) => match look(&self.session.node, sent) {
                Ok(Whereabouts::Unknown) | Err(_) => Err(error),
                Ok(_) => Ok(()),
            },
            Err(error) => Err(error),
        }
    }

    fn wait(&mut self, index: usize, sent: &Sent, signed: Option<&SignedTransaction>) -> Result<(), Failure> {
        let stop = self.stop()?;
        let heading = present::heading(&self.run().plan.steps[index], index, self.run().plan.steps.len());
        eprintln!("{heading}: sent, {}", sent.hash);
        let status = Status::new("waiting until it is included; Ctrl-C stops waiting");
        let args = &self.session.args;
        let patience = Patience { timeout: Duration::from_secs(args.wait), confirmations: args.confirmations, stop: &stop };
        let mut again = || signed.map_or(Ok(()), |signed| self.send(signed, sent));
        let outcome = included(&self.session.node, sent, &patience, &mut again);
        status.clear();
        match outcome {
            Ok((hash, receipt)) => {
                let fee = self.run().plan.book.amount(Default::default(), receipt.fee);
                eprintln!("{heading}: included in block {}, fee {fee}", receipt.block);
                self.note(index, StepState::Done { hash, block: receipt.block })
            }
            Err(error) => {
                // What failed for good is asked for anew by the next run; what may still come is waited for.
                if matches!(error.code, Code::TransactionReverted | Code::TransactionReplaced) {
                    self.note(index, StepState::Open)?;
                    return Err(error.into());
                }
                Err(Failure::from(error).next(GO_ON))
            }
        }
    }

    /// The blocks that have to pass before a step.
    fn blocks_passed(&mut self, index: usize) -> Result<(), Failure> {
        let wait = self.run().plan.steps[index].wait_blocks;
        let before = index.checked_sub(1).map(|before| &self.run().steps[before]);
        let (true, Some(&StepState::Done { block, .. })) = (wait > 0, before) else { return Ok(()) };
        let stop = self.stop()?;
        let status = Status::new("waiting for blocks");
        loop {
            let newest = self.session.node.newest()?.number;
            // The step is tried on the newest block before it is sent for the next one.
            if newest >= block.saturating_add(wait) {
                status.clear();
                return Ok(());
            }
            status.say(format!("waiting for {} more blocks; Ctrl-C stops waiting", block + wait - newest));
            if pending::sleep(Duration::from_millis(500), &stop).is_err() {
                status.clear();
                return Err(Failure::new("stopped waiting for blocks").next(GO_ON));
            }
        }
    }

    /// The transaction of a step, with the signature of an earlier one where it takes one.
    fn call(&self, index: usize) -> Result<CallRequest, Failure> {
        let run = self.run();
        let step = &run.plan.steps[index];
        let completed: Step;
        let step = match step.signed_by.map(|signed_by| &run.steps[signed_by]) {
            None => step,
            Some(StepState::Signed { signature }) => {
                completed = plan::complete(step, signature)?;
                &completed
            }
            Some(_) => return Err(ChainError::new(Code::JournalUnreadable, "a signature of the earlier run is missing").into()),
        };
        match &step.request {
            Request::Transaction { to, value, data } => {
                Ok(CallRequest { from: run.plan.account, to: *to, value: *value, data: data.clone() })
            }
            Request::Signature { .. } => Err(ChainError::new(Code::PlanInvalid, "a signature is not sent").into()),
        }
    }

    fn run(&self) -> &Run {
        self.run.as_ref().expect("a run is there once it was resumed or planned")
    }

    fn note(&mut self, index: usize, state: StepState) -> Result<(), Failure> {
        let run = self.run.as_mut().expect("a run is there once it was resumed or planned");
        run.steps[index] = state;
        self.journal.save(run)
    }

    /// Ctrl-C ends the waiting, not the process, once something may have been sent.
    fn stop(&mut self) -> Result<Arc<AtomicBool>, Failure> {
        if self.stop.is_none() {
            self.stop = Some(stop_flag()?);
        }
        Ok(Arc::clone(self.stop.as_ref().expect("it was just put there")))
    }
}
