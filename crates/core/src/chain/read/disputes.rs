//! An optimistic verifier: what is asserted there of a model, and where an assertion stands for somebody who may challenge it.

use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_sol_types::SolEvent;
use serde::{Deserialize, Serialize};

use super::asker::{Asker, Stop, inconsistent};
use super::facts;
use crate::dispute::abi;
use crate::dispute::look::{Asserted, Challenged, Event, Look, Standing, Terms, turn};

/// Most assertions of a view: the newest.
const MAX_ASSERTIONS: usize = 100;

/// What was read of a verifier.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AssertionsView {
    /// What its contract fixes.
    pub terms: Terms,
    /// The newest assertions of the model, newest first.
    pub assertions: Vec<AssertionView>,
    /// Whether there are older ones among the blocks that were asked for.
    pub has_more: bool,
}

/// An assertion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AssertionView {
    /// What is asserted.
    pub asserted: Asserted,
    /// Where it stands.
    pub standing: Standing,
    /// The canonical request, where it is text.
    pub request: Option<String>,
    /// The content, where it is text.
    pub text: Option<String>,
    /// Bytes of the content.
    pub length: usize,
    /// How many ids the prompt has.
    pub prompt_ids: u32,
    /// The ids that the model is said to have chosen.
    pub ids: Vec<u32>,
}

pub(super) fn terms(asker: &mut Asker<'_>, verifier: Address, model_id: B256) -> Result<Terms, Stop> {
    let code = facts::code_of(asker, "OptimisticVerifier", verifier);
    let programs = asker.call(verifier, abi::programsCall {});
    let referee = asker.call(verifier, abi::refereeCall {});
    let reader = asker.call(verifier, abi::readerCall {});
    let bond = asker.call(verifier, abi::bondCall {});
    let challenge_bond = asker.call(verifier, abi::challengeBondCall {});
    let question_fee = asker.call(verifier, abi::questionFeeCall {});
    let window = asker.call(verifier, abi::windowCall {});
    let clock = asker.call(verifier, abi::clockCall {});
    let (programs, referee, reader) = (programs?, referee?, reader?);
    let program_hash = asker.call(programs, abi::programHashOfCall { modelId: model_id });
    // The first contract that the referee made: it asks the one at this address and no other.
    let contents = Address::from_word(keccak256([&[0xd6, 0x94], &referee[..], &[1]].concat()));
    let parts = [("ModelPrograms", programs), ("Referee", referee), ("ContentReferee", contents), ("RunReader", reader)];
    let mut codes = vec![code];
    codes.extend(parts.map(|(name, address)| facts::code_of(asker, name, address)));
    let known: Result<Vec<bool>, Stop> = codes.into_iter().map(|code| Ok(code?.known)).collect();
    Ok(Terms {
        verifier,
        referee,
        bond: bond?,
        challenge_bond: challenge_bond?,
        question_fee: question_fee?,
        window: U256::from(window?),
        clock: U256::from(clock?),
        program_hash: program_hash?,
        known_code: known?.into_iter().all(|known| known),
    })
}

pub(super) fn assertions(asker: &mut Asker<'_>, verifier: Address, model_id: B256, from: u64) -> Result<AssertionsView, Stop> {
    // Before the logs, since it asks in two rounds.
    let terms = terms(asker, verifier, model_id)?;
    let logs = asker.logs(verifier, vec![vec![abi::Asserted::SIGNATURE_HASH], Vec::new(), vec![model_id]], from)?;
    let newest = &logs[logs.len().saturating_sub(MAX_ASSERTIONS)..];
    let mut found: Vec<Asserted> = Vec::new();
    for log in newest.iter().rev() {
        let asserted = Asserted::of(log).ok_or_else(|| inconsistent("an event of the verifier is no assertion"))?;
        if !found.iter().any(|other| other.number == asserted.number) {
            found.push(asserted);
        }
    }
    let standings: Vec<_> = found.iter().map(|asserted| standing(asker, verifier, asserted.number)).collect();
    let mut assertions = Vec::new();
    for (asserted, standing) in found.into_iter().zip(standings) {
        let run = asserted.run().ok_or_else(|| inconsistent("an assertion\u{2019}s number is not that of its run"))?;
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
        let ids = run.ids.chunks_exact(4).map(|id| u32::from_be_bytes(id.try_into().expect("four bytes")));
        assertions.push(AssertionView {
            standing: standing?,
            request: text(&run.prompt),
            text: text(&run.content),
            length: run.content.len(),
            prompt_ids: run.promptIds,
            ids: ids.skip(run.promptIds as usize).collect(),
            asserted,
        });
    }
    Ok(AssertionsView { terms, assertions, has_more: logs.len() > newest.len() })
}

pub(super) fn look(asker: &mut Asker<'_>, verifier: Address, assertion: B256, account: Address, from: u64) -> Result<Look, Stop> {
    let topics = vec![vec![abi::Challenged::SIGNATURE_HASH], Vec::new(), vec![assertion], vec![account.into_word()]];
    let standing = standing(asker, verifier, assertion);
    let credit = asker.call(verifier, abi::balanceOfCall { account });
    let own = asker.logs(verifier, topics, from)?;
    let mut ids: Vec<B256> = Vec::new();
    for log in own {
        if !ids.contains(&log.topics[1]) {
            ids.push(log.topics[1]);
        }
    }
    let states: Vec<_> = ids.iter().map(|&id| asker.call(verifier, abi::challengeOfCall { id: id.into() })).collect();
    let mut open = Vec::new();
    for (id, state) in ids.into_iter().zip(states) {
        let state = state?;
        if state.turn != turn::CLOSED {
            open.push((id, state));
        }
    }
    let kinds = Event::KINDS.to_vec();
    let events: Vec<_> = open.iter().map(|(id, _)| asker.logs(verifier, vec![kinds.clone(), vec![*id]], from)).collect();
    let mut challenges = Vec::new();
    for ((id, state), events) in open.into_iter().zip(events) {
        let events = events?.to_vec();
        if events.iter().any(|log| Event::of(log).is_none()) {
            return Err(inconsistent("an event of a challenge cannot be read"));
        }
        challenges.push(Challenged { id: id.into(), turn: state.turn, deadline: state.deadline.to(), events });
    }
    Ok(Look { standing: standing?, challenges, credit: credit? })
}

fn standing(asker: &mut Asker<'_>, verifier: Address, assertion: B256) -> Result<Standing, Stop> {
    let stake = asker.call(verifier, abi::stakeOfCall { assertion })?;
    Ok(Standing { status: stake.status, deadline: stake.deadline.to(), open: stake.open })
}
