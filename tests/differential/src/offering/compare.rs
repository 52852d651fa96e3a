//! The same operations on the contracts and on the model, and what differs.

use alloy_primitives::{Address, U256};
use alloy_sol_types::{SolCall, SolConstructor, SolError, SolInterface, SolValue};
use openimo_core::chain::abi::erc20::Erc20;
use openimo_core::chain::abi::factory::{IModelOffering, IModelOfferingFactory, ModelOfferingFactory};
use openimo_core::chain::abi::offering::ModelOffering as abi;
use openimo_core::chain::abi::revshare::{IRevShareToken, RevShareToken};
use openimo_core::chain::abi::vesting::OfferingVesting;
use openimo_core::random::Random;
use openimo_core::revshare::offering::{Share, Terms};

use super::model::{Model, refusal};
use super::operation::{Operation, terms};
use super::{BENEFICIARIES, BUYERS, ETH, Mutation, POCKET, Setting};
use crate::evm::{DEPLOYER, Evm, State};
use crate::revshare::{PAYER, REFUSER, REFUSER_CODE, RICH};
use crate::tally::{Tally, same};

/// A chain with what all sequences share.
pub struct Chain {
    evm: Evm,
    ready: State,
    factory: Address,
    money: Address,
}

impl Default for Chain {
    fn default() -> Self {
        let mut evm = Evm::default();
        evm.set_code(REFUSER, &REFUSER_CODE);
        let factory = evm.deploy("ModelOfferingFactory", &[]).expect("it takes no arguments");
        let terms = IRevShareToken::Terms {
            name: "Money".into(),
            symbol: "M".into(),
            supply: U256::from(u128::MAX),
            holder: DEPLOYER,
            percentClaimable: U256::ZERO,
            snapshotInterval: 1u64.try_into().expect("it is short"),
            modelId: [7; 32].into(),
            revenueTokens: Vec::new(),
        };
        let money =
            evm.deploy("RevShareToken", &RevShareToken::constructorCall { terms }.abi_encode()).expect("the terms are valid");
        for account in BUYERS.into_iter().chain([PAYER]) {
            evm.set_balance(account, RICH);
            let call = Erc20::transferCall { to: account, value: U256::from(POCKET) };
            evm.send(DEPLOYER, money, U256::ZERO, call.abi_encode()).expect("there is enough");
        }
        let ready = evm.state();
        Self { evm, ready, factory, money }
    }
}

impl Chain {
    /// Run one sequence.
    ///
    /// # Errors
    /// What the contracts do and the model does not.
    pub fn run(&mut self, seed: u64, mutation: Mutation, tally: &mut Tally) -> Result<(), String> {
        self.evm.go_back(&self.ready);
        let mut r = Random::new(seed);
        let terms = terms(&mut r, self.evm.now());
        let currency = r.pick(&[ETH, self.money]);
        let supply = terms.for_sale + terms.parts.iter().map(|share| share.tokens).sum::<u128>();
        let expected = terms.check(supply, self.evm.now()).map_err(refusal);
        let found = self.create(&terms, currency);
        tally.sequences += 1;
        tally.count("create", found.as_ref().err().map(|data| name(data)).as_deref());
        let setting = match (expected, found) {
            (Ok(()), Ok(setting)) => setting,
            (Err(expected), Err(found)) if expected == found => return Ok(()),
            (expected, found) => {
                return Err(format!("seed {seed}, {terms:?}: expected {}, found {}", told(&expected), told(&found.map(drop))));
            }
        };
        let mut model = Model::new(setting.clone(), mutation, self.evm.now());
        let mut done = Vec::new();
        for _ in 0..10 + r.below(51) {
            let operation = Operation::random(&mut r, &setting, model.now());
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
        Ok(())
    }

    fn create(&mut self, terms: &Terms, currency: Address) -> Result<Setting, Vec<u8>> {
        let share = |share: &Share, part: usize| IModelOffering::Share {
            beneficiary: BENEFICIARIES[part],
            tokens: share.tokens,
            proceedsBps: share.proceeds_bps,
            cliff: share.cliff,
            duration: share.duration,
        };
        let call = ModelOfferingFactory::createCall {
            t: IModelOfferingFactory::TokenTerms {
                name: "Model".into(),
                symbol: "M".into(),
                percentClaimable: U256::from(80),
                snapshotInterval: 1u64.try_into().expect("it is short"),
                revenueTokens: Vec::new(),
            },
            terms: IModelOffering::Terms {
                modelId: [7; 32].into(),
                currency,
                forSale: terms.for_sale,
                target: terms.target,
                cap: terms.cap,
                accountCap: terms.account_cap,
                start: terms.start,
                end: terms.end,
                team: share(&terms.parts[0], 0),
                treasury: share(&terms.parts[1], 1),
                liquidity: share(&terms.parts[2], 2),
            },
        };
        let answer = self.evm.send(DEPLOYER, self.factory, U256::ZERO, call.abi_encode()).map_err(|data| data.to_vec())?;
        let (token, offering) = <(Address, Address)>::abi_decode(&answer).expect("the factory answers with two addresses");
        for account in BUYERS {
            let call = Erc20::approveCall { spender: offering, value: U256::MAX };
            self.evm.send(account, self.money, U256::ZERO, call.abi_encode()).expect("anybody can approve");
        }
        let wallets = self.evm.ask(offering, &abi::termsCall {}).wallets;
        Ok(Setting { terms: terms.clone(), currency, token, offering, wallets, money: self.money })
    }

    fn apply(&mut self, operation: &Operation, setting: &Setting) -> Result<(), Vec<u8>> {
        let evm = &mut self.evm;
        let (from, data) = match *operation {
            Operation::Pass { seconds } => {
                evm.pass(1, seconds);
                return Ok(());
            }
            Operation::Deposit { account, amount, beside } => {
                let value = U256::from(if setting.currency == ETH { amount } else { 0 }) + U256::from(beside);
                let call = abi::depositCall { amount: U256::from(amount) };
                return evm.outcome(account, setting.offering, value, call.abi_encode());
            }
            Operation::Claim { account } => (DEPLOYER, abi::claimCall { account }.abi_encode()),
            Operation::ClaimTo { account, to } => (account, abi::claimToCall { to }.abi_encode()),
            Operation::Refund { account } => (DEPLOYER, abi::refundCall { account }.abi_encode()),
            Operation::RefundTo { account, to } => (account, abi::refundToCall { to }.abi_encode()),
            Operation::Finalize => (DEPLOYER, abi::finalizeCall {}.abi_encode()),
            Operation::Release { part } => (DEPLOYER, abi::releaseCall { part }.abi_encode()),
            Operation::ForwardExcess { asset } => (DEPLOYER, abi::forwardExcessCall { asset }.abi_encode()),
            Operation::Stray { asset, amount } if asset == ETH => {
                return evm.outcome(PAYER, setting.offering, U256::from(amount), Vec::new());
            }
            Operation::Stray { asset, amount } => {
                let call = Erc20::transferCall { to: setting.offering, value: U256::from(amount) };
                return evm.outcome(PAYER, asset, U256::ZERO, call.abi_encode());
            }
            Operation::Vest { part, asset } => {
                let wallet = setting.wallets[usize::from(part)];
                let ether = OfferingVesting::release_0Call {}.abi_encode();
                let data = if asset == ETH { ether } else { OfferingVesting::release_1Call { token: asset }.abi_encode() };
                return evm.outcome(DEPLOYER, wallet, U256::ZERO, data);
            }
            Operation::Snapshot => {
                let outcome = evm.outcome(DEPLOYER, setting.token, U256::ZERO, RevShareToken::snapshotCall {}.abi_encode());
                // Which block is the earliest is not kept by the model.
                return outcome.map_err(|data| data[..4].to_vec());
            }
        };
        evm.outcome(from, setting.offering, U256::ZERO, data)
    }

    fn compare(&mut self, model: &Model, setting: &Setting) -> Result<(), String> {
        let evm = &mut self.evm;
        for account in BUYERS {
            let s = evm.ask(setting.offering, &abi::stateCall { account });
            let state = (s.phase, s.finalized, s.raised, s.deposited, s.allocation, s.refund, s.settled);
            same(&format!("state of {account}"), model.state(account), state)?;
        }
        same("supply", U256::from(model.supply()), evm.ask(setting.token, &Erc20::totalSupplyCall {}))?;
        let everybody = [&BUYERS[..], &BENEFICIARIES, &setting.wallets, &[setting.offering, setting.token]].concat();
        for account in everybody {
            same(&format!("ETH of {account}"), model.wealth(ETH, account), evm.balance(account))?;
            for asset in [setting.token, setting.money] {
                let what = format!("what {account} has of {asset}");
                same(&what, model.wealth(asset, account), evm.ask(asset, &Erc20::balanceOfCall { account }))?;
            }
        }
        Ok(())
    }
}

/// The name of an error; its data where it has none.
fn name(data: &[u8]) -> String {
    if data == RevShareToken::SnapshotTooEarly::SELECTOR {
        return "SnapshotTooEarly".into();
    }
    let text = abi::ModelOfferingErrors::abi_decode(data).map(|error| format!("{error:?}"));
    let text = text.or_else(|_| RevShareToken::RevShareTokenErrors::abi_decode(data).map(|error| format!("{error:?}")));
    text.map_or_else(|_| hex::encode(data), |text| text.split(['(', ' ']).next().unwrap_or_default().to_owned())
}

fn told(outcome: &Result<(), Vec<u8>>) -> String {
    outcome.as_ref().map_or_else(|data| name(data), |()| "success".into())
}
