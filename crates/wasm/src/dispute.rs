//! An asserted run as a job: the model runs it again, and where it is wrong, what to do next follows from what the chain says.
//!
//! Only the first steps run the model. After them the job may need chunks of the model file, since the model itself keeps no bytes of it, and
//! the referee's word on a witness: whoever steps the job fetches both.

use std::collections::BTreeMap;
use std::rc::Rc;

use alloy_primitives::{Address, B256, Bytes, keccak256};
use alloy_sol_types::SolCall;
use openimo_core::device::Fault;
use openimo_core::dispute::look::{Asserted, Look, Terms};
use openimo_core::dispute::{Case, Examining, Next, Send, abi};
use openimo_core::model::file::Fetched;
use openimo_core::scalar::Ints;
use openimo_core::trace::step::program::program;
use openimo_core::trace::step::weights::Weights;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::begun::Begun;
use crate::engine::Shared;
use crate::error::Failure;
use crate::executor::Executor;
use crate::job::{Job, Run, Step};

/// What a job is about.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Input {
    asserted: Asserted,
    /// Who would challenge it, and what the chain says to that; without it, the run is only examined.
    stand: Option<Stand>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Stand {
    account: Address,
    terms: Terms,
    look: Look,
    /// Seconds, of the look's block.
    now: u64,
}

struct Dispute<B: Executor> {
    shared: Rc<Shared<B>>,
    input: Input,
    run: abi::Run,
    examining: Option<Examining<B>>,
    case: Option<Case>,
    caught_up: bool,
    chunks: Fetched,
    /// What the referee says, by digests of witnesses, and the one that it is asked about.
    words: BTreeMap<B256, bool>,
    asked: Option<B256>,
}

/// The job of an assertion; it must be of this model.
pub(crate) fn job<B: Executor<Ints = Ints> + 'static>(shared: &Rc<Shared<B>>, text: &str) -> Result<Job, Failure> {
    let input: Input = serde_json::from_str(text).map_err(|error| Failure::new("assertion.malformed", error))?;
    let malformed = || Failure::new("assertion.malformed", "the assertion's number is not that of its run");
    let run = input.asserted.run().ok_or_else(malformed)?;
    let model = shared.model.borrow();
    if run.modelId.0 != model.id.0 {
        let message = format!("the assertion is about model {}, not about {}", run.modelId, model.id);
        let details = json!({ "expected": run.modelId, "got": model.id });
        return Err(Failure { code: "model.other", message, details });
    }
    if input.stand.as_ref().is_some_and(|stand| stand.terms.program_hash != keccak256(program(&model.manifest))) {
        return Err(Failure::new(
            "assertion.unknown_model",
            "the verifier does not know this model, so nothing can be disputed there",
        ));
    }
    let examining = Some(Examining::new(&model, &shared.tokenizer, &run));
    let (shared, words) = (Rc::clone(shared), BTreeMap::new());
    let (case, caught_up, chunks, asked) = (None, false, Fetched::default(), None);
    drop(model);
    Ok(Job::new(Dispute { shared, input, run, examining, case, caught_up, chunks, words, asked }))
}

impl<B: Executor<Ints = Ints>> Run for Dispute<B> {
    fn step(&mut self) -> Step {
        let model = &mut *self.shared.model.borrow_mut();
        if let Some(mut examining) = self.examining.take() {
            if let Some((done, total)) = examining.step(model) {
                self.examining = Some(examining);
                return Step::Progress(json!({ "phase": "verify", "done": done, "total": total, "text": "" }));
            }
            let found = examining.finish();
            let fault = found.fault.as_ref().map(|fault| json!({ "fault": fault, "text": fault.to_string() }));
            let Some(stand) = self.input.stand.as_ref().filter(|_| fault.is_some()) else {
                return Step::Done(json!({ "fault": fault }));
            };
            let (terms, program) = (stand.terms.clone(), Bytes::from(program(&model.manifest)));
            self.case = Case::new(stand.account, terms, program, self.input.asserted.asserter, self.run.clone(), found);
        }
        let (Some(case), Some(stand)) = (&mut self.case, &self.input.stand) else { return Step::Done(Value::Null) };
        let weights = Weights::fetched(&self.shared.header, &self.chunks);
        if !self.caught_up {
            case.catch_up(&stand.look, stand.now, model, weights);
            self.caught_up = true;
            // Only lengths were looked at.
            self.chunks.missing();
            return Step::Progress(json!({ "phase": "verify", "done": 1, "total": 1, "text": "" }));
        }
        let words = &self.words;
        let next = case.next(&stand.look, stand.now, weights, &mut |part, witness| {
            let digest = keccak256(witness);
            words.get(&digest).copied().ok_or_else(|| Box::new((digest, part.clone(), witness.to_vec())))
        });
        let missing = self.chunks.missing();
        if !missing.is_empty() {
            let places = missing.iter().map(|&index| &self.shared.header.chunks()[index]);
            let places = places.map(|chunk| json!({ "index": chunk.index, "offset": chunk.offset, "length": chunk.len }));
            return Step::Needs(json!({ "chunks": places.collect::<Vec<_>>() }));
        }
        match next {
            Ok(next) => {
                let fault = json!({ "fault": case.fault(), "text": case.fault().to_string() });
                Step::Done(json!({ "fault": fault, "next": described(next) }))
            }
            Err(asked) => {
                let (digest, part, witness) = *asked;
                self.asked = Some(digest);
                let program = Bytes::from(program(&model.manifest));
                let call = abi::holdsCall { program, part, witness: witness.into() };
                Step::Needs(json!({ "call": { "to": stand.terms.referee, "data": Bytes::from(call.abi_encode()) } }))
            }
        }
    }

    fn begun(&self, fault: Fault) -> Begun {
        Begun { fault, ids: Vec::new(), checked: 0 }
    }

    fn chunk(&mut self, index: usize, bytes: &[u8]) -> Result<(), Failure> {
        if index >= self.shared.header.chunks().len() {
            return Err(Failure::new("file.order", format!("the model file has no chunk {index}")));
        }
        self.chunks.insert(self.shared.header.check(index, bytes)?);
        Ok(())
    }

    fn word(&mut self, holds: bool) {
        if let Some(digest) = self.asked.take() {
            self.words.insert(digest, holds);
        }
    }
}

fn described(next: Next) -> Value {
    match next {
        Next::Send(Send { value, data, deed }) => {
            json!({ "kind": "send", "value": value, "data": Bytes::from(data), "deed": deed.to_string() })
        }
        Next::Wait => json!({ "kind": "wait" }),
        Next::Refuted => json!({ "kind": "refuted" }),
        Next::Beyond => json!({ "kind": "beyond" }),
        Next::Gone => json!({ "kind": "gone" }),
        Next::Nothing(challenge) => json!({ "kind": "nothing", "challenge": challenge }),
    }
}
