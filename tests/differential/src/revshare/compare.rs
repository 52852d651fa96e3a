//! The same operations on the contract and on the model, and what differs.

use alloy_primitives::{Address, U256};
use alloy_sol_types::{SolCall, SolConstructor, SolInterface};
use openimo_core::chain::abi::erc20::Erc20;
use openimo_core::chain::abi::revshare::{IRevShareToken, RevShareToken as abi};
use openimo_core::random::Random;

use super::model::Model;
use super::operation::{Operation, amount};
use super::{ACCOUNTS, ETH, Mutation, ODD, ODD_CODE, PAYER, REFUSER, REFUSER_CODE, RICH, Setting};
use crate::evm::{DEPLOYER, Evm, State};
use crate::tally::{Tally, same};

/// A chain with what all sequences share.
pub struct Chain {
    evm: Evm,
    ready: State,
    money: Address,
}

impl Default for Chain {
    fn default() -> Self {
        let mut evm = Evm::default();
        evm.set_code(REFUSER, &REFUSER_CODE);
        evm.set_code(ODD, &ODD_CODE);
        evm.set_balance(PAYER, RICH);
        let terms = terms("Money", u128::MAX, PAYER, 0, 1, Vec::new());
        let money = evm.deploy("RevShareToken", &abi::constructorCall { terms }.abi_encode()).expect("the terms are valid");
        let ready = evm.state();
        Self { evm, ready, money }
    }
}

fn terms(name: &str, supply: u128, holder: Address, percent: u8, interval: u64, tokens: Vec<Address>) -> IRevShareToken::Terms {
    IRevShareToken::Terms {
        name: name.into(),
        symbol: name.into(),
        supply: U256::from(supply),
        holder,
        percentClaimable: U256::from(percent),
        snapshotInterval: interval.try_into().expect("an interval is short"),
        modelId: [7; 32].into(),
        revenueTokens: tokens,
    }
}

impl Chain {
    /// Run one sequence; its operations, up to the one after which something differed, and what.
    ///
    /// # Errors
    /// What the contract does and the model does not.
    pub fn run(&mut self, seed: u64, mutation: Mutation, tally: &mut Tally) -> Result<(), String> {
        self.evm.go_back(&self.ready);
        let mut r = Random::new(seed);
        let supply = match r.below(6) {
            0 => 1 + u128::from(r.below(10)),
            1 => u128::MAX,
            _ => 1 + amount(&mut r, 10u128.pow(27)),
        };
        let (percent, interval) = (r.pick(&[0, 1, 33, 80, 100]), r.pick(&[1, 1, 2, 3]));
        let terms = terms("Model", supply, ACCOUNTS[0], percent, interval, vec![self.money, ODD]);
        let token = self.evm.deploy("RevShareToken", &abi::constructorCall { terms }.abi_encode()).expect("the terms are valid");
        let setting = Setting { supply, percent, interval, token, money: self.money };
        let mut model = Model::new(setting, mutation, self.evm.block());
        let mut done = Vec::new();
        for step in 0..10 + r.below(51) {
            let operation =
                if step == 0 { Operation::Mine { blocks: 1 } } else { Operation::random(&mut r, &setting, model.snapshots()) };
            let expected = model.apply(&operation);
            let found = self.apply(&operation, &setting);
            done.push(operation);
            let operation = done.last().expect("it was pushed");
            let differs = |what: String| format!("seed {seed}, {setting:?}: {what}\nafter {done:#?}");
            if expected != found {
                return Err(differs(format!("expected {}, found {}", told(&expected), told(&found))));
            }
            let refused = found.err().map(|data| name(&data));
            tally.count(operation.name(), refused.as_deref());
            self.compare(&model, &setting).map_err(differs)?;
        }
        tally.sequences += 1;
        Ok(())
    }

    fn apply(&mut self, operation: &Operation, setting: &Setting) -> Result<(), Vec<u8>> {
        let ids = |ids: &[u64]| ids.iter().map(|&id| U256::from(id)).collect::<Vec<_>>();
        let (token, evm) = (setting.token, &mut self.evm);
        let (from, data) = match operation {
            Operation::Mine { blocks } => {
                evm.pass(*blocks, 12 * blocks);
                return Ok(());
            }
            Operation::Odd { held, pays } => {
                evm.set_storage(ODD, 0, *held);
                evm.set_storage(ODD, 1, U256::from(*pays));
                return Ok(());
            }
            Operation::Revenue { asset, amount } if *asset == ETH => {
                return evm.outcome(PAYER, token, U256::from(*amount), Vec::new());
            }
            Operation::Revenue { asset, amount } => {
                let call = Erc20::transferCall { to: token, value: U256::from(*amount) };
                return evm.outcome(PAYER, *asset, U256::ZERO, call.abi_encode());
            }
            Operation::Transfer { from, to, amount } => {
                (*from, Erc20::transferCall { to: *to, value: U256::from(*amount) }.abi_encode())
            }
            Operation::Snapshot => (DEPLOYER, abi::snapshotCall {}.abi_encode()),
            Operation::Claim { account, id } => (*account, abi::claimCall { snapshotId: U256::from(*id) }.abi_encode()),
            Operation::ClaimTo { account, ids: of, assets, to } => {
                (*account, abi::claimToCall { snapshotIds: ids(of), assets: assets.clone(), to: *to }.abi_encode())
            }
            Operation::ClaimFor { account, ids: of, assets } => {
                let call = abi::claimForCall { account: *account, snapshotIds: ids(of), assets: assets.clone() };
                (DEPLOYER, call.abi_encode())
            }
            Operation::Burn { account, amount } => (*account, abi::burnCall { amount: U256::from(*amount) }.abi_encode()),
            Operation::BurnTo { account, amount, assets, to } => {
                (*account, abi::burnToCall { amount: U256::from(*amount), assets: assets.clone(), to: *to }.abi_encode())
            }
            Operation::Collect { account, assets, to } => {
                (*account, abi::collectCall { assets: assets.clone(), to: *to }.abi_encode())
            }
            Operation::CollectRemainder { account, assets, to } => {
                (*account, abi::collectRemainderCall { assets: assets.clone(), to: *to }.abi_encode())
            }
        };
        evm.outcome(from, token, U256::ZERO, data)
    }

    fn compare(&mut self, model: &Model, setting: &Setting) -> Result<(), String> {
        let (token, evm) = (setting.token, &mut self.evm);
        same("supply", U256::from(model.supply()), evm.ask(token, &abi::totalSupplyCall {}))?;
        same("last holder", model.last_holder(), evm.ask(token, &abi::lastHolderCall {}))?;
        same("snapshots", U256::from(model.snapshots()), evm.ask(token, &abi::lastSnapshotIdCall {}))?;
        let everybody = || ACCOUNTS.into_iter().chain([token]);
        for account in everybody() {
            let what = |what: &str| format!("{what} of {account}");
            same(&what("tokens"), U256::from(model.balance(account)), evm.ask(token, &abi::balanceOfCall { account }))?;
            same(&what("ETH"), model.wealth(ETH, account), evm.balance(account))?;
            same(&what("money"), model.wealth(setting.money, account), evm.ask(setting.money, &abi::balanceOfCall { account }))?;
            same(
                &what("unpaid"),
                U256::from(model.unpaid(account, ODD)),
                evm.ask(token, &abi::unpaidCall { account, asset: ODD }),
            )?;
        }
        for asset in model.assets() {
            let what = |what: &str| format!("{what} of asset {asset}");
            let (mine, theirs) = (model.ledger(asset), evm.ask(token, &abi::ledgerCall { asset }));
            same(&what("ledger"), (mine.owed, mine.pool, mine.carry), (theirs.owed, theirs.pool, theirs.carry))?;
            same(&what("pending"), U256::from(model.pending(asset)), evm.ask(token, &abi::pendingRevenueCall { asset }))?;
        }
        let account = ACCOUNTS[model.snapshots() as usize % ACCOUNTS.len()];
        let (first, last) = (U256::from(1), U256::MAX);
        let call = abi::previewClaimCall { account, firstId: first, lastId: last, assets: model.assets().to_vec() };
        let mine = model.assets().map(|asset| model.preview(account, asset).into_iter().map(U256::from).collect::<Vec<_>>());
        same("preview", mine.to_vec(), evm.ask(token, &call))
    }
}

/// The name of an error; its data where it has none.
fn name(data: &[u8]) -> String {
    match abi::RevShareTokenErrors::abi_decode(data) {
        Ok(error) => format!("{error:?}").split(['(', ' ']).next().unwrap_or_default().to_owned(),
        Err(_) => hex::encode(data),
    }
}

fn told(outcome: &Result<(), Vec<u8>>) -> String {
    outcome.as_ref().map_or_else(|data| name(data), |()| "success".into())
}
