//! A check of one step of a run as a job: of one step.

use std::rc::Rc;

use openimo_core::device::Fault;
use openimo_core::scalar::Ints;
use openimo_core::trace::spot::{Finding, Spot, SpotError};
use serde_json::{Value, json};

use crate::begun::Begun;
use crate::engine::Shared;
use crate::error::Failure;
use crate::executor::Executor;
use crate::job::{Job, Run, Step};

struct Check<B: Executor> {
    shared: Rc<Shared<B>>,
    spot: Spot,
}

/// The job that checks a spot; it must be of this model.
pub(crate) fn check<B: Executor<Ints = Ints> + 'static>(shared: &Rc<Shared<B>>, text: &str) -> Result<Job, Failure> {
    let spot = Spot::parse(text.as_bytes())?;
    Ok(Job::new(Check { shared: Rc::clone(shared), spot }))
}

impl<B: Executor<Ints = Ints>> Run for Check<B> {
    fn step(&mut self) -> Step {
        let (model, tokenizer) = (&mut *self.shared.model.borrow_mut(), &self.shared.tokenizer);
        Step::Done(match self.spot.check(model, tokenizer) {
            Ok(finding) => described(&self.spot, finding),
            Err(error) => {
                let Failure { code, message, details } = error.into();
                json!({ "error": { "code": code, "message": message, "details": details } })
            }
        })
    }

    fn begun(&self, fault: Fault) -> Begun {
        Begun { fault, ids: Vec::new(), checked: 0 }
    }
}

fn described(spot: &Spot, finding: Finding) -> Value {
    let mut value = json!({
        "holds": finding == Finding::Holds,
        "statement": spot.statement,
        "statementHash": spot.statement.hash(),
        "request": spot.request,
        "position": spot.position,
        "positions": spot.ids.len() - 1,
        "prompt": spot.prompt,
        "step": step(spot),
    });
    match finding {
        Finding::Holds => {}
        Finding::Differs { column, expected, found } => {
            value["differs"] = json!({ "column": column, "expected": expected, "found": found });
        }
        Finding::OtherId { expected, found } => value["differs"] = json!({ "expected": expected, "found": found }),
    }
    value
}

fn step(spot: &Spot) -> Value {
    use openimo_core::trace::spot::Step;
    match spot.step {
        Step::Embedding { .. } => json!({ "kind": "embedding" }),
        Step::Layer { layer, .. } => json!({ "kind": "layer", "layer": layer }),
        Step::Choice { .. } => json!({ "kind": "choice" }),
    }
}

impl From<SpotError> for Failure {
    fn from(error: SpotError) -> Self {
        let (code, details) = match &error {
            SpotError::Malformed(_) => ("spot.malformed", json!({})),
            SpotError::Version { got } => ("spot.unsupported_version", json!({ "got": got })),
            SpotError::OtherModel { named, given } => ("model.other", json!({ "expected": named, "got": given })),
            SpotError::NotOfStatement { what } => ("spot.not_of_statement", json!({ "what": what })),
            SpotError::OutOfDomain => ("spot.out_of_domain", json!({})),
            SpotError::NotCommitted { which } => ("spot.not_committed", json!({ "which": which })),
            _ => ("spot.invalid", json!({})),
        };
        Self { code, message: error.to_string(), details }
    }
}
