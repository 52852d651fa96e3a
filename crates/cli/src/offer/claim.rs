//! `openimo offer claim`: everything that an account has to get: the tokens that it bought with the rest of its deposit, its shares of the
//! revenue of all snapshots and assets, and what an asset refused to pay before.

use std::collections::BTreeMap;
use std::process::ExitCode;

use alloy_primitives::{Address, U256};
use clap::Args as ClapArgs;
use openimo_core::chain::action::Action;
use openimo_core::chain::book::Book;
use openimo_core::chain::error::Code;
use openimo_core::chain::plan::{Plan, Request, plan};
use openimo_core::chain::read::{OfferingView, Phase, TokenView, View};
use serde_json::{Value, json};

use super::{Recipient, perform};
use crate::chain::node::{CallRequest, Node};
use crate::chain::run::Task;
use crate::chain::session::{SendArgs, Session};
use crate::failure::Failure;

/// The most gas of a claim: well below what a transaction may take (EIP-7825) and a block has.
const MAX_GAS: u64 = 8_000_000;
/// Snapshots that a view lists at once.
const PAGE: u64 = 100;

/// Take everything that an account has to get from an offering and its token.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// The offering.
    offering: Address,
    #[command(flatten)]
    recipient: Recipient,
    #[command(flatten)]
    send: SendArgs,
}

/// Run the verb.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    perform(args, &args.send, |session| format!("claimed, and paid to {}", args.recipient.or_account(session)))
}

impl Task for Args {
    fn intent(&self, _: &Session) -> Value {
        json!({ "verb": "offer claim", "offering": self.offering, "to": self.recipient.to })
    }

    fn plan(&self, session: &Session) -> Result<Plan, Failure> {
        let (account, to) = (session.account(), self.recipient.or_account(session));
        let (view, _): (OfferingView, _) = session.node.view(&View::Offering { offering: self.offering, account })?;
        let due = Due::read(&session.node, view.token, account)?;
        let book = session.book(view.entries.iter().chain(&due.entries).cloned());
        let mut steps = Vec::new();
        if view.phase == Phase::Succeeded && !view.deposited.is_zero() && !view.settled {
            let action = Action::ClaimAllocation { offering: self.offering, to: self.recipient.to, account: None };
            steps.extend(plan(&action, &book)?.steps);
        }
        for snapshot_ids in due.batches(&session.node, &book, view.token, to)? {
            steps.extend(plan(&due.claim(view.token, snapshot_ids, to), &book)?.steps);
        }
        if !due.kept.is_empty() {
            let action = Action::Collect { token: view.token, assets: due.kept.clone(), to };
            steps.extend(plan(&action, &book)?.steps);
        }
        if steps.is_empty() {
            let next = match view.phase {
                Phase::Pending | Phase::Open => "wait until the offering ends; `openimo offer inspect` says when",
                Phase::Failed => "the offering failed: the deposit comes back with `openimo offer refund`",
                Phase::Succeeded => "revenue can be claimed once a snapshot has shared it out",
            };
            return Err(Failure::new("there is nothing to claim now").next(next));
        }
        Ok(Plan { chain_id: book.chain_id, account, steps, book })
    }
}

/// Revenue that is due to an account.
struct Due {
    /// Snapshots at which it has a share of any asset.
    snapshot_ids: Vec<U256>,
    /// Assets of which it has a share at any of them.
    assets: Vec<Address>,
    /// Assets of which something is kept because they refused a payment.
    kept: Vec<Address>,
    /// The contracts, for the book.
    entries: Vec<openimo_core::chain::book::Entry>,
}

impl Due {
    /// All snapshots, page by page.
    fn read(node: &Node, token: Address, account: Address) -> Result<Self, Failure> {
        let mut snapshots = BTreeMap::new();
        let mut due = Self { snapshot_ids: Vec::new(), assets: Vec::new(), kept: Vec::new(), entries: Vec::new() };
        let mut from_snapshot = 1;
        loop {
            let (view, _): (TokenView, _) = node.view(&View::Token { token, account, from_snapshot })?;
            for asset in &view.assets {
                for (offset, _) in asset.claimable.iter().enumerate().filter(|(_, amount)| !amount.is_zero()) {
                    snapshots.insert(view.first_snapshot_id + offset as u64, ());
                    if !due.assets.contains(&asset.asset) {
                        due.assets.push(asset.asset);
                    }
                }
                if !asset.unpaid.is_zero() && !due.kept.contains(&asset.asset) {
                    due.kept.push(asset.asset);
                }
            }
            due.entries = view.entries;
            from_snapshot += PAGE;
            if from_snapshot > view.last_snapshot_id {
                due.snapshot_ids = snapshots.into_keys().map(U256::from).collect();
                return Ok(due);
            }
        }
    }

    fn claim(&self, token: Address, snapshot_ids: Vec<U256>, to: Address) -> Action {
        Action::ClaimRevenue { token, snapshot_ids, assets: self.assets.clone(), to }
    }

    /// The snapshots in as few claims as fit below the gas limit: what does not fit is halved.
    fn batches(&self, node: &Node, book: &Book, token: Address, to: Address) -> Result<Vec<Vec<U256>>, Failure> {
        let mut batches = Vec::new();
        let mut open = vec![self.snapshot_ids.clone()];
        while let Some(ids) = open.pop() {
            if ids.is_empty() {
                continue;
            }
            let fits = match plan(&self.claim(token, ids.clone(), to), book) {
                Ok(plan) => gas(node, &plan)? <= MAX_GAS,
                // Longer than nodes take.
                Err(error) if error.code == Code::PlanInvalid && ids.len() > 1 => false,
                Err(error) => return Err(error.into()),
            };
            if fits || ids.len() == 1 {
                batches.push(ids);
            } else {
                let (first, second) = ids.split_at(ids.len() / 2);
                open.extend([second.to_vec(), first.to_vec()]);
            }
        }
        Ok(batches)
    }
}

/// Gas of a plan's only call; more than any, where a node cannot run it to its end.
fn gas(node: &Node, plan: &Plan) -> Result<u64, Failure> {
    let Request::Transaction { to, value, data } = &plan.steps[0].request else { return Ok(0) };
    let call = CallRequest { from: plan.account, to: *to, value: *value, data: data.clone() };
    match node.estimate(&call) {
        Ok(gas) => Ok(gas),
        Err(error) if matches!(error.code, Code::RpcReverted | Code::RpcRefused) => Ok(u64::MAX),
        Err(error) => Err(error.into()),
    }
}
