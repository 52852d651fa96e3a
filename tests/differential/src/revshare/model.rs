//! What a `RevShareToken` keeps, in maps, with the core's rules for every amount. A refusal is the data of the contract's error.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolError;
use openimo_core::chain::abi::revshare::RevShareToken as abi;
use openimo_core::revshare::{GROUP, Ledger};

use super::operation::Operation;
use super::{ACCOUNTS, ETH, Mutation, ODD, PAYER, REFUSER, RICH, Setting};

/// The data of an error.
pub type Refusal = Vec<u8>;

/// A snapshot: balances and supply before it, and what each asset gives a unit.
#[derive(Debug)]
struct Snapshot {
    balances: BTreeMap<Address, u128>,
    per_share: BTreeMap<Address, U256>,
}

/// A token.
#[derive(Clone, Debug)]
pub struct Model {
    setting: Setting,
    mutation: Mutation,
    block: u64,
    last_snapshot: u64,
    balances: BTreeMap<Address, u128>,
    /// At the end of the block before.
    before: BTreeMap<Address, u128>,
    snapshots: Vec<Rc<Snapshot>>,
    ledgers: BTreeMap<Address, Ledger>,
    /// Assets of accounts, and of the token itself.
    wealth: BTreeMap<(Address, Address), U256>,
    odd_pays: bool,
    claimed: BTreeSet<(Address, Address, u64)>,
    remainders: BTreeMap<(Address, Address, u64), u128>,
    unpaid: BTreeMap<(Address, Address), u128>,
    last_holder: Address,
}

impl Model {
    /// One that was deployed in this block.
    pub fn new(setting: Setting, mutation: Mutation, block: u64) -> Self {
        Self {
            setting,
            mutation,
            block,
            last_snapshot: block,
            balances: BTreeMap::from([(ACCOUNTS[0], setting.supply)]),
            before: BTreeMap::new(),
            snapshots: Vec::new(),
            ledgers: BTreeMap::new(),
            wealth: BTreeMap::from([((ETH, PAYER), RICH), ((setting.money, PAYER), U256::from(u128::MAX))]),
            odd_pays: false,
            claimed: BTreeSet::new(),
            remainders: BTreeMap::new(),
            unpaid: BTreeMap::new(),
            last_holder: Address::ZERO,
        }
    }

    /// Snapshots so far.
    pub fn snapshots(&self) -> u64 {
        self.snapshots.len() as u64
    }

    /// Every asset of the token, in its order.
    pub const fn assets(&self) -> [Address; 3] {
        [ETH, self.setting.money, ODD]
    }

    /// Tokens of an account.
    pub fn balance(&self, account: Address) -> u128 {
        self.balances.get(&account).copied().unwrap_or_default()
    }

    /// All tokens.
    pub fn supply(&self) -> u128 {
        self.balances.values().sum()
    }

    /// The books of an asset.
    pub fn ledger(&self, asset: Address) -> Ledger {
        self.ledgers.get(&asset).copied().unwrap_or_default()
    }

    /// What an account has of an asset.
    pub fn wealth(&self, asset: Address, account: Address) -> U256 {
        self.wealth.get(&(asset, account)).copied().unwrap_or_default()
    }

    /// Revenue that no snapshot has seen.
    pub fn pending(&self, asset: Address) -> u128 {
        self.ledger(asset).fresh(self.wealth(asset, self.setting.token))
    }

    /// What a token refused to pay.
    pub fn unpaid(&self, account: Address, asset: Address) -> u128 {
        self.unpaid.get(&(account, asset)).copied().unwrap_or_default()
    }

    /// Who burnt the last token.
    pub const fn last_holder(&self) -> Address {
        self.last_holder
    }

    /// What an account could claim of each snapshot, in their order.
    pub fn preview(&self, account: Address, asset: Address) -> Vec<u128> {
        let mut after = self.clone();
        (1..=self.snapshots()).map(|id| after.settle(account, asset, id)).collect()
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
        let token = self.setting.token;
        match operation {
            Operation::Mine { blocks } => {
                self.block += blocks;
                self.before = self.balances.clone();
            }
            Operation::Revenue { asset, amount } => self.give(*asset, PAYER, token, U256::from(*amount)),
            Operation::Odd { held, pays } => {
                self.wealth.insert((ODD, token), *held);
                self.odd_pays = *pays;
            }
            Operation::Transfer { from, to, amount } => self.transfer(*from, *to, *amount)?,
            Operation::Snapshot => self.snapshot()?,
            Operation::Claim { account, id } => self.claim(*account, &[*id], &self.assets(), *account)?,
            Operation::ClaimTo { account, ids, assets, to } => {
                self.check_recipient(*to)?;
                self.claim(*account, ids, assets, *to)?;
            }
            Operation::ClaimFor { account, ids, assets } => self.claim(*account, ids, assets, *account)?,
            Operation::Burn { account, amount } => self.burn(*account, *amount, &self.assets(), *account)?,
            Operation::BurnTo { account, amount, assets, to } => {
                self.check_recipient(*to)?;
                self.burn(*account, *amount, assets, *to)?;
            }
            Operation::Collect { account, assets, to } => {
                self.check_recipient(*to)?;
                for &asset in assets {
                    let amount = self.unpaid.remove(&(*account, asset)).unwrap_or_default();
                    self.ledgers.entry(asset).or_default().owed -= amount;
                    self.pay(*account, asset, *to, amount)?;
                }
            }
            Operation::CollectRemainder { account, assets, to } => self.collect_remainder(*account, assets, *to)?,
        }
        Ok(())
    }

    fn transfer(&mut self, from: Address, to: Address, amount: u128) -> Result<(), Refusal> {
        if to == Address::ZERO {
            return Err(abi::ERC20InvalidReceiver { receiver: to }.abi_encode());
        }
        self.take(from, amount)?;
        *self.balances.entry(to).or_default() += amount;
        Ok(())
    }

    fn take(&mut self, from: Address, amount: u128) -> Result<(), Refusal> {
        let balance = self.balance(from);
        let left = balance.checked_sub(amount).ok_or_else(|| {
            abi::ERC20InsufficientBalance { sender: from, balance: U256::from(balance), needed: U256::from(amount) }.abi_encode()
        })?;
        self.balances.insert(from, left);
        Ok(())
    }

    fn snapshot(&mut self) -> Result<(), Refusal> {
        let earliest = self.last_snapshot + self.setting.interval;
        if self.block < earliest {
            return Err(abi::SnapshotTooEarly { earliestBlock: U256::from(earliest) }.abi_encode());
        }
        let balances = if self.mutation == Mutation::BalancesOfThisBlock { &self.balances } else { &self.before }.clone();
        let supply = balances.values().sum();
        if supply == 0 {
            return Err(abi::NoSupplyAt { blockNumber: U256::from(self.block - 1) }.abi_encode());
        }
        self.last_snapshot = self.block;
        let mut per_share = BTreeMap::new();
        for asset in self.assets() {
            let held = self.wealth(asset, self.setting.token);
            let ledger = self.ledgers.entry(asset).or_default();
            if let Some(allotment) =
                ledger.snapshot(held, self.setting.percent, supply).expect("a state that the contract can be in")
            {
                per_share.insert(asset, allotment.per_share);
            }
            if self.mutation == Mutation::CarryLost {
                ledger.carry = 0;
            }
        }
        self.snapshots.push(Rc::new(Snapshot { balances, per_share }));
        Ok(())
    }

    /// Settle one snapshot of an asset; what is to be paid.
    fn settle(&mut self, account: Address, asset: Address, id: u64) -> u128 {
        let key = (account, asset, id);
        let Some(snapshot) = id.checked_sub(1).and_then(|index| self.snapshots.get(index as usize)).cloned() else { return 0 };
        let per_share = snapshot.per_share.get(&asset).copied().unwrap_or_default();
        let balance = snapshot.balances.get(&account).copied().unwrap_or_default();
        if self.claimed.contains(&key) || per_share.is_zero() || balance == 0 {
            return 0;
        }
        self.claimed.insert(key);
        let remainder = self.remainders.entry((account, asset, id / GROUP)).or_default();
        let ledger = self.ledgers.entry(asset).or_default();
        let mut amount = ledger.claim(per_share, balance, remainder).expect("every share can be paid");
        match self.mutation {
            Mutation::ClaimRoundsUp if *remainder > 0 && ledger.owed > 0 => (amount, ledger.owed) = (amount + 1, ledger.owed - 1),
            Mutation::RemainderLost => *remainder = 0,
            _ => {}
        }
        amount
    }

    fn claim(&mut self, account: Address, ids: &[u64], assets: &[Address], to: Address) -> Result<(), Refusal> {
        let amounts: Vec<u128> =
            assets.iter().map(|&asset| ids.iter().map(|&id| self.settle(account, asset, id)).sum()).collect();
        assets.iter().zip(amounts).try_for_each(|(&asset, amount)| self.pay(account, asset, to, amount))
    }

    fn burn(&mut self, account: Address, burnt: u128, assets: &[Address], to: Address) -> Result<(), Refusal> {
        if self.last_snapshot == self.block {
            return Err(abi::BurnInSnapshotBlock {}.abi_encode());
        }
        let mut supply = self.supply();
        self.take(account, burnt)?;
        if burnt > 0 && burnt == supply {
            self.last_holder = account;
        }
        if self.mutation == Mutation::BurnOfWhatIsLeft && supply > 2 * burnt {
            supply -= burnt;
        }
        let mut amounts = Vec::new();
        for (i, &asset) in assets.iter().enumerate() {
            if supply == 0 || assets[..i].contains(&asset) {
                continue;
            }
            let unseen = self.pending(asset);
            let ledger = self.ledgers.entry(asset).or_default();
            if self.mutation == Mutation::BurnOfUnseenRevenue {
                ledger.pool += unseen;
            }
            amounts.push((asset, ledger.burn(burnt, supply).expect("no more is burnt than there is")));
        }
        amounts.into_iter().try_for_each(|(asset, amount)| self.pay(account, asset, to, amount))
    }

    fn collect_remainder(&mut self, account: Address, assets: &[Address], to: Address) -> Result<(), Refusal> {
        self.check_recipient(to)?;
        if account != self.last_holder {
            return Err(abi::NotLastHolder { account }.abi_encode());
        }
        let known = self.assets();
        for &asset in assets.iter().filter(|asset| known.contains(asset)) {
            self.ledgers.entry(asset).or_default().pool = 0;
            let rest = self.pending(asset);
            self.pay(account, asset, to, rest)?;
        }
        Ok(())
    }

    fn check_recipient(&self, to: Address) -> Result<(), Refusal> {
        let known = to != Address::ZERO && to != self.setting.token;
        if known { Ok(()) } else { Err(abi::InvalidRecipient { to }.abi_encode()) }
    }

    fn pay(&mut self, account: Address, asset: Address, to: Address, amount: u128) -> Result<(), Refusal> {
        if amount == 0 {
            return Ok(());
        }
        if asset == ETH && to == REFUSER {
            return Err(abi::EthRefused { to }.abi_encode());
        }
        if asset != ODD {
            self.give(asset, self.setting.token, to, U256::from(amount));
        } else if !self.odd_pays {
            if self.mutation != Mutation::UnpaidLost {
                *self.unpaid.entry((account, asset)).or_default() += amount;
            }
            self.ledgers.entry(asset).or_default().owed += amount;
        }
        Ok(())
    }

    /// Move an asset that behaves.
    fn give(&mut self, asset: Address, from: Address, to: Address, amount: U256) {
        let left = self.wealth(asset, from).checked_sub(amount).expect("nobody pays what is not there");
        self.wealth.insert((asset, from), left);
        let had = self.wealth(asset, to);
        self.wealth.insert((asset, to), had + amount);
    }
}
