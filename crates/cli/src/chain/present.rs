//! A plan as a person reads it before signing, and the question that follows.

use std::fmt::Write as _;
use std::io::{BufRead, Write};

use alloy_primitives::{Address, U256};
use openimo_core::chain::plan::{Plan, Request, Step};
use serde_json::{Value, json};

use super::journal::StepState;
use super::quote::Quote;
use super::session::chain_name;
use crate::failure::Failure;

/// Each step with what it says, and the total.
pub fn render(plan: &Plan, states: &[StepState], quote: &Quote, node: &str) -> String {
    let own = |amount: U256| plan.book.amount(Address::ZERO, amount);
    let mut text = format!("{} signs on {}, read through {node}\n", plan.account, chain_name(plan.chain_id));
    for (i, (step, state)) in plan.steps.iter().zip(states).enumerate() {
        write!(text, "\n{} of {}  {}\n", i + 1, plan.steps.len(), step.preview.intent).expect("text takes text");
        let mut line = |label: &str, value: &str| writeln!(text, "  {label:<22} {value}").expect("text takes text");
        line("contract", &step.preview.contract);
        step.preview.facts.iter().for_each(|fact| line(&fact.label, &fact.text));
        match (&step.request, quote.gas[i]) {
            (_, Some(gas)) => line("network fee", &format!("at most {} ({gas} gas)", own(quote.price.of(gas)))),
            (Request::Signature { .. }, None) => line("network fee", "none, it is a signature"),
            (Request::Transaction { .. }, None) => line("network fee", "none, it is done"),
        }
        if step.wait_blocks > 0 {
            line("before", &format!("{} blocks pass after the step before", step.wait_blocks));
        }
        if !matches!(state, StepState::Open) {
            line(
                "state",
                if matches!(state, StepState::Sent { .. }) { "sent before; sent again with its nonce" } else { "done" },
            );
        }
        writeln!(text, "  {}", step.preview.sentence).expect("text takes text");
    }
    let paid = own(value(plan, states));
    writeln!(text, "\ntotal: {paid} sent, and at most {} of network fees", own(quote.fees())).expect("text takes text");
    text
}

/// Wei that are still to be sent.
pub fn value(plan: &Plan, states: &[StepState]) -> U256 {
    let open = plan.steps.iter().zip(states).filter(|(_, state)| !matches!(state, StepState::Done { .. }));
    open.fold(U256::ZERO, |sum, (step, _)| match &step.request {
        Request::Transaction { value, .. } => sum.saturating_add(*value),
        Request::Signature { .. } => sum,
    })
}

/// The same for programs.
pub fn to_json(plan: &Plan, states: &[StepState], quote: &Quote) -> Value {
    let gas: Vec<_> = quote.gas.iter().map(|gas| gas.map(U256::from)).collect();
    json!({
        "plan": plan,
        "states": states,
        "gas": gas,
        "maxFeePerGas": U256::from(quote.price.most),
        "maxPriorityFeePerGas": U256::from(quote.price.tip),
        "value": value(plan, states),
        "maxFees": quote.fees(),
    })
}

/// Ask on the terminal.
///
/// # Errors
/// Unless the answer is yes.
pub fn confirm(question: &str) -> Result<(), Failure> {
    eprint!("{question} [y/N] ");
    std::io::stderr().flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    match answer.trim().to_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Failure::new("not confirmed; nothing more was signed or sent")),
    }
}

/// One line about a step.
pub fn heading(step: &Step, index: usize, of: usize) -> String {
    format!("{} of {of}, {}", index + 1, step.preview.intent)
}
