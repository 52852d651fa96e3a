//! What a `ModelOffering` keeps, in maps, with the core's rules for every amount. A refusal is the data of the contract's error.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolError;
use openimo_core::chain::abi::offering::ModelOffering as abi;
use openimo_core::chain::abi::revshare::RevShareToken;
use openimo_core::revshare::offering::{Outcome, Part, Phase, TermsError};

use super::operation::Operation;
use super::{BENEFICIARIES, BUYERS, ETH, Mutation, POCKET, Setting};
use crate::revshare::model::Refusal;
use crate::revshare::{PAYER, REFUSER, RICH};

const PARTS: [Part; 3] = [Part::Team, Part::Treasury, Part::Liquidity];

/// An offering, its token and its wallets.
#[derive(Clone, Debug)]
pub struct Model {
    setting: Setting,
    mutation: Mutation,
    now: u64,
    /// Blocks since the token was deployed, and that of its last snapshot.
    block: u64,
    last_snapshot: u64,
    deposits: BTreeMap<Address, u128>,
    settled: BTreeSet<Address>,
    finalized: bool,
    released: [bool; 3],
    /// What was paid out of a wallet.
    vested: BTreeMap<(Address, Address), u128>,
    wealth: BTreeMap<(Address, Address), U256>,
    supply: u128,
}

/// What the constructor refuses terms with.
pub fn refusal(error: TermsError) -> Refusal {
    let wide = U256::from::<u128>;
    let seconds = U256::from::<u64>;
    match error {
        TermsError::InvalidTarget { target, cap } => {
            abi::TermsInvalidTarget { target: wide(target), cap: wide(cap) }.abi_encode()
        }
        TermsError::PriceTooCoarse { for_sale, cap } => {
            abi::TermsPriceTooCoarse { forSale: wide(for_sale), cap: wide(cap) }.abi_encode()
        }
        TermsError::InvalidAccountCap { account_cap, cap } => {
            abi::TermsInvalidAccountCap { accountCap: wide(account_cap), cap: wide(cap) }.abi_encode()
        }
        TermsError::InvalidStart { start, earliest, latest } => {
            abi::TermsInvalidStart { start: seconds(start), earliest: seconds(earliest), latest: seconds(latest) }.abi_encode()
        }
        TermsError::InvalidEnd { end, earliest, latest } => {
            abi::TermsInvalidEnd { end: seconds(end), earliest: seconds(earliest), latest: seconds(latest) }.abi_encode()
        }
        TermsError::SharesNotWhole { sum_bps } => abi::TermsSharesNotWhole { sumBps: U256::from(sum_bps) }.abi_encode(),
        TermsError::InvalidVesting { part, cliff, duration } => {
            abi::TermsInvalidVesting { part: part as u8, cliff: seconds(cliff), duration: seconds(duration) }.abi_encode()
        }
        other => panic!("the factory cannot be refused with {other}"),
    }
}

impl Model {
    /// One that was created now.
    pub fn new(setting: Setting, mutation: Mutation, now: u64) -> Self {
        let terms = &setting.terms;
        let supply = terms.for_sale + terms.parts.iter().map(|share| share.tokens).sum::<u128>();
        let mut wealth = BTreeMap::from([((setting.token, setting.offering), U256::from(supply))]);
        for buyer in BUYERS {
            wealth.insert((ETH, buyer), RICH);
            wealth.insert((setting.money, buyer), U256::from(POCKET));
        }
        wealth.insert((ETH, PAYER), RICH);
        wealth.insert((setting.money, PAYER), U256::from(POCKET));
        Self {
            setting,
            mutation,
            now,
            block: 0,
            last_snapshot: 0,
            deposits: BTreeMap::new(),
            settled: BTreeSet::new(),
            finalized: false,
            released: [false; 3],
            vested: BTreeMap::new(),
            wealth,
            supply,
        }
    }

    /// The time.
    pub const fn now(&self) -> u64 {
        self.now
    }

    /// What an account has of an asset.
    pub fn wealth(&self, asset: Address, account: Address) -> U256 {
        self.wealth.get(&(asset, account)).copied().unwrap_or_default()
    }

    /// All tokens.
    pub const fn supply(&self) -> u128 {
        self.supply
    }

    /// Where the offering stands.
    pub fn phase(&self) -> Phase {
        let late = u64::from(self.mutation == Mutation::OpenAtEnd && self.now == self.setting.terms.end);
        self.setting.terms.phase(self.now - late, self.raised())
    }

    /// The answer of `state`.
    pub fn state(&self, account: Address) -> (u8, bool, U256, U256, U256, U256, bool) {
        let (deposited, raised) = (self.deposited(account), self.raised());
        let terms = &self.setting.terms;
        let amounts = [raised, deposited, terms.allocation(deposited, raised), terms.refund(deposited, raised)].map(U256::from);
        let [raised, deposited, allocation, refund] = amounts;
        (self.phase() as u8, self.finalized, raised, deposited, allocation, refund, self.settled.contains(&account))
    }

    /// Do it, or change nothing.
    ///
    /// # Errors
    /// What the contract refuses it with.
    pub fn apply(&mut self, operation: &Operation) -> Result<(), Refusal> {
        let saved = self.clone();
        let done = self.try_apply(operation);
        if done.is_err() {
            *self = saved;
        }
        done
    }

    fn try_apply(&mut self, operation: &Operation) -> Result<(), Refusal> {
        let offering = self.setting.offering;
        match *operation {
            Operation::Pass { seconds } => {
                self.now += seconds;
                self.block += 1;
            }
            Operation::Deposit { account, amount, beside } => self.deposit(account, amount, beside)?,
            Operation::Claim { account } => self.claim(account, account)?,
            Operation::ClaimTo { account, to } => self.claim(account, to)?,
            Operation::Refund { account } => self.refund(account, account)?,
            Operation::RefundTo { account, to } => self.refund(account, to)?,
            Operation::Finalize => self.finalize()?,
            Operation::Release { part } => self.release(usize::from(part))?,
            Operation::ForwardExcess { asset } => self.forward(asset)?,
            Operation::Stray { asset, amount } if asset == ETH => {
                let _ = amount;
                return Err(abi::OfferingDirectPayment { from: PAYER }.abi_encode());
            }
            Operation::Stray { asset, amount } => self.give(asset, PAYER, offering, amount),
            Operation::Vest { part, asset } => self.vest(usize::from(part), asset),
            Operation::Snapshot => {
                if self.block <= self.last_snapshot {
                    // The number of the block is the contract's matter.
                    return Err(RevShareToken::SnapshotTooEarly::SELECTOR.to_vec());
                }
                self.last_snapshot = self.block;
            }
        }
        Ok(())
    }

    fn deposited(&self, account: Address) -> u128 {
        self.deposits.get(&account).copied().unwrap_or_default()
    }

    fn raised(&self) -> u128 {
        self.deposits.values().sum()
    }

    fn deposit(&mut self, account: Address, amount: u128, beside: u8) -> Result<(), Refusal> {
        self.require(Phase::Open)?;
        if amount == 0 {
            return Err(abi::OfferingZeroDeposit {}.abi_encode());
        }
        let expected = U256::from(if self.setting.currency == ETH { amount } else { 0 });
        let paid = expected + U256::from(beside);
        if paid != expected {
            return Err(abi::OfferingWrongValue { expected, sent: paid }.abi_encode());
        }
        let room = self.setting.terms.room(self.deposited(account));
        if amount > room {
            return Err(
                abi::OfferingAccountCapExceeded { account, amount: U256::from(amount), room: U256::from(room) }.abi_encode()
            );
        }
        *self.deposits.entry(account).or_default() += amount;
        self.give(self.setting.currency, account, self.setting.offering, amount);
        Ok(())
    }

    fn require(&self, phase: Phase) -> Result<(), Refusal> {
        let now = self.phase();
        if now == phase { Ok(()) } else { Err(abi::OfferingWrongPhase { phase: now as u8 }.abi_encode()) }
    }

    fn settle(&mut self, account: Address, to: Address) -> Result<u128, Refusal> {
        if to == Address::ZERO || to == self.setting.offering {
            return Err(abi::OfferingInvalidRecipient { to }.abi_encode());
        }
        let deposited = self.deposited(account);
        if deposited == 0 {
            return Err(abi::OfferingNoDeposit { account }.abi_encode());
        }
        if !self.settled.insert(account) {
            return Err(abi::OfferingAlreadySettled { account }.abi_encode());
        }
        Ok(deposited)
    }

    fn claim(&mut self, account: Address, to: Address) -> Result<(), Refusal> {
        self.require(Phase::Succeeded)?;
        let deposited = self.settle(account, to)?;
        let (terms, raised) = (&self.setting.terms, self.raised());
        let more = |mutation, amount: u128| amount + u128::from(self.mutation == mutation && amount > 0);
        let tokens = more(Mutation::AllocationRoundsUp, terms.allocation(deposited, raised));
        let rest = more(Mutation::RestRoundsUp, terms.refund(deposited, raised));
        self.give(self.setting.token, self.setting.offering, to, tokens);
        self.pay(to, rest)
    }

    fn refund(&mut self, account: Address, to: Address) -> Result<(), Refusal> {
        self.require(Phase::Failed)?;
        let deposited = self.settle(account, to)?;
        self.pay(to, deposited)
    }

    fn outcome(&self) -> Outcome {
        let terms = &self.setting.terms;
        let mut outcome = terms.outcome(self.raised()).expect("it succeeded");
        match self.mutation {
            Mutation::TreasuryRounded => {
                let bps = u128::from(terms.parts[1].proceeds_bps);
                outcome.parts[1].money = (U256::from(outcome.proceeds) * U256::from(bps) / U256::from(10_000)).to();
            }
            Mutation::PartsWhole => {
                outcome.parts.iter_mut().zip(terms.parts).for_each(|(paid, share)| paid.tokens = share.tokens)
            }
            Mutation::UnsoldKept => outcome.burnt = 0,
            _ => {}
        }
        outcome
    }

    fn finalize(&mut self) -> Result<(), Refusal> {
        let phase = self.phase();
        if !matches!(phase, Phase::Succeeded | Phase::Failed) {
            return self.require(Phase::Succeeded);
        }
        if std::mem::replace(&mut self.finalized, true) {
            return Err(abi::OfferingAlreadyFinalized {}.abi_encode());
        }
        let (token, offering) = (self.setting.token, self.setting.offering);
        if phase == Phase::Failed {
            let all = self.wealth(token, offering).to();
            self.give(token, offering, BENEFICIARIES[Part::Treasury as usize], all);
        } else if self.last_snapshot != self.block {
            self.burn(self.outcome().burnt);
        }
        Ok(())
    }

    fn burn(&mut self, amount: u128) {
        self.give(self.setting.token, self.setting.offering, Address::ZERO, amount);
        self.supply -= amount;
    }

    fn require_finalized(&self) -> Result<(), Refusal> {
        if self.finalized { Ok(()) } else { Err(abi::OfferingNotFinalized {}.abi_encode()) }
    }

    fn release(&mut self, part: usize) -> Result<(), Refusal> {
        self.require_finalized()?;
        self.require(Phase::Succeeded)?;
        if std::mem::replace(&mut self.released[part], true) {
            return Err(abi::OfferingAlreadyReleased { part: part as u8 }.abi_encode());
        }
        let due = self.outcome().parts[part];
        let wallet = self.setting.wallets[part];
        self.give(self.setting.token, self.setting.offering, wallet, due.tokens);
        self.pay(wallet, due.money)
    }

    /// The most of an asset that is still owed.
    fn owed(&self, asset: Address) -> u128 {
        let raised = self.raised();
        let waiting: u128 =
            self.deposits.iter().filter(|(account, _)| !self.settled.contains(*account)).map(|(_, amount)| amount).sum();
        let terms = &self.setting.terms;
        if raised < terms.target {
            return if asset == self.setting.currency { waiting } else { 0 };
        }
        let is_token = asset == self.setting.token;
        if !is_token && asset != self.setting.currency {
            return 0;
        }
        let accounts = if is_token { terms.allocation(waiting, raised) } else { terms.refund(waiting, raised) };
        let parts = self.outcome().parts;
        let due = parts.iter().zip(self.released).filter(|(_, released)| !released);
        accounts + due.map(|(paid, _)| if is_token { paid.tokens } else { paid.money }).sum::<u128>()
    }

    fn forward(&mut self, asset: Address) -> Result<(), Refusal> {
        self.require_finalized()?;
        let held = self.wealth(asset, self.setting.offering);
        let owed = U256::from(self.owed(asset));
        if held <= owed {
            return Err(abi::OfferingNoExcess { asset }.abi_encode());
        }
        let excess = (held - owed).to();
        if asset == self.setting.token {
            if self.last_snapshot == self.block {
                return Err(RevShareToken::BurnInSnapshotBlock {}.abi_encode());
            }
            self.burn(excess);
        } else {
            let to = if asset == ETH { self.setting.token } else { self.setting.wallets[Part::Treasury as usize] };
            self.give(asset, self.setting.offering, to, excess);
        }
        Ok(())
    }

    fn vest(&mut self, part: usize, asset: Address) {
        let wallet = self.setting.wallets[part];
        let mut schedule = self.setting.terms.schedule(PARTS[part]);
        if self.mutation == Mutation::CliffIgnored {
            schedule.cliff = 0;
        }
        let balance = self.wealth(asset, wallet).to();
        let vested = self.vested.entry((wallet, asset)).or_default();
        let amount = schedule.releasable(balance, *vested, self.now);
        *vested += amount;
        self.give(asset, wallet, BENEFICIARIES[part], amount);
    }

    /// Pay currency out of the offering.
    fn pay(&mut self, to: Address, amount: u128) -> Result<(), Refusal> {
        if amount > 0 && self.setting.currency == ETH && to == REFUSER {
            return Err(abi::FailedCall {}.abi_encode());
        }
        self.give(self.setting.currency, self.setting.offering, to, amount);
        Ok(())
    }

    fn give(&mut self, asset: Address, from: Address, to: Address, amount: u128) {
        // Wrong on purpose, a rule may pay more than there is; the comparison tells.
        let amount = U256::from(amount);
        let left = self.wealth(asset, from).saturating_sub(amount);
        self.wealth.insert((asset, from), left);
        let had = self.wealth(asset, to);
        self.wealth.insert((asset, to), had + amount);
    }
}
